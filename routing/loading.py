"""Loads the encoder in the background, so that a server answers at once, and tries again when it fails."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable

from .engine import Encoder, ModelError

logger = logging.getLogger(__name__)
PAUSES = (1.0, 5.0, 15.0, 60.0)
"""Seconds between attempts; the last is repeated."""


class Loader:
    """Owns this process's one encoder. `encoder` is None until it is loaded and `warm` has run."""

    def __init__(self, open_encoder: Callable[[], Encoder], warm: Callable[[Encoder], None]) -> None:
        self._open = open_encoder
        self._warm = warm
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.encoder: Encoder | None = None
        self.error: str | None = None

    def start(self) -> None:
        """Begin loading, unless it is loaded or loading. Returns at once."""
        with self._lock:
            if self.encoder is None and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._run, name="load-encoder", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        failures = 0
        while True:
            begun = time.monotonic()
            try:
                encoder = self._open()
                break
            except ModelError as error:
                if str(error) != self.error:  # once, not at every attempt
                    logger.error("%s", error)
                self.error = str(error)
            time.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1
        try:
            self._warm(encoder)
        except Exception:  # the first request will do, and say, what warming up could not
            logger.exception("the router could not be built ahead of the first request")
        self.encoder, self.error = encoder, None
        # The libraries behind the encoder are hundreds of thousands of objects that stay. Looking through them
        # at every full collection would stop all requests for tens of milliseconds.
        gc.collect()
        gc.freeze()
        logger.info("router ready: %s in %.1f s", encoder.model_id, time.monotonic() - begun)
