"""httpx, urllib.request and context.http do inside the sandbox what they do elsewhere."""

import threading
from typing import Any

import pytest

from sandbox.tests.conftest import Agent
from sandbox.tests.web import Web


def grant(*hosts: str, **terms: Any) -> dict[str, Any]:
    return {"http": {"hosts": list(hosts), **terms}}


HTTPX = {
    "a stream of lines": (
        'async with httpx.AsyncClient() as client:\n    async with client.stream("GET", url + "/large?bytes=9") as a:\n'
        "        lines = [line async for line in a.aiter_lines()]\n        return [lines, a.num_bytes_downloaded >= 0]",
        [["x" * 9], True],
    ),
    "a stream of bytes, plainly": (
        'with httpx.stream("GET", url + "/large?bytes=9") as a:\n    return [p.decode() for p in a.iter_bytes(4)]',
        ["xxxx", "xxxx", "x"],
    ),
    "redirects by httpx": (
        'a = httpx.get(url + "/redirect?to=/next", follow_redirects=True)\n'
        "return [a.status_code, a.json()['path'], [h.status_code for h in a.history]]",
        [200, "/next", [302]],
    ),
    "a redirect that is not followed": (
        'a = httpx.get(url + "/redirect?to=/next")\n'
        "return [a.status_code, a.has_redirect_location, a.next_request.url.path]",
        [302, True, "/next"],
    ),
    "cookies": (
        'with httpx.Client(base_url=url) as c:\n    c.get("/cookie?value=7")\n'
        '    return c.get("/").json()["headers"]["cookie"]',
        "seen=7",
    ),
    "basic authentication": (
        'return httpx.get(url + "/", auth=("a", "b")).json()["headers"]["authorization"]',
        "Basic YTpi",
    ),
    "a form": ('return httpx.post(url + "/", data={"a": "1 2"}).json()["body"]', "a=1+2"),
    "several parts": (
        'a = httpx.post(url + "/", files={"f": ("name.txt", b"inside", "text/plain")}, data={"k": "v"})\n'
        "found = a.json()\nreturn [found['headers']['content-type'].split(';')[0], 'inside' in found['body']]",
        ["multipart/form-data", True],
    ),
    "a generator as a body": (
        'async def parts():\n    yield b"a"\n    yield b"b"\n'
        'async with httpx.AsyncClient() as c:\n    return (await c.put(url + "/", content=parts())).json()["body"]',
        "ab",
    ),
    "a status as an error": (
        'try:\n    httpx.get(url + "/status?code=404").raise_for_status()\nexcept httpx.HTTPStatusError as error:\n'
        "    return [error.response.status_code, error.response.reason_phrase]",
        [404, "Not Found"],
    ),
    "hooks and elapsed": (
        'seen = []\nwith httpx.Client(event_hooks={"response": [lambda r: seen.append(r.status_code)]}) as c:\n'
        '    a = c.get(url + "/")\nreturn [seen, a.elapsed.total_seconds() >= 0, a.http_version]',
        [[200], True, "HTTP/1.1"],
    ),
    "the head alone": (
        'a = httpx.head(url + "/large?bytes=5")\nreturn [a.headers["content-length"], a.content.hex()]',
        ["5", ""],
    ),
    "a compressed answer": (
        'ways = ("gzip", "deflate", "raw", "twice", "members")\n'
        'return [len(httpx.get(url + f"/packed?how={how}").content) for how in ways]',
        [1000] * 5,
    ),
    "a transport of one's own": (
        "t = httpx.MockTransport(lambda r: httpx.Response(201))\nreturn httpx.Client(transport=t).get(url).status_code",
        201,
    ),
    "repeated headers": (
        'a = httpx.get(url + "/", headers=[("X-A", "1"), ("X-B", "2")])\nreturn a.json()["headers"]["x-b"]',
        "2",
    ),
}


