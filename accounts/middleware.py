"""Two small middlewares, written once for sync and async so that neither costs a thread switch."""

from __future__ import annotations

import re
import uuid

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.utils.decorators import sync_and_async_middleware

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
# Pages reachable without a login; /api/ authenticates by itself.
OPEN_PREFIXES = (
    "/login/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/",
    "/api/",
    "/i18n/",
    "/admin/login/",
    "/favicon.ico",
)
CLOSED_PREFIXES = ("/api/v1/docs/",)


@sync_and_async_middleware
def request_id(get_response):
    """Give every request an id (the client's `X-Request-ID` when it is sane) and say it in the response."""

    def begin(request) -> None:
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if REQUEST_ID.match(given) else uuid.uuid4().hex

    def end(request, response):
        response["X-Request-ID"] = request.request_id
        # Django's CommonMiddleware does this for pages; calls with a key do not pass through it.
        if not response.streaming and not response.has_header("Content-Length"):
            response["Content-Length"] = str(len(response.content))
        return response

    if iscoroutinefunction(get_response):

        async def async_middleware(request):
            begin(request)
            return end(request, await get_response(request))

        return async_middleware

    def middleware(request):
        begin(request)
        return end(request, get_response(request))

    return middleware


@sync_and_async_middleware
def login_required(get_response):
    """Send a visitor without a session to the login page: a new page is closed unless it is listed as open."""

    def closed(request) -> bool:
        is_open = request.path.startswith(OPEN_PREFIXES) and not request.path.startswith(CLOSED_PREFIXES)
        return not is_open and not request.user.is_authenticated

    if iscoroutinefunction(get_response):

        async def async_middleware(request):
            if await sync_to_async(closed)(request):
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            return await get_response(request)

        return async_middleware

    def middleware(request):
        if closed(request):
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        return get_response(request)

    return middleware
