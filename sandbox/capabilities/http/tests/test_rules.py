"""Which addresses a grant opens, in all the spellings people have found."""

import pytest

from sandbox.capabilities.base import Denied, Failed
from sandbox.capabilities.http.client import resolve
from sandbox.capabilities.http.rules import check_address, named_exactly, parse


def opens(url: str, *hosts: str) -> bool:
    try:
        named_exactly(parse(url), hosts)
    except Denied:
        return False
    return True


def test_a_host_is_opened_on_its_schemes_own_port() -> None:
    assert opens("https://api.example.com/x", "api.example.com")
    assert opens("https://API.Example.com./x", "api.example.com")
    assert opens("http://api.example.com:80/", "api.example.com")
    assert not opens("https://api.example.com:8443/", "api.example.com")
    assert not opens("http://api.example.com:443/", "api.example.com")
    assert not opens("https://example.com/", "api.example.com")
    assert not opens("https://api.example.com.evil.org/", "api.example.com")
    assert not opens("https://api.example.com/")


def test_a_port_opens_that_port_only() -> None:
    assert opens("https://api.example.com:8443/", "api.example.com:8443")
    assert not opens("https://api.example.com/", "api.example.com:8443")


def test_a_star_stands_for_names_below() -> None:
    assert opens("https://a.example.com/", "*.example.com")
    assert opens("https://a.b.example.com/", "*.example.com")
    assert not opens("https://example.com/", "*.example.com")
    assert not opens("https://badexample.com/", "*.example.com")
    assert opens("https://anything.org/", "*")


def test_names_outside_ascii_are_compared_in_one_spelling() -> None:
    assert opens("https://bücher.example/", "bücher.example")
    assert opens("https://xn--bcher-kva.example/", "bücher.example")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "http:///x",
        "//example.com/",
        "http://user:pw@example.com/",
        "http://example.com@127.0.0.1/",
        "http://example.com\\@127.0.0.1/",
        "http://exa mple.com/",
        "http://example.com/\r\nX-Injected: 1",
        "http://example.com:99999/",
        "http://example.com:x/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://" + "a" * 9000,
        "http://example.com/ü",
        None,
        5,
    ],
)
def test_what_is_no_url_is_refused(url: object) -> None:
    with pytest.raises(Failed):
        parse(url)


PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "198.18.0.1",
    "192.0.0.192",
    "192.88.99.1",
    "168.63.129.16",
    "2001:10::1",
    "3fff::1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "fec0::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address: str) -> None:
    with pytest.raises(Denied, match="private address"):
        check_address(address, parse("http://example.com/"))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"])
def test_public_addresses_pass(address: str) -> None:
    check_address(address, parse("http://example.com/"))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "[::1]", "[::ffff:7f00:1]", "localhost"],
)
def test_every_spelling_of_loopback_is_refused_after_resolution(host: str) -> None:
    target = parse(f"http://{host}/")
    assert not named_exactly(target, ["*"])
    with pytest.raises((Denied, Failed)):
        resolve(target, trusted=False)


def test_a_private_service_needs_its_very_host_and_port_in_the_grant() -> None:
    target = parse("http://127.0.0.1:9000/")
    assert named_exactly(target, ["127.0.0.1:9000"])
    assert not named_exactly(target, ["*:9000"])
    assert not named_exactly(parse("http://127.0.0.1/"), ["127.0.0.1"])
    assert named_exactly(parse("http://[::1]:9000/"), ["[::1]:9000"])
    assert named_exactly(parse("http://model.internal:8080/v1"), ["model.internal:8080"])
    with pytest.raises(Denied):
        named_exactly(parse("http://127.0.0.1:9001/"), ["127.0.0.1:9000"])
    with pytest.raises(Denied):
        named_exactly(parse("http://127.1:9000/"), ["127.0.0.1:9000"])