@pytest.mark.parametrize("name", HTTPX)
def test_httpx(agent: Agent, web: Web, name: str) -> None:
    lines, expected = HTTPX[name]
    outcome = agent.body(f'import httpx\nurl = "{web.url}"\n{lines}', grants=grant(web.host))
    assert outcome.data == expected, outcome.failure


RAISED = [
    ('httpx.get(url + "/hang", timeout=0.2)', {}, "ReadTimeout"),
    ('httpx.get(url + "/hang")', {"timeout_ms": 200}, "ReadTimeout"),
    ('httpx.get(url + "/drip-head", timeout=None)', {"timeout_ms": 300}, "ReadTimeout"),
    ('httpx.get("http://127.0.0.1:1/")', {}, "ConnectError"),
    ('httpx.get("https://nowhere.invalid/")', {}, "ConnectError"),
    ('httpx.get(url.replace("http", "https") + "/")', {}, "ConnectError"),
    ('httpx.get("ftp://127.0.0.1/")', {}, "UnsupportedProtocol"),
    ('httpx.get(url + "/large?bytes=3000")', {"max_bytes": 2000}, "ReadError"),
    ('httpx.get(url + "/packed?how=gzip&bytes=300000")', {"max_bytes": 2000}, "ReadError"),
    ('httpx.get(url + "/packed?how=gzip&cut=1")', {}, "ReadError"),
    ('httpx.get(url + "/packed?how=wrong")', {}, "RemoteProtocolError"),
    ('httpx.get(url + "/leak?how=broken")', {}, "RemoteProtocolError"),
    ('httpx.get(url + "/redirect?to=/redirect?to=/x", follow_redirects=True).raise_for_status()', {}, "none"),
    ('httpx.Client(proxy="http://127.0.0.1:1")', {}, "ValueError"),
    ('httpx.get(url + "/", headers={"X": "a\\nb"})', {}, "LocalProtocolError"),
    ('httpx.get("http://10.0.0.1/")', {}, "CapabilityDenied"),
]


@pytest.mark.parametrize(("call", "terms", "kind"), RAISED)
def test_httpx_raises_its_own_exceptions(agent: Agent, web: Web, call: str, terms: dict[str, Any], kind: str) -> None:
    caught = 'except Exception as e:\n    return type(e).__name__\nreturn "none"'
    lines = f'import httpx\nurl = "{web.url}"\ntry:\n    {call}\n{caught}'
    outcome = agent.body(lines, grants=grant(web.host, "127.0.0.1:1", "nowhere.invalid", **terms))
    assert outcome.data == kind, outcome.failure


