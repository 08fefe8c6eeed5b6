"""Addresses that are not the agent's to ask, in every spelling, by every way: name, number, redirect, resolver."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.capabilities.http import client
from sandbox.tests.conftest import Agent
from sandbox.tests.web import Web

ASK = "answer = await context.http.get(request.text)\nreturn answer.status"

REDIRECTED = """
from urllib.parse import quote
answer = await context.http.get(context.config['entry'] + '/redirect?to=' + quote(request.text, safe=''))
return [answer.status, str(answer.url)]
"""

SPELLINGS = [
    "http://127.0.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://127.255.255.254:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0x7f.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://0177.0x0.0.1:{port}/",
    "http://00000000000000000000000000000177.0.0.1:{port}/",
    "http://127.0.0.01:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://0x0:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://localhost.localdomain:{port}/",
    "http://ip6-localhost:{port}/",
    "http://[::1]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]:{port}/",
    "http://[::]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[::7f00:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::FFFF:7F00:0001]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "http://[::ffff:0:127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[2002:7f00:0001::1]:{port}/",
    "http://[2001:0:7f00:1::]:{port}/",
    "http://[2001::80ff:fffe]:{port}/",
    "http://[2001:db8::1]:{port}/",
    "http://[fe80::1]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://[fe80::1%lo]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[fc00::1]:{port}/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[ff02::1]:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://0xa9fea9fe/latest/meta-data/",
    "http://0251.0376.0251.0376/latest/meta-data/",
    "http://169.254.43518/latest/meta-data/",
    "http://[::ffff:a9fe:a9fe]/latest/meta-data/",
    "http://100.100.100.200/latest/meta-data/",
    "http://192.0.0.192/latest/",
    "http://168.63.129.16/metadata/",
    "http://[::ffff:168.63.129.16]/metadata/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://10.0.0.1:{port}/",
    "http://172.16.0.1:{port}/",
    "http://172.31.255.255:{port}/",
    "http://192.168.0.1:{port}/",
    "http://100.64.0.1:{port}/",
    "http://198.18.0.1:{port}/",
    "http://224.0.0.1:{port}/",
    "http://240.0.0.1:{port}/",
    "http://255.255.255.255:{port}/",
    "http://127。0。0。1:{port}/",
    "http://127\uff0e0\uff0e0\uff0e1:{port}/",
    "http://\uff11\uff12\uff17.0.0.1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://ⓛocalhost:{port}/",
    "http://loc\u00adalhost:{port}/",
    "http://127.0.0.1%2eexample.com:{port}/",
    "http://127.0.0.1%00.example.com:{port}/",
    "http://127.0.0.1#.example.com:{port}/",
    "http://example.com@127.0.0.1:{port}/",
    "http://example.com:80@127.0.0.1:{port}/",
    "http://example.com%40127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@example.com/",
    "http://127.0.0.1:{port}?@example.com/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http://example.com\\@127.0.0.1:{port}/",
    "http://[127.0.0.1]:{port}/",
    "http://[::1]@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}:80/",
    "http://127.0.0.1:0{port}/",
    "http:///127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}/",
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/\r\nHost: example.com",
    "http://127.0.0.1\t:{port}/",
    "https://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_GET",
    "dict://127.0.0.1:{port}/info",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    "jar:http://127.0.0.1:{port}/!/",
    "data:text/plain,x",
]


@pytest.fixture(scope="module")
def entry() -> Iterator[Web]:
    """A service that was granted, and answers with redirects to wherever it is told."""
    with Web() as web:
        yield web


@pytest.fixture(scope="module")
def closed() -> Iterator[Web]:
    """A service that nobody was granted."""
    with Web() as web:
        yield web


def port_of(web: Web) -> str:
    return web.host.partition(":")[2]


def wide(*more: str, port: str) -> dict[str, Any]:
    """Everything public is granted, and this port of it; and more by its very host and port."""
    return {"http": {"hosts": ["*", f"*:{port}", *more]}}


@pytest.mark.parametrize("url", SPELLINGS)
def test_a_private_address_is_refused_however_it_is_spelled(agent: Agent, closed: Web, url: str) -> None:
    port = port_of(closed)
    outcome = agent.body(ASK, text=url.replace("{port}", port), grants=wide(port=port))
    assert outcome.failure is not None
    assert outcome.failure.code in ("capability_denied", "agent_error"), outcome.failure
    assert closed.seen == []


@pytest.mark.parametrize("url", SPELLINGS)
def test_a_redirect_to_it_is_refused_as_well(agent: Agent, closed: Web, entry: Web, url: str) -> None:
    """The first service is granted by its very host and port, and sends the agent on."""
    port = port_of(closed)
    location = url.replace("{port}", port).replace("\r\n", "%0D%0A")
    outcome = agent.body(REDIRECTED, text=location, config={"entry": entry.url}, grants=wide(entry.host, port=port))
    assert closed.seen == []
    if outcome.success:  # What is no URL at all is a path on the same host.
        assert outcome.data[1].startswith(entry.url), outcome.data
    else:
        assert outcome.failure.code in ("capability_denied", "agent_error"), outcome.failure


def test_a_chain_of_redirects_is_checked_at_its_end(agent: Agent, closed: Web, web: Web) -> None:
    to = f"/redirect%3Fto%3D/redirect%253Fto%253D{closed.url}/"
    outcome = agent.body(ASK, text=f"{web.url}/redirect?to={to}", grants=wide(web.host, port=port_of(closed)))
    assert outcome.failure is not None
    assert outcome.failure.code == "capability_denied", outcome.failure
    assert [seen[1].partition("?")[0] for seen in web.seen] == ["/redirect"] * 3
    assert closed.seen == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["93.184.216.34", "127.0.0.1"],
        ["127.0.0.1", "93.184.216.34"],
        ["::1"],
        ["93.184.216.34", "::ffff:127.0.0.1"],
        ["169.254.169.254"],
        ["10.0.0.7"],
        ["64:ff9b::7f00:1"],
        ["fe80::1%lo"],
        ["0.0.0.0"],
    ],
)
def test_a_public_name_that_leads_inside_is_refused(
    agent: Agent, closed: Web, monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    """One private address among those of a name is enough: which of them would be asked is not the agent's to try."""
    port = port_of(closed)
    told = _telling(monkeypatch, lambda host: addresses)
    outcome = agent.body(ASK, text=f"http://rebind.example.com:{port}/", grants=wide(port=port))
    assert told == ["rebind.example.com"]
    assert outcome.failure is not None
    assert outcome.failure.code == "capability_denied", outcome.failure
    assert closed.seen == []


