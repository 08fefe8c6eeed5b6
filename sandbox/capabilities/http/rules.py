"""Which addresses a grant of `http` opens.

A grant names hosts: "api.example.com", "*.example.org", "127.0.0.1:9000". A host without a port stands for the scheme's
own port; `*.` stands for any name below it, `*` for any public host. Private, loopback and other special addresses stay
closed unless an entry without `*` names that very host and port. Everything is brought into one spelling first: what
other software would read as 127.0.0.1 is 127.0.0.1 here.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.capabilities.base import Denied, Failed

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
DEFAULT_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")
#: Public by their number and by Python's tables, and yet not out in the world: IETF protocol assignments (with one
#: cloud's metadata service among them), another cloud's own service, the relays of 6to4, benchmarks and documentation.
_NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "2001::/23",
        "2001:db8::/32", "3fff::/20",
    )
]  # fmt: skip
_LONGEST_URL = 8192
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")


@dataclass(frozen=True)
class Target:
    """Where a request goes, in one spelling."""

    scheme: str
    host: str  # lower case, punycode, no trailing dot; an IPv6 address without brackets
    port: int
    path: str  # with its query

    @property
    def netloc(self) -> str:
        """As in a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.path}"

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port


def parse(url: Any) -> Target:
    """Take a URL apart. Raises Failed when it is none that can be asked."""
    if not isinstance(url, str) or len(url) > _LONGEST_URL:
        raise Failed("the URL is not text, or longer than 8,192 characters", "url")
    if any(c <= " " or c == "\x7f" for c in url) or "\\" in url:
        raise Failed("the URL has spaces, control characters or backslashes; encode them", "url")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Failed(f"the URL cannot be read: {error}", "url") from None
    if parts.scheme not in DEFAULT_PORTS:
        scheme = parts.scheme or "a URL without a scheme"
        raise Failed(f"only http and https can be asked, not {scheme!r}", "scheme")
    if parts.username is not None or parts.password is not None:
        raise Failed("the URL has a user name in it; send an Authorization header instead", "url")
    if not parts.hostname:
        raise Failed("the URL names no host", "url")
    if port == 0:
        raise Failed("the URL names port 0, which nobody can listen on", "url")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise Failed("the URL's path has characters outside ASCII; encode them with urllib.parse.quote", "url")
    return Target(parts.scheme, spelled(parts.hostname), port or DEFAULT_PORTS[parts.scheme], path)


def spelled(host: str) -> str:
    """A host in its one spelling. Raises Failed when it is no host."""
    host = host.lower()
    if "%" in host:
        raise Failed("a host name cannot have a % in it", "url")
    if not host.isascii():
        try:
            host = host.encode("idna").decode().lower()
        except UnicodeError:
            raise Failed(f"{host[:100]!r} is not a host name", "url") from None
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError:
            raise Failed(f"{host[:100]!r} is not an address", "url") from None
    host = host.removesuffix(".")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _four_numbers(host, labels)
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Failed(f"{host[:100]!r} is not a host name", "url")
    return host


def _four_numbers(host: str, labels: list[str]) -> str:
    """127.1, 0x7f000001, 017700000001 and 2130706433 are what the C library takes for 127.0.0.1."""
    try:
        numbers = [_number(label) for label in labels]
        *first, last = numbers
        if len(numbers) > 4 or any(number > 255 for number in first) or last >= 256 ** (5 - len(numbers)):
            raise ValueError
    except ValueError:
        raise Failed(f"{host[:100]!r} is neither a host name nor an address", "url") from None
    value = last + sum(number << (24 - 8 * place) for place, number in enumerate(first))
    return str(ipaddress.IPv4Address(value))


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8) if text.startswith("0") and len(text) > 1 else int(text)


