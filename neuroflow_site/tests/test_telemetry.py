"""One whole trace reaches a collector: from the HTTP server span to the sandbox, with the parents right."""

from __future__ import annotations

import http.server
import threading
import time

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from testing.processes import Processes


class Collector(http.server.ThreadingHTTPServer):
    """Takes OTLP over HTTP on loopback and keeps the spans."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.spans: dict[str, dict] = {}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.server.spans[span.span_id.hex()] = {  # type: ignore[attr-defined]
                        "name": span.name, "parent": span.parent_span_id.hex(), "trace": span.trace_id.hex(),
                    }  # fmt: skip
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def collector():
    server = Collector()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.django_db(transaction=True)
def test_a_collector_gets_one_tree(collector, redis_server, bus, workspace, make_key, publish_agent, settings):
    publish_agent()
    # A queue of their own: a worker of other tests, which tells no collector, must not take the task.
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "REDIS_PREFIX": f"{settings.REDIS_PREFIX}-traced",
    }
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    with Processes(**environment) as processes:
        processes.ensure(web=1, workers=1)
        with processes.client(make_key()[1]) as client:
            answer = client.post(
                "/api/v1/invocations/",
                json={"agent": "echo", "text": "x"},
                headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"},
            )
        assert answer.json()["trace_id"] == trace_id
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            ours = {key: span for key, span in collector.spans.items() if span["trace"] == trace_id}
            if {"request", "sandbox"} <= {span["name"] for span in ours.values()} and any(
                span["parent"] == "b7ad6b7169203331" for span in ours.values()
            ):
                break
            time.sleep(0.1)
    names = {span["name"]: key for key, span in ours.items()}
    server_span = next(key for key, span in ours.items() if span["parent"] == "b7ad6b7169203331")
    assert ours[names["request"]]["parent"] == server_span
    assert ours[names["sandbox"]]["parent"] == names["request"]
    for span in ours.values():
        assert span["parent"] in {*ours, "b7ad6b7169203331"}, span