def test_a_name_that_changes_between_the_check_and_the_connection(
    agent: Agent, closed: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is resolved once, and what was checked is what is connected to: here an address of documentation, at which
    nobody answers."""
    answers = [["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]]
    told = _telling(monkeypatch, lambda host: answers.pop(0))
    connected = _connections(monkeypatch)
    port = port_of(closed)
    outcome = agent.body(ASK, text=f"http://rebind.example.com:{port}/", grants=wide(port=port))
    assert outcome.failure is not None
    assert told == ["rebind.example.com"]
    assert connected == [("93.184.216.34", int(port))]
    assert closed.seen == []


def test_a_redirect_resolves_and_checks_anew(
    agent: Agent, closed: Web, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = port_of(closed)
    told = _telling(monkeypatch, lambda host: ["127.0.0.1"])
    to = f"{web.url}/redirect?to=http://rebind.example.com:{port}/"
    outcome = agent.body(ASK, text=to, grants=wide(web.host, port=port))
    assert told[-1] == "rebind.example.com"
    assert outcome.failure is not None
    assert outcome.failure.code == "capability_denied", outcome.failure
    assert closed.seen == []


def test_many_at_once_find_no_gap(agent: Agent, closed: Web) -> None:
    port = port_of(closed)
    urls = [url.replace("{port}", port) for url in SPELLINGS]
    lines = f"""
import asyncio
async def ask(url):
    try: return (await context.http.get(url)).status
    except OSError: return None
return [s for s in await asyncio.gather(*(ask(u) for u in {urls!r})) if s]
"""
    outcome = agent.body(lines, grants=wide(port=port))
    assert outcome.data == [], outcome.failure
    assert closed.seen == []


_real = socket.getaddrinfo


def _telling(monkeypatch: pytest.MonkeyPatch, addresses_of: Any) -> list[str]:
    """Let the name rebind.example.com resolve to addresses that no real name can be had for."""
    told: list[str] = []

    def getaddrinfo(host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host != "rebind.example.com":
            return _real(host, port, *rest, **more)
        told.append(host)
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(family[":" in a], socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses_of(host)]

    monkeypatch.setattr(client.socket, "getaddrinfo", getaddrinfo)
    return told


def _connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Where sockets of capability threads are connected to; they get nowhere."""
    connected: list[Any] = []

    class Socket(socket.socket):
        def connect(self, address: Any) -> None:
            if threading.current_thread().name.startswith("sandbox-capability"):
                connected.append(address)
                raise ConnectionRefusedError("nobody answers")
            super().connect(address)

    monkeypatch.setattr(client.socket, "socket", Socket)
    return connected
