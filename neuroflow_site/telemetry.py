"""OpenTelemetry: off until an exporter is configured by the standard `OTEL_*` variables, then one whole trace.

The request's server span comes from the Django instrumentation, the task's from Celery's; the steps of an invocation
are recorded by ourselves (invocations/trace.py) and handed over with the ids they have in the console.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from invocations import sinks
from invocations.models import Invocation

_processor: Any = None


def configured() -> bool:
    """Whether the environment names a place to send traces to."""
    named = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return bool(named) and os.environ.get("OTEL_SDK_DISABLED", "").lower() != "true"


def start(service: str) -> None:
    """Instrument this process, once, when an exporter is configured. `service` is the default service name."""
    global _processor
    if _processor is not None or not configured():
        return
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.celery import CeleryInstrumentor
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    os.environ.setdefault("OTEL_SERVICE_NAME", service)
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: os.environ["OTEL_SERVICE_NAME"]}))
    _processor = BatchSpanProcessor(OTLPSpanExporter())
    provider.add_span_processor(_processor)
    trace.set_tracer_provider(provider)
    before = list(settings.MIDDLEWARE)
    DjangoInstrumentor().instrument()
    # The instrumentation adds its middleware to Django's list; calls with a key have a list of their own.
    settings.KEY_MIDDLEWARE = [*(m for m in settings.MIDDLEWARE if m not in before), *settings.KEY_MIDDLEWARE]
    CeleryInstrumentor().instrument()
    sinks.register(_export)


def stop() -> None:
    """Send what is left; at the end of a process."""
    if _processor is not None:
        _processor.shutdown()


def _export(invocation: Invocation, events: Sequence[dict[str, Any]]) -> None:
    """Give the invocation's spans to the exporter's queue."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags

    provider: Any = trace.get_tracer_provider()
    trace_id, flags = int(invocation.trace_id, 16), TraceFlags(TraceFlags.SAMPLED)
    common = {
        "neuroflow.invocation.id": str(invocation.pk),
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": invocation.agent.slug if invocation.agent else "",
    }
    for event in events:
        if event["kind"] not in ("span", "span_end"):
            continue
        data = event["data"]
        parent = data.get("parent_id")
        context = SpanContext(trace_id, int(data["span_id"], 16), is_remote=False, trace_flags=flags)
        failed = data.get("status") == "error"
        _processor.on_end(
            ReadableSpan(
                name=data["name"],
                context=context,
                parent=SpanContext(trace_id, int(parent, 16), is_remote=False, trace_flags=flags) if parent else None,
                resource=provider.resource,
                attributes={**common, **_plain(data.get("attributes") or {})},
                start_time=data["start_us"] * 1_000,
                end_time=data["end_us"] * 1_000,
                status=Status(StatusCode.ERROR if failed else StatusCode.OK),
            )
        )


def _plain(attributes: dict[str, Any]) -> dict[str, Any]:
    """What OTLP takes as it is; anything nested becomes text."""
    return {
        key: v if isinstance(v, str | int | float | bool) else str(v) for key, v in attributes.items() if v is not None
    }
