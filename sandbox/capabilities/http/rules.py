"""Which addresses a grant of `http` opens.

Grant: {"hosts": ["api.example.com", "*.example.org", "127.0.0.1:9000"], "methods": ["GET"], "max_bytes": n,
"timeout_ms": n}. A host without a port stands for the scheme's own port; `*.` stands for any name below it, `*` for
any public host. Private, loopback, link-local and metadata addresses stay closed unless an entry without `*` names
that very host and port.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.capabilities.base import Denied, Failed

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
DEFAULT_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")
#: Public by their number and by Python's tables, and yet not out in the world: IETF protocol assignments (with one
#: cloud's metadata service among them), another cloud's own service, the relays of 6to4, and documentation.
_NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in ("192.0.0.0/24", "168.63.129.16/32", "192.88.99.0/24", "2001::/23", "3fff::/20")
]
_LONGEST_URL = 8192


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


def parse(url: Any) -> Target:
    """Take a URL apart. Raises Failed when it is none that can be asked."""
    if not isinstance(url, str) or len(url) > _LONGEST_URL:
        raise Failed("the URL is not text, or longer than 8,192 characters")
    if any(c <= " " or c == "\x7f" for c in url) or "\\" in url:
        raise Failed("the URL has spaces, control characters or backslashes; encode them")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Failed(f"the URL cannot be read: {error}") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise Failed(f"only http and https can be asked, not {parts.scheme or 'a URL without a scheme'!r}")
    if parts.username is not None or parts.password is not None:
        raise Failed("the URL has a user name in it; send an Authorization header instead")
    if not parts.hostname:
        raise Failed("the URL names no host")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise Failed("the URL's path has characters outside ASCII; encode them with urllib.parse.quote")
    return Target(parts.scheme, _spelled(parts.hostname), port or DEFAULT_PORTS[parts.scheme], path)


def _spelled(host: str) -> str:
    host = host.rstrip(".").lower()
    if "%" in host:
        raise Failed("a host name cannot have a % in it")
    if not host.isascii():
        try:
            host = host.encode("idna").decode().lower()
        except UnicodeError:
            raise Failed(f"{host!r} is not a host name") from None
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


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


def _entry(entry: str) -> tuple[str, int | None]:
    """`host`, `host:port`, `[v6]:port` or a bare IPv6 address."""
    entry = entry.strip().lower()
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        port = rest.removeprefix(":")
    elif entry.count(":") == 1:
        host, _, port = entry.partition(":")
    else:
        host, port = entry, ""
    try:
        return (host if host.startswith("*") else _spelled(host)), int(port) if port else None
    except (Failed, ValueError):
        return "", -1


def check_address(address: str, target: Target) -> None:
    """Refuse an address that is not public. Raises Denied."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if not all(_public(one) for one in (ip, *_inside(ip))):
        where = "" if address == target.host else f" ({address})"
        raise Denied(
            f"{target.netloc}{where} is a private address; it is open only to a grant that names "
            f"{target.host}:{target.port}"
        )


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


def whole(grant: Mapping[str, Any], key: str, default: int, ceiling: int) -> int:
    """A whole number of the grant, within bounds."""
    value = grant.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return default
    return min(value, ceiling)
