"""Which addresses a grant opens, in all the spellings people have found."""

import time

import pytest

from sandbox.capabilities import check_grant
from sandbox.capabilities.base import Denied, Failed, Work
from sandbox.capabilities.http.resolver import addresses
from sandbox.capabilities.http.rules import check_address, named_exactly, parse


def resolved(url: str, trusted: bool) -> list[str]:
    """The addresses that a URL leads to, by the system's own resolver."""
    return [address for _, address in addresses(parse(url), trusted, Work(time.monotonic() + 10), "agent")]


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
        "http://example.com:0/",
        "http://example..com/",
        "http://-example.com/",
        "http://exa$mple.com/",
        "http://256.1.1.1/",
        "http://1.2.3.4.5/",
        "http://0x1ffffffff/",
        "http://127.0.0.08/",
        "http://1.2..3/",
        "http://[::ffff:127.0.0.1.5]/",
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


LOOPBACK = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7F.0x0.0x0.0x1",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "127.0.0.1.",
    "１２７.０.０.１",
    "127。0。0。1",
    "①②⑦.⓪.⓪.①",
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_every_spelling_of_an_address_is_that_address(host: str) -> None:
    assert parse(f"http://{host}:9000/").host == "127.0.0.1"
    assert named_exactly(parse(f"http://{host}:9000/"), ["127.0.0.1:9000"])
    assert not opens(f"http://{host}:9000/", "127.0.0.2:9000")


@pytest.mark.parametrize(
    "host",
    [
        *LOOPBACK,
        "0",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:7f00:1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
        "169.254.169.254",
        "0xa9fea9fe",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "192.88.99.1",
        "[2001:db8::1]",
    ],
)
def test_a_wildcard_opens_no_private_address_in_any_spelling(host: str) -> None:
    assert not named_exactly(parse(f"http://{host}/"), ["*"])
    with pytest.raises(Denied, match="private address"):
        resolved(f"http://{host}/", trusted=False)


def test_what_is_named_may_be_private() -> None:
    assert resolved("http://127.0.0.1:9000/", trusted=True) == ["127.0.0.1"]
    assert "127.0.0.1" in resolved("http://localhost:9000/", trusted=True)
    assert resolved("http://169.254.169.254:80/", trusted=True) == ["169.254.169.254"]


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "224.0.0.1", "100.100.100.200", "fd00:ec2::254"])
def test_a_trusted_name_still_leads_to_no_metadata_service(address: str) -> None:
    with pytest.raises(Denied, match="by the address itself"):
        check_address(address, parse("http://model.internal:80/"), trusted=True)


def test_a_trusted_name_may_lead_home() -> None:
    for address in ("127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "fc00::1", "1.1.1.1"):
        check_address(address, parse("http://model.internal:80/"), trusted=True)


def test_a_name_that_is_none_is_said() -> None:
    with pytest.raises(Failed, match="has no address"):
        resolved("http://nowhere.invalid/", trusted=False)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("https://api.example.com", "leave out the scheme"),
        ("api.example.com/v1", "leave out the scheme"),
        ("user@example.com", "leave out the scheme"),
        ("api.example.com:0", "no port"),
        ("api.example.com:http", "no port"),
        ("api.example.com:99999", "no port"),
        ("*.1.2.3", "names, not for addresses"),
        ("api.*.com", "not a host"),
        ("*example.com", "not a host"),
        ("999.1.1.1", "not a host"),
    ],
)
def test_an_entry_that_could_never_match_is_not_granted(entry: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_grant("http", {"hosts": [entry]})


def test_entries_of_every_kind_can_be_granted() -> None:
    check_grant("http", {"hosts": ["[::1]:80", "::1", "*", "*:8443", "*.example.org:8443", "bücher.example"]})


def test_a_private_service_needs_its_very_host_and_port_in_the_grant() -> None:
    target = parse("http://127.0.0.1:9000/")
    assert named_exactly(target, ["127.0.0.1:9000"])
    assert not named_exactly(target, ["*:9000"])
    assert not named_exactly(parse("http://127.0.0.1/"), ["127.0.0.1"])
    assert named_exactly(parse("http://[::1]:9000/"), ["[::1]:9000"])
    assert named_exactly(parse("http://model.internal:8080/v1"), ["model.internal:8080"])
    with pytest.raises(Denied):
        named_exactly(parse("http://127.0.0.1:9001/"), ["127.0.0.1:9000"])
    assert named_exactly(parse("http://127.1:9000/"), ["127.0.0.1:9000"])
