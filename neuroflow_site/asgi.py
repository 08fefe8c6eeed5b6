"""The ASGI entry point: HTTP with a key, HTTP with a session, and WebSockets, each by the shortest way.

A request that carries `Authorization: Bearer` needs no session, CSRF, language or message middleware; each of these is
synchronous and would cost the async invocation view two thread switches. Such requests take `KEY_MIDDLEWARE`;
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

from .lifespan import with_lifespan


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


async def http(scope, receive, send) -> None:
    keyed = any(name == b"authorization" for name, _ in scope["headers"])
    await (key_http if keyed and scope["path"].startswith("/api/") else session_http)(scope, receive, send)


application = with_lifespan(
    ProtocolTypeRouter(
        {
            "http": http,
            "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
        }
    )
)
