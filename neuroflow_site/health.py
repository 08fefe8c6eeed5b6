"""`/healthz`: the process answers. `/readyz`: everything a request needs is there, each part named."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError

import sandbox
from agents import source
from invocations.bus.client import sync_client
from invocations.worker.running import live_workers
from routing import service as routing


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when all parts are ready, 503 otherwise; `parts` says for each what is wrong and what to do."""
    parts = {
        "database": _database(),
        "broker": _broker(),
        "workers": _workers(),
        "sandbox": _sandbox(),
        "router": _router(),
    }
    ready = all(part["ready"] for part in parts.values())
    response = JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)
    response._has_been_logged = True  # type: ignore[attr-defined]  # a probe's 503 is an answer, not a fault
    return response


def _database() -> dict:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return _bad(f"The database does not answer: {error}. Check DATABASE_URL.")
    return _good()


def _broker() -> dict:
    try:
        sync_client().ping()
    except RedisError as error:
        return _bad(f"Redis does not answer: {error}. Check REDIS_URL.")
    return _good()


def _workers() -> dict:
    try:
        count = live_workers()
    except RedisError:
        return _bad("Unknown while Redis does not answer.")
    return _good(count=count) if count else _bad("No worker is running. Start one: celery -A neuroflow_site worker.")


def _sandbox() -> dict:
    try:
        source.runtime()
    except sandbox.ImageMissing as error:
        return _bad(str(error))
    return _good()


def _router() -> dict:
    status = routing.status()
    return _good(model=status.model) if status.ready else _bad(status.message)


def _good(**more: object) -> dict:
    return {"ready": True, **more}


def _bad(message: str) -> dict:
    return {"ready": False, "message": message}
