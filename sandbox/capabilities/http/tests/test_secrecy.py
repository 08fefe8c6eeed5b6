"""Where a secret may go, without a network: public addresses are only written down here."""

import socket

import pytest

from sandbox.capabilities.base import Denied, Secret
from sandbox.capabilities.http.rules import parse
from sandbox.capabilities.http.secrecy import Scrubber, bound_to, inserted

PUBLIC, PRIVATE = [(int(socket.AF_INET), "93.184.216.34")], [(int(socket.AF_INET), "10.0.0.7")]


def secret(host: str, **fields: str) -> Secret:
    return Secret(
        **{"name": "key", "host": host, "header": "Authorization", "prefix": "Bearer ", "value": "v" * 20, **fields}
    )


@pytest.mark.parametrize(
    ("host", "url", "goes"),
    [
        ("api.example.com", "https://api.example.com/", True),
        ("api.example.com", "https://API.example.com./", True),
        ("api.example.com", "https://api.example.com:443/", True),
        ("api.example.com", "http://api.example.com/", False),
        ("api.example.com", "https://api.example.com:8443/", False),
        ("api.example.com", "https://example.com/", False),
        ("api.example.com", "https://api.example.com.evil.example/", False),
        ("api.example.com:8443", "https://api.example.com:8443/", True),
        ("api.example.com:8443", "https://api.example.com/", False),
        ("10.0.0.7:8080", "http://10.0.0.7:8080/", True),
        ("*", "https://api.example.com/", False),
        ("", "https://api.example.com/", False),
    ],
)
def test_a_secret_is_bound_to_host_and_port(host: str, url: str, goes: bool) -> None:
    assert bound_to(secret(host), parse(url)) is goes


def test_it_goes_unencrypted_to_a_private_host_alone() -> None:
    target = parse("http://service.example:8080/")
    headers, with_secret = inserted([], [secret("service.example:8080")], target, PRIVATE)
    assert with_secret and headers == [("Authorization", "Bearer " + "v" * 20)]
    with pytest.raises(Denied, match="https only"):
        inserted([], [secret("service.example:8080")], target, PUBLIC)
    with pytest.raises(Denied, match="https only"):
        inserted([], [secret("service.example:8080")], target, [*PRIVATE, *PUBLIC])
    assert inserted([], [secret("service.example:8080")], parse("https://service.example:8080/"), PUBLIC)[1]


def test_ordinary_text_is_left_alone() -> None:
    text = b'{"a": "%76 \\u0076 x76 &#118; vvvvvvvvvvvvvvvvvvv", "token": "dnZ2dnZ2dnZ2"}'
    assert Scrubber([secret("a.example")]).content(text) == text
    assert Scrubber([]).text("\udcff as it is") == "\udcff as it is"


@pytest.mark.parametrize("filling", ["\\", "\\n", "\n", "\r\n", "&#0", "v\\", "d\n", "d" + "\n" * 40])
def test_an_answer_that_is_made_to_be_searched_for_long_is_not(filling: str) -> None:
    # The first row has what lets every pattern be tried. Each of these would take hours, with the whole process.
    hints = "".join(f"%{code:02x}" for code in range(256)) + " " + "dnZ2" * 8 + "\n"
    text = (hints + filling * (200_000 // len(filling)) + "!").encode()
    assert Scrubber([secret("a.example")]).content(text).endswith(text[-1000:])


@pytest.mark.parametrize("form", [r"\u0076", r"\\u0076", r"\\\\\\\u0076", "&#118;", "&#x76;", "%2576"])
def test_a_value_that_was_escaped_more_than_once_is_found(form: str) -> None:
    found = Scrubber([secret("a.example")]).content(b"a " + form.encode() * 20 + b" z")
    assert b"[secret:key]" in found and b"76" not in found and b"118" not in found
