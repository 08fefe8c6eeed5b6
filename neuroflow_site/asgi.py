"""The ASGI entry point: HTTP with a key, HTTP with a session, and WebSockets, each by the shortest way.

A program's request (a bearer key, or no cookie at all) needs no session, CSRF, language or message middleware; each of
these is synchronous and would cost the async invocation view two thread switches. Such requests take `KEY_MIDDLEWARE`;
everything else takes Django's full list. Both end in the same URLs and views.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "neuroflow_site.settings")

import django

django.setup()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler

from invocations.routing import websocket_urlpatterns

from . import telemetry
from .lifespan import with_lifespan

telemetry.start("neuroflow-web")  # before the handlers read their lists of middleware


class KeyASGIHandler(ASGIHandler):
    """Django's handler with the short middleware list."""

    def load_middleware(self, is_async: bool = False) -> None:
        full = settings.MIDDLEWARE
        try:
            settings.MIDDLEWARE = settings.KEY_MIDDLEWARE
            super().load_middleware(is_async=is_async)
        finally:
            settings.MIDDLEWARE = full


session_http = ASGIHandler()
key_http = KeyASGIHandler()


def _is_program(scope) -> bool:
    """A call of the API that brings no cookie: it can only be authenticated by a key."""
    if not scope["path"].startswith("/api/") or scope["path"].startswith("/api/v1/docs/"):
        return False
    names = {name for name, _ in scope["headers"]}
    return b"authorization" in names or b"cookie" not in names


async def http(scope, receive, send) -> None:
    await (key_http if _is_program(scope) else session_http)(scope, receive, send)


application = with_lifespan(
    ProtocolTypeRouter(
        {
            "http": http,
            "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
        }
    )
)
