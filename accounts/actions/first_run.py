"""What set-up needs before anyone can log in: the first administrator and the first key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import transaction

from accounts import actor as actors
from accounts import audit
from accounts.models import ApiKey, User, Workspace
from accounts.scopes import ALL_SCOPES, Role, Scope

from .keys import create_key
from .people import add_person


@dataclass(frozen=True)
class FirstRun:
    """`password` and `key` are plaintext, to be shown once; each is None when it existed before."""

    username: str
    password: str | None
    key: str | None


def ensure_first_run(username: str = "admin") -> FirstRun:
    """Create the first administrator and the first API key where there is none. Safe to call at every start."""
    actor = actors.system(Workspace.default(), label="set-up")
    password = plaintext = None
    with transaction.atomic():
        if not User.objects.filter(is_superuser=True).exists():
            password = secrets.token_urlsafe(12)
            add_person(actor, username, password, Role.ADMIN)
            audit.record(actor, "setup.first_run", actor.workspace)
        if not ApiKey.objects.exists():
            _key, plaintext = create_key(actor, "first key", ALL_SCOPES - {Scope.ADMIN})
    return FirstRun(username, password, plaintext)
