"""Reading, cancelling and replaying invocations; and their events as a stream."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from accounts.actor import acting
from accounts.api.parsing import validated
from accounts.scopes import Scope
from invocations import database, selectors
from invocations.actions.cancel import cancel
from invocations.actions.replay import replay
from invocations.errors import Malformed
from invocations.filters import InvocationFilter
from invocations.following import follow, seq, stored
from invocations.ids import uuid7
from invocations.live import PROCESS_ID
from invocations.models import Invocation

from . import serializers as s
from .create import REFUSALS, actor_of, answer, create, refused
from .parsing import read_json, seconds

ANSWERS = {
    200: s.InvocationSerializer,
    202: s.InvocationSerializer,
    **dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429, 502, 503, 504), s.InvocationErrorSerializer),
}


class InvocationList(GenericAPIView):
    queryset = Invocation.objects.none()  # for the schema
    serializer_class = s.InvocationSerializer
    filterset_class = InvocationFilter

    def get_queryset(self):
        return selectors.invocations(acting(self.request).workspace)

    @extend_schema(responses=s.InvocationSerializer(many=True))
    def get(self, request):
        """Newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(s.InvocationSerializer(page, many=True).data)

    @extend_schema(
        request=s.InvokeSerializer,
        responses=ANSWERS,
        parameters=[
            OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER),
            OpenApiParameter("traceparent", str, OpenApiParameter.HEADER),
        ],
    )
    def post(self, request):
        """Send a request, in plain language or to a named agent, and wait for the outcome."""
        raise AssertionError("served by the async view; declared here for the schema")


class InvocationDetail(GenericAPIView):
    serializer_class = s.InvocationSerializer

    def get(self, request, invocation_id: UUID):
        """Always 200, whatever became of it."""
        invocation = selectors.invocation(acting(request).workspace, invocation_id)
        return Response(s.InvocationSerializer(invocation).data)


class InvocationCancel(GenericAPIView):
    scopes = {"POST": Scope.INVOKE}
    serializer_class = s.CancelSerializer

    @extend_schema(responses={200: s.InvocationSerializer, 409: s.InvocationErrorSerializer})
    def post(self, request, invocation_id: UUID):
        """End it as `cancelled`. 409 when it is over already."""
        asked = validated(request, s.CancelSerializer)
        actor = acting(request)
        invocation = selectors.invocation(actor.workspace, invocation_id)
        cancelled = cancel(actor, invocation, asked["reason"])
        return Response(s.InvocationSerializer(cancelled).data)


class InvocationReplay(GenericAPIView):
    """For the schema; `replay_invocation` serves it."""

    serializer_class = s.ReplaySerializer

    @extend_schema(responses=ANSWERS)
    def post(self, request, invocation_id: UUID):
        """Run the same input again, on what is live now or on a version of choice."""
        raise AssertionError("served by the async view; declared here for the schema")


class InvocationEvents(GenericAPIView):
    """For the schema; `stream_events` serves it."""

    @extend_schema(
        responses={(200, "text/event-stream"): str},
        parameters=[OpenApiParameter("Last-Event-ID", int, OpenApiParameter.HEADER)],
    )
    def get(self, request, invocation_id: UUID):
        """Server-sent events: stored ones first, then live ones, until the invocation is settled."""
        raise AssertionError("served by the async view; declared here for the schema")


async def collection(request: HttpRequest):
    """`/api/v1/invocations/`: POST is async, the rest is DRF's."""
    if request.method == "POST":
        return await create(request)
    return await database.run(InvocationList.as_view(), request)


async def replay_invocation(request: HttpRequest, invocation_id: UUID):
    if request.method != "POST":
        return await database.run(InvocationReplay.as_view(), request, invocation_id=invocation_id)
    try:
        body = read_json(request.body)
        for field in body:
            if field not in ("version", "wait"):
                raise Malformed(f"Unknown field “{field}”. Known ones: version, wait.", field=field)
        version, wait = body.get("version"), body.get("wait")
        if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
            raise Malformed("version must be a whole number.", field="version")
        if wait is not None and (not isinstance(wait, int | float) or isinstance(wait, bool)):
            raise Malformed("wait must be a number of seconds.", field="wait")
        new_id = uuid7()

        def admitting():
            actor = actor_of(request)
            former = selectors.invocation(actor.workspace, invocation_id)
            return replay(actor, former, version=version, invocation_id=new_id, reply_to=PROCESS_ID)

        return await answer(new_id, admitting, seconds(wait))
    except REFUSALS as error:
        return refused(request, error)


async def stream_events(request: HttpRequest, invocation_id: UUID):
    """Server-sent events; `Last-Event-ID` (or `?after=`) resumes behind that seq."""

    after = seq(request.headers.get("Last-Event-ID") or request.GET.get("after", "0"))

    def nothing_more() -> bool:
        actor = actor_of(request)
        actor.require(Scope.READ)
        invocation = selectors.invocation(actor.workspace, invocation_id)
        return after > 0 and not invocation.is_open and not stored(invocation.pk, after)

    if request.method != "GET":
        return JsonResponse({"error": {"code": "method_not_allowed", "message": "GET only.", "detail": {}}}, status=405)
    try:
        if await database.run(nothing_more):
            return HttpResponse(status=204)  # tells an EventSource not to come back
    except REFUSALS as error:
        return refused(request, error)

    async def lines():
        yield "retry: 1000\n\n"
        async for event in follow(invocation_id, after, beats=True):
            if event is None:
                yield ": still here\n\n"  # so that nothing in between takes a quiet run for a dead one
                continue
            data = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
            yield f"id: {event['seq']}\nevent: {event['kind']}\ndata: {data}\n\n"

    response = StreamingHttpResponse(lines(), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response
