"""Personal data: what is found is valid, and what merely looks like it is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.engine.detectors.pii import ENTITIES, PiiDetector
from guardrails.engine.detectors.pii.card import luhn
from guardrails.engine.subject import Subject


def found(text: str, *entities: str) -> list[tuple[str, str]]:
    detector = PiiDetector(entities or list(ENTITIES))
    return [(finding.type, text[finding.start : finding.end]) for finding in detector.find(Subject(text))]


@pytest.mark.parametrize(
    "address",
    [
        "jane@example.org",
        "Jane.Doe+news@mail.example.co.uk",
        "o'brien@corp.ie",
        "josé@exämple.de",
        "иван@почта.рф",
        '"jane doe"@example.org',
        "jane@[192.0.2.1]",
        "jane [at] example [dot] org",
        "jane(at)example.org",
        "x@xn--bcher-kva.example",
        "ｊａｎｅ＠ｅｘａｍｐｌｅ．ｏｒｇ",
    ],
)
def test_an_address_is_found_wherever_it_stands(address):
    for text in (address, f"Write to {address}.", f"<{address}>", f"我的邮箱是{address}，谢谢", f"mail={address};"):
        assert found(text, "email") == [("email", address)], text


@pytest.mark.parametrize(
    "text",
    [
        "git@github.com:owner/repo.git",
        "meet me @ noon",
        "pip install pkg@1.2.3-beta",
        "@decorator",
        "user@localhost",
        "a@b",
    ],
)
def test_what_is_no_address_is_left(text):
    assert found(text, "email") == []


@pytest.mark.parametrize(
    "number",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "5555 5555 5555 4444",
        "2223003122003222",
        "3782 822463 10005",
        "378282246310005",
        "6011111111111117",
        "3056 930902 5904",
        "3530111333300000",
        "6200000000000005",
        "４１１１ １１１１ １１１１ １１１１",
        "4111\u200b1111\u200b1111\u200b1111",
    ],
)
def test_a_card_is_found_wherever_it_stands(number):
    for text in (number, f"card {number}, exp 12/26 123", f"卡号{number}谢谢", f"1 {number}", f"{number} {number}"):
        assert ("card", number) in found(text, "card"), text


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # check digit
        "9999999999999995",  # no issuer
        "41111111111111111111",  # too long
        "0.4111111111111111",  # decimals
        "id-a4111111111111111b",  # part of a word
        "1700000000000",  # milliseconds
        "978-3-16-148410-0",  # a book
        "2024 2025 2026 2027",  # years
    ],
)
def test_a_number_that_is_no_card_is_left(text):
    assert found(text, "card") == []


@given(st.integers(0, 10**14 - 1))
def test_exactly_one_last_digit_in_ten_makes_a_card(body):
    digits = f"4{body:014d}"
    cards = [d for d in "0123456789" if luhn(digits + d)]
    assert len(cards) == 1
    assert [found(digits + d, "card") != [] for d in "0123456789"].count(True) == 1


@pytest.mark.parametrize(
    ("entity", "text", "value"),
    [
        ("iban", "pay DE89 3704 0044 0532 0130 00 today", "DE89 3704 0044 0532 0130 00"),
        ("iban", "gb82west12345698765432", "gb82west12345698765432"),
        ("us_ssn", "SSN 123-45-6789.", "123-45-6789"),
        ("cn_id", "身份证11010519491231002X号", "11010519491231002X"),
        ("ip", "from 192.0.2.17:443", "192.0.2.17"),
        ("ip", "from 2001:db8::17, port", "2001:db8::17"),
        ("phone", "call +44 20 7946 0958 now", "+44 20 7946 0958"),
        ("phone", "(415) 555-2671", "(415) 555-2671"),
        ("phone", "电话13800138000", "13800138000"),
    ],
)
def test_other_entities(entity, text, value):
    assert found(text, entity) == [(entity, value)]


@pytest.mark.parametrize(
    ("entity", "text"),
    [
        ("iban", "DE89 3704 0044 0532 0130 01"),
        ("us_ssn", "000-45-6789"),
        ("us_ssn", "123-45-67890"),
        ("cn_id", "110105194912310021"),
        ("cn_id", "110105194913310021"),
        ("ip", "version 1.2.3.4"),
        ("ip", "999.1.1.1"),
        ("ip", "at 12:34:56"),
        ("ip", "std::vector"),
        ("phone", "order 20240117093"),
        ("phone", "1.234.567"),
    ],
)
def test_what_only_looks_like_them_is_left(entity, text):
    assert found(text, entity) == []


def test_one_place_is_claimed_once():
    text = "11010519491231002X 4111111111111111 192.0.2.17"
    assert [kind for kind, _ in found(text)] == ["cn_id", "card", "ip"]
