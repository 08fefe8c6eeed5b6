"""The floor of the gateway: a Django view that authenticates a key and inserts one row, on the same server."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "neuroflow_site.settings")

import django

django.setup()

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, JsonResponse
from django.urls import path

from accounts import keys
from accounts.models import AuditEntry
from invocations import database

settings.MIDDLEWARE = []
settings.ROOT_URLCONF = __name__


def insert(request: HttpRequest) -> int:
    key = keys.verify(request.headers["Authorization"].removeprefix("Bearer "))
    return AuditEntry.objects.create(
        workspace=key.workspace, actor_label="floor", action="floor", object_type="x", object_id="1", object_label="x"
    ).pk


async def view(request: HttpRequest) -> JsonResponse:
    response = JsonResponse({"id": await database.run(insert, request)})
    response["Content-Length"] = str(len(response.content))
    return response


urlpatterns = [path("floor/", view)]
application = ASGIHandler()
