"""Waiting until something answers."""

import asyncio
import contextlib
import json
from pathlib import Path


async def listens(socket: Path) -> bool:
    """Whether anybody still has this socket open, be it only to shut down."""
    try:
        _, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return False
    writer.close()
    return True


async def valkey_answers(socket: Path) -> bool:
    """Whether a Valkey or Redis on this socket is ready to serve (one that still loads its data is not)."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        return (await asyncio.wait_for(reader.readline(), 1)).startswith(b"+PONG")
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()


async def readyz(address: tuple[str, int]) -> tuple[bool, str]:
    """GET /readyz: whether it is 200, and otherwise what it said is not ready yet, in words."""
    try:
        reader, writer = await asyncio.open_connection(*address)
    except OSError:
        return False, "web server"
    try:
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 10)
    except (OSError, TimeoutError):
        return False, "web server"
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    return b" 200 " in head.split(b"\r\n", 1)[0], waiting_for(body)


def waiting_for(body: bytes) -> str:
    """What is not ready, from /readyz's JSON: {"parts": {name: {"ready": bool, "message": str}}}."""
    try:
        parts = json.loads(body)["parts"]
        return ", ".join(name for name, part in parts.items() if not part["ready"])
    except (ValueError, KeyError, TypeError):
        return ""
