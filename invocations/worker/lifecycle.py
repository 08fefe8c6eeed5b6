"""What starts and stops with a Celery worker. Connected to Celery's signals when Django starts."""

from __future__ import annotations

import gc
import logging
from typing import Any

from celery.signals import worker_ready, worker_shutdown

from .running import RUNNING
from .sweeper import Sweeper

log = logging.getLogger(__name__)
_sweeper: Sweeper | None = None


@worker_ready.connect
def begin(**_: Any) -> None:
    global _sweeper
    from agents import source

    source.runtime()  # fail here, with what to do, rather than at the first request
    RUNNING.start()
    gc.freeze()  # what is loaded by now stays; looking through it again and again costs every request
    _sweeper = Sweeper(RUNNING.name)
    _sweeper.start()


@worker_shutdown.connect
def end(**_: Any) -> None:
    if _sweeper is not None:
        _sweeper.stop()
    RUNNING.stop()
