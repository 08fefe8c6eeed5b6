"""Make an API key; disable one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit, keys
from accounts.actor import Actor, NotAllowed
from accounts.models import ApiKey
from accounts.scopes import ALL_SCOPES, Scope


def create_key(
    actor: Actor,
    name: str,
    scopes: set[str] | frozenset[str],
    *,
    expires_at: datetime | None = None,
    rate_per_second: float | None = None,
    burst: int | None = None,
) -> tuple[ApiKey, str]:
    """Return the stored key and its plaintext, which exists nowhere else.

    Nobody can hand out more than they hold: scopes the actor lacks raise `NotAllowed`. Unknown ones: ValueError.
    """
    actor.require(Scope.ADMIN)
    unknown = set(scopes) - ALL_SCOPES
    if unknown or not scopes:
        raise ValueError(
            f"Choose scopes from {', '.join(sorted(ALL_SCOPES))}; got {', '.join(sorted(unknown)) or 'none'}."
        )
    for scope in sorted(scopes):
        if not actor.may(scope):
            raise NotAllowed(scope, actor.label)
    plaintext, prefix, digest = keys.generate()
    with transaction.atomic():
        key = ApiKey.objects.create(
            workspace=actor.workspace,
            name=name,
            prefix=prefix,
            digest=digest,
            scopes=sorted(scopes),
            expires_at=expires_at,
            rate_per_second=rate_per_second,
            burst=burst,
            created_by=actor.user,
        )
        audit.record(actor, "key.create", key, after={"scopes": key.scopes})
    return key, plaintext


def disable_key(actor: Actor, key: ApiKey, reason: str = "") -> None:
    """Refuse the key from the next request on. Disabling a disabled key does nothing."""
    actor.require(Scope.ADMIN)
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, disabled_at=None).update(disabled_at=timezone.now()):
            audit.record(actor, "key.disable", key, reason=reason)
    key.refresh_from_db()
