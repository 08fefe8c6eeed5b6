"""The ASGI entry point: HTTP with a key, HTTP with a session, and WebSockets, each by the shortest way.

A program's request (a bearer key, or no cookie at all) needs no session, CSRF, language or message middleware; each of
these is synchronous and would cost the async invocation view two thread switches. Such requests take `KEY_MIDDLEWARE`;
everything else takes Django's full list. Both end in the same URLs and views.
"""

import os
import warnings
from contextlib import closing
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "neuroflow_site.settings")

import django

django.setup()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler

from invocations.routing import websocket_urlpatterns

from . import telemetry
from .lifespan import with_lifespan

# Whitenoise hands static files to Django as synchronous iterators; they are small, and cached by the browser.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
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


class InvokeASGIHandler(KeyASGIHandler):
    """The shortest way to the async invocation view, which uses the database in threads of its own only.

    Django's way makes a thread for every request, to close connections that this view does not open: measured, a
    millisecond. A client that goes away is not watched for either; its invocation runs on, as the contract says.
    """

    async def __call__(self, scope, receive, send) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with closing(body):
            request, refusal = self.create_request(scope, body)
            response: Any = refusal if request is None else await self.get_response_async(request)
            await send(
                {
                    "type": "http.response.start",
                    "status": response.status_code,
                    "headers": [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()],
                }
            )
            await send({"type": "http.response.body", "body": response.content})


session_http = ASGIHandler()
key_http = KeyASGIHandler()
invoke_http = InvokeASGIHandler()


def _is_program(scope) -> bool:
    """A call of the API that brings no cookie: it can only be authenticated by a key."""
    if not scope["path"].startswith("/api/") or scope["path"].startswith("/api/v1/docs/"):
        return False
    names = {name for name, _ in scope["headers"]}
    return b"authorization" in names or b"cookie" not in names


async def http(scope, receive, send) -> None:
    if not _is_program(scope):
        await session_http(scope, receive, send)
    elif scope["method"] == "POST" and scope["path"] == "/api/v1/invocations/":
        await invoke_http(scope, receive, send)
    else:
        await key_http(scope, receive, send)


application = with_lifespan(
    ProtocolTypeRouter(
        {
            "http": http,
            "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
        }
    )
)
