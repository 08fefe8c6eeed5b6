"""`POST /api/v1/invocations/`: the hot path. An async view: it waits for the outcome on a future, not in a thread."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from opentelemetry import propagate
from rest_framework.exceptions import APIException, NotAuthenticated

from accounts import keys as api_keys
from accounts.actor import Actor, NotAllowed, for_request
from accounts.api import errors
from accounts.errors import ProductError
from invocations import database, metrics
from invocations.admission import Admitted, admit
from invocations.errors import http_status
from invocations.ids import uuid7
from invocations.live import PROCESS_ID
from invocations.models import Invocation
from invocations.replies import replies
from invocations.representation import represent

from .parsing import Parsed, parse

log = logging.getLogger(__name__)
REFUSALS = (ProductError, APIException, NotAllowed, RequestDataTooBig)


async def create(request: HttpRequest) -> JsonResponse:
    """Admit a request and answer with its outcome, or with 202 when it is not over within `wait`."""
    try:
        parsed = parse(request.body, request.headers, _current_span())
        invocation_id = uuid7()
        return await answer(invocation_id, lambda: _admit(request, parsed, invocation_id), parsed.wait)
    except REFUSALS as error:
        return refused(request, error)


async def answer(invocation_id: UUID, admitting, wait: float) -> JsonResponse:
    """Admit in a thread, wait for the outcome here. The future exists before the row, so no reply can be missed."""
    begun = time.perf_counter()
    future = replies().expect(invocation_id)
    expected_id = invocation_id
    try:
        admitted: Admitted = await database.run(admitting)
        invocation = admitted.invocation
        if not invocation.is_open:
            return _counted(represent(invocation), begun)
        if not admitted.created:
            # Joining an earlier request: its reply may go to another process, the look at the row finds it.
            replies().forget(invocation_id, future)
            expected_id, future = invocation.pk, replies().expect(invocation.pk)
        if wait > 0:
            try:
                return _counted(await asyncio.wait_for(asyncio.shield(future), wait), begun)
            except TimeoutError:
                current = await database.run(Invocation.objects.get, pk=invocation.pk)
                return _counted(represent(current), begun)
        return _counted(represent(invocation), begun)
    finally:
        replies().forget(expected_id, future)


def _counted(invocation: dict[str, Any], begun: float) -> JsonResponse:
    metrics.answered(invocation, time.perf_counter() - begun)
    return outcome(invocation)


def outcome(invocation: dict[str, Any]) -> JsonResponse:
    """The contract's status code for an invocation, and its body."""
    if invocation["status"] in ("queued", "running"):
        response = JsonResponse(invocation, status=202)
        response["Location"] = f"/api/v1/invocations/{invocation['id']}/"
        return response
    if invocation["success"]:
        return JsonResponse(invocation)
    error = invocation["error"]
    status = http_status(error["code"])
    response = JsonResponse(
        errors.body(error["code"], error["message"], error.get("detail"), invocation=invocation), status=status
    )
    if status == 503:
        response["Retry-After"] = "1"
    response._has_been_logged = True  # type: ignore[attr-defined]  # an agent's failure is no failure of the server
    return response


def refused(request: HttpRequest, error: Exception) -> JsonResponse:
    """The one error body, for views that are not DRF's."""
    response = errors.handle(error, {"request": request})
    if response is None:
        raise error
    answer = JsonResponse(response.data, status=response.status_code)
    for name, value in response.headers.items():
        if name.lower() != "content-type":
            answer[name] = value
    return answer


def actor_of(request: HttpRequest) -> Actor:
    """Who calls: by key, else by session (Django's middleware has checked the CSRF token). Blocking, one query."""
    header = request.headers.get("Authorization", "")
    if header:
        scheme, _space, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise _unauthenticated("Send the key as “Authorization: Bearer nf_…”.")
        try:
            request.auth = api_keys.verify(token.strip())  # type: ignore[attr-defined]
        except api_keys.BadKey as error:
            raise _unauthenticated(str(error)) from error
    actor = for_request(request)
    if actor is None:
        raise _unauthenticated("Send an API key as “Authorization: Bearer nf_…”, or log in.")
    return actor


def _current_span() -> str | None:
    """The server span of this request as a `traceparent`, when OpenTelemetry records one: it becomes our parent."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")


def _unauthenticated(message: str) -> NotAuthenticated:
    error = NotAuthenticated(message)
    error.auth_header = 'Bearer realm="NeuroFlow"'  # type: ignore[attr-defined]  # as DRF's own views set it
    return error


def _admit(request: HttpRequest, parsed: Parsed, invocation_id: UUID) -> Admitted:
    return admit(actor_of(request), parsed.ask, invocation_id=invocation_id, reply_to=PROCESS_ID)
