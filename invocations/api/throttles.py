"""The rate of a key holds for everything it calls, not for invocations alone."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.actor import for_request
from invocations import gates


class KeyRate(BaseThrottle):
    """Raises `RateLimited`, which is answered with 429 and `Retry-After`; a key without a rate costs nothing."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        actor = for_request(request)
        if actor is not None:
            gates.key_rate(actor)
        return True
