"""A load generator that costs little: HTTP/1.1 over asyncio streams, one kept-alive connection a client."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any


class Client:
    """One connection to one server. `post` returns (status, parsed body, milliseconds)."""

    def __init__(self, host: str, port: int, key: str) -> None:
        self._host, self._port, self._key = host, port, key
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Client:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._writer is not None
        self._writer.close()
        await self._writer.wait_closed()

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any, float]:
        assert self._reader is not None and self._writer is not None
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nAuthorization: Bearer {self._key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        begun = time.perf_counter()
        self._writer.write(head.encode() + content)
        header = await self._reader.readuntil(b"\r\n\r\n")
        status = int(header[9:12])
        length = next(
            int(line.split(b":", 1)[1]) for line in header.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        answer = await self._reader.readexactly(length)
        return status, json.loads(answer), (time.perf_counter() - begun) * 1000


async def load(
    host: str, port: int, key: str, path: str, body: dict[str, Any], clients: int, seconds: float
) -> dict[str, Any]:
    """Send the same request from `clients` connections for `seconds`.

    Returns {"ok", "failed", "seconds", "latencies_ms"}; a request counts as ok when it is answered with 200.
    """
    latencies: list[float] = []
    failed = 0
    end = time.perf_counter() + seconds

    async def one() -> None:
        nonlocal failed
        async with Client(host, port, key) as client:
            while time.perf_counter() < end:
                status, _answer, took = await client.post(path, body)
                if status == 200:
                    latencies.append(took)
                else:
                    failed += 1

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(clients)))
    return {"ok": len(latencies), "failed": failed, "seconds": time.perf_counter() - begun, "latencies_ms": latencies}