def named_exactly(target: Target, hosts: Iterable[Any]) -> bool:
    """Whether the grant opens the target, and says so with its very host and port. Raises Denied when it opens not.

    An entry that leaves the port out names the host, but no private service on it.
    """
    matched = False
    for entry in hosts:
        pattern, port = _entry(str(entry))
        if port is not None and port != target.port:
            continue
        if port is None and target.port != DEFAULT_PORTS[target.scheme]:
            continue
        if pattern == target.host:
            if port is not None:
                return True
            matched = True
        elif pattern == "*" or (pattern.startswith("*.") and target.host.endswith(pattern[1:])):
            matched = True
    if not matched:
        raise Denied(f"the grant of http does not name {target.netloc} ({target.scheme})")
    return False


def exactly(entry: str) -> tuple[str, int | None]:
    """The host and the port (None: the scheme's own) of `host`, `host:port`, `[v6]:port` or a bare IPv6 address.

    Raises ValueError, saying what is wrong with it.
    """
    text = entry.strip().lower()
    if "/" in text or "@" in text:
        raise ValueError(f"“{entry[:100]}” is not a host: leave out the scheme, the path and any user name")
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    if port and not (port.isascii() and port.isdecimal() and 0 < int(port) < 65_536):
        raise ValueError(f"“{entry[:100]}” names no port from 1 to 65535")
    try:
        return spelled(host), int(port) if port else None
    except Failed as error:
        raise ValueError(f"“{entry[:100]}” is not a host: {error}") from None


def _entry(entry: str) -> tuple[str, int | None]:
    """As `exactly`, and with `*` or `*.` before the name. What is no host matches nothing."""
    try:
        return pattern(entry)
    except ValueError:
        return "", -1


def pattern(entry: str) -> tuple[str, int | None]:
    """An entry of a grant. Raises ValueError, saying what is wrong with it."""
    text = entry.strip()
    if text == "*" or text.startswith("*:"):
        _, port = exactly("x" + text[1:])
        return "*", port
    if text.startswith("*."):
        host, port = exactly(text[2:])
        if host[-1].isdecimal() or ":" in host:
            raise ValueError(f"“{entry[:100]}”: a star stands for names, not for addresses")
        return "*." + host, port
    return exactly(text)


def is_public(address: str) -> bool:
    """Whether the whole world may reach this address: no private, local or otherwise special network."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return all(_public(one) for one in (ip, *_inside(ip)))


def check_address(address: str, target: Target, trusted: bool = False) -> None:
    """Refuse an address that the target may not lead to. Raises Denied.

    What a grant names with host and port is `trusted`: it may be private. A name may still not lead to a link's own
    addresses, where clouds keep their machines' credentials: who means those writes the address itself.
    """
    if is_public(address):
        return
    where = "" if address == target.host else f" ({address})"
    named = f"{target.host}:{target.port}"
    if not trusted:
        raise Denied(f"{target.netloc}{where} is a private address; it is open only to a grant that names {named}")
    ip = ipaddress.ip_address(address.partition("%")[0])
    if address != target.host and any(_special(one) for one in (ip, *_inside(ip))):
        raise Denied(f"{target.netloc} leads to {address}, which a grant has to name by the address itself")


def _special(ip: Address) -> bool:
    if ip.is_loopback:
        return False
    return ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip.is_reserved or str(ip) in _METADATA


_METADATA = {"100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"}


def _public(ip: Address) -> bool:
    if any(ip in network for network in _NOT_PUBLIC):
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _UNICAST:
        return ip in _NAT64  # Then the address inside decides.
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def _inside(ip: Address) -> list[Address]:
    """IPv4 addresses that an IPv6 address leads to."""
    if not isinstance(ip, ipaddress.IPv6Address):
        return []
    found: list[Address] = []
    if ip.ipv4_mapped:
        found.append(ip.ipv4_mapped)
    if ip.sixtofour:
        found.append(ip.sixtofour)
    if ip.teredo:
        found.extend(ip.teredo)
    if ip in _NAT64:
        found.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return found
