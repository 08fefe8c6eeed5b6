"""The floor of a round trip: Celery and the sandbox, and nothing of NeuroFlow between them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import redis
from celery import Celery

import sandbox

REDIS = os.environ["BENCH_REDIS_URL"]
BROKER = "redis+socket://" + REDIS.removeprefix("unix://") if REDIS.startswith("unix://") else REDIS
SOURCE = {"agent.py": "def handle(request):\n    return request.text\n"}

app = Celery("floor", broker=BROKER)
app.conf.task_ignore_result = True
app.conf.task_default_queue = "floor"
app.conf.worker_prefetch_multiplier = 1

_state: dict[str, Any] = {}


@app.task(name="floor.run")
def run(reply: str, text: str) -> None:
    """Run the trivial agent in a fresh sandbox and push its answer to the list `reply`."""
    if not _state:
        _state["runtime"] = sandbox.Runtime.open(Path(os.environ["NEUROFLOW_IMAGE_DIR"]))
        _state["client"] = redis.Redis.from_url(REDIS)
        _state["source"] = sandbox.Source(SOURCE)
    call = sandbox.Call(
        skill=None, text=text, payload=None, session=None, invocation_id="floor", trace_id="0" * 32,
        span_id="0" * 16, config={}, agent="floor", version=1,
    )  # fmt: skip
    outcome = _state["runtime"].run(
        _state["source"], call, sandbox.Limits(), grants={}, on_event=lambda _kind, _data: None
    )
    _state["client"].lpush(reply, json.dumps({"success": outcome.success, "data": outcome.data}))