URLLIB = {
    "a page": (
        'with urllib.request.urlopen(url + "/a?b=c") as a:\n'
        "    return [a.status, a.headers['content-type'], json.load(a)['path'], a.geturl().endswith('/a?b=c')]",
        [200, "application/json", "/a?b=c", True],
    ),
    "a request with everything": (
        'r = urllib.request.Request(url, data=b"x=1", headers={"X-Mine": "2"}, method="PUT")\n'
        "found = json.load(urllib.request.urlopen(r, timeout=5))\n"
        "return [found['method'], found['body'], found['headers']['X-mine']]",
        ["PUT", "x=1", "2"],
    ),
    "a form": ('return json.load(urllib.request.urlopen(url, data=b"a=1"))["method"]', "POST"),
    "lines": ('return [l.decode() for l in urllib.request.urlopen(url + "/large?bytes=3")]', ["xxx"]),
    "pieces": (
        'a = urllib.request.urlopen(url + "/large?bytes=5")\n'
        "return [a.read(2).decode(), a.read().decode(), a.read().decode()]",
        ["xx", "xxx", ""],
    ),
    "a redirect": (
        'a = urllib.request.urlopen(url + "/redirect?to=/next")\n'
        'return [a.geturl().endswith("/next"), json.load(a)["path"]]',
        [True, "/next"],
    ),
    "a status as an error": (
        'try:\n    urllib.request.urlopen(url + "/status?code=404")\nexcept urllib.error.HTTPError as e:\n'
        "    return [e.code, e.reason, e.read().decode()]",
        [404, "Not Found", ""],
    ),
    "cookies": (
        "from http.cookiejar import CookieJar\n"
        "o = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))\n"
        'o.open(url + "/cookie?value=7").read()\nreturn json.load(o.open(url))["headers"]["Cookie"]',
        "seen=7",
    ),
    "basic authentication": (
        "m = urllib.request.HTTPPasswordMgrWithDefaultRealm()\nm.add_password(None, url, 'a', 'b')\n"
        "o = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(m))\n"
        'return json.load(o.open(url + "/basic"))["headers"]["Authorization"]',
        "Basic YTpi",
    ),
    "no connection": (
        'try:\n    urllib.request.urlopen("http://127.0.0.1:1/")\nexcept urllib.error.URLError as e:\n'
        '    return "could not be reached" in str(e)',
        True,
    ),
    "a timeout": (
        'try:\n    urllib.request.urlopen(url + "/hang", timeout=0.2)\nexcept TimeoutError:\n    return "late"',
        "late",
    ),
    "the head alone": (
        'a = urllib.request.urlopen(urllib.request.Request(url + "/large?bytes=5", method="HEAD"))\n'
        'return [a.headers["Content-Length"], a.read().decode()]',
        ["5", ""],
    ),
    "http.client says what to use": (
        'import http.client\ntry:\n    http.client.HTTPConnection("127.0.0.1").request("GET", "/")\n'
        "except PermissionError as e:\n    return 'httpx.get(url)' in str(e)",
        True,
    ),
    "urlretrieve is no way to a file, and data is read": (
        'return urllib.request.urlopen("data:text/plain,abc").read().decode()',
        "abc",
    ),
}


@pytest.mark.parametrize("name", URLLIB)
def test_urllib(agent: Agent, web: Web, name: str) -> None:
    lines, expected = URLLIB[name]
    lines = f'import json, urllib.request, urllib.error\nurl = "{web.url}"\n{lines}'
    outcome = agent.body(lines, grants=grant(web.host, "127.0.0.1:1"))
    assert outcome.data == expected, outcome.failure


def test_calls_are_counted_by_the_grant(agent: Agent, web: Web) -> None:
    lines = f"""
from neuroflow import CapabilityDenied
for number in range(5):
    try:
        await context.http.get("{web.url}/")
    except CapabilityDenied as error:
        return [number, str(error)]
"""
    outcome = agent.body(lines, grants=grant(web.host, calls=3))
    assert outcome.data == [3, "this is call 4 of http, and calls of its grant allows 3 an invocation"]
    assert len(web.seen) == 3


def test_a_large_body_goes_out_and_comes_back(agent: Agent, web: Web) -> None:
    lines = f"""
import httpx
there = await context.http.post("{web.url}/", content=b"y" * 3_000_000, timeout=60)
back = httpx.get("{web.url}/large?bytes=3000000", timeout=60)
return [len(there.json()["body"]), len(back.content)]
"""
    outcome = agent.body(lines, grants=grant(web.host, max_bytes=4_000_000))
    assert outcome.data == [3_000_000, 3_000_000], outcome.failure


def test_many_runs_wait_without_keeping_one_another(agent: Agent, web: Web) -> None:
    """Five runs with sixteen calls each, all of them under way at the same moment."""
    lines = f"""
import asyncio
urls = ["{web.url}/together?count=80"] * 16
return [a.status for a in await asyncio.gather(*(context.http.get(u) for u in urls))]
"""
    outcomes: list[Any] = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(agent.body(lines, grants=grant(web.host)))) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome.data for outcome in outcomes] == [[200] * 16] * 5, outcomes[0].failure
