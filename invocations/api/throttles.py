"""The rate of a key holds for everything it calls, not for invocations alone."""

from __future__ import annotations

from typing import Any

from rest_framework.throttling import BaseThrottle


class KeyRate(BaseThrottle):
    """Raises `RateLimited`, which is answered with 429 and `Retry-After`; a key without a rate costs nothing."""

    def allow_request(self, request: Any, view: Any) -> bool:
        # Imported late: REST framework imports this module while it is being imported itself.
        from accounts.actor import for_request
        from invocations import gates

        actor = for_request(request)
        if actor is not None:
            gates.key_rate(actor)
        return True
