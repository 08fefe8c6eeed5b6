"""One body for every error: `{"error": {"code", "message", "detail"}, "request_id", "invocation"?}`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.actor import NotAllowed
from accounts.errors import ProductError


def body(code: str, message: str, detail: dict[str, Any] | None = None, **extra: Any) -> dict[str, Any]:
    """The error body as a dict."""
    return {"error": {"code": code, "message": message, "detail": detail or {}}, **extra}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: turns what views raise into the one body; what it does not know stays a 500."""
    headers: dict[str, str] = {}
    if isinstance(error, ProductError):
        code, message, detail, http = error.code, error.message, error.detail, error.http
        if error.retry_after is not None:
            headers["Retry-After"] = str(max(1, round(error.retry_after)))
    elif isinstance(error, NotAllowed | DjangoPermissionDenied):
        code, message, detail, http = "forbidden", str(error) or "Not allowed.", {}, status.HTTP_403_FORBIDDEN
    elif isinstance(error, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        code, http, detail = "too_large", status.HTTP_413_REQUEST_ENTITY_TOO_LARGE, {"limit": limit}
        message = f"The body is too large; at most {limit:,} bytes are taken."
    elif isinstance(error, Http404):
        code, message, detail, http = "not_found", str(error) or "Not found.", {}, status.HTTP_404_NOT_FOUND
    elif isinstance(error, exceptions.ValidationError):
        code, http = "invalid", status.HTTP_400_BAD_REQUEST
        detail = {"fields": error.detail}
        message = _first_sentence(error.detail)
    elif isinstance(error, exceptions.APIException):
        code, http = _code_of(error), error.status_code
        message, detail = str(error.detail), {}
        challenge, wait = getattr(error, "auth_header", None), getattr(error, "wait", None)
        if challenge:
            headers["WWW-Authenticate"] = challenge
        if wait:
            headers["Retry-After"] = str(int(wait))
    else:
        return None
    set_rollback()
    request = context.get("request")
    return Response(
        body(code, message, detail, request_id=getattr(request, "request_id", "")), status=http, headers=headers
    )


def _code_of(error: exceptions.APIException) -> str:
    codes = {
        exceptions.NotAuthenticated: "unauthenticated",
        exceptions.AuthenticationFailed: "unauthenticated",
        exceptions.PermissionDenied: "forbidden",
        exceptions.ParseError: "malformed",
        exceptions.NotFound: "not_found",
        exceptions.MethodNotAllowed: "method_not_allowed",
        exceptions.Throttled: "rate_limited",
    }
    return codes.get(type(error), str(error.default_code))


def _first_sentence(detail: Any, path: str = "") -> str:
    """The first message in DRF's nested structure, with the field it belongs to."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            inner = path if key == "non_field_errors" else f"{path}.{key}".lstrip(".")
            return _first_sentence(value, inner)
    if isinstance(detail, list):
        for position, value in enumerate(detail):
            if value:
                inner = path if isinstance(value, str) else f"{path}[{position}]"
                return _first_sentence(value, inner)
    return f"{path}: {detail}" if path else str(detail)
