"""An `Idempotency-Key` makes a request safe to send twice: the second joins the first, running or finished."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.actor import Actor

from .errors import IdempotencyConflict
from .models import IdempotencyRecord, Invocation

KEPT = timedelta(hours=24)


def digest(body: dict[str, Any]) -> str:
    """What two bodies are compared by: everything but `wait`, whatever the order of their keys."""
    relevant = {key: value for key, value in body.items() if key != "wait"}
    return hashlib.sha256(json.dumps(relevant, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def find(actor: Actor, key: str, body_digest: str) -> Invocation | None:
    """The invocation that this key stands for, or None. Raises `IdempotencyConflict` for another body."""
    record = (
        IdempotencyRecord.objects.select_related("invocation")
        .filter(workspace=actor.workspace, owner=actor.owner, key=key, created_at__gt=timezone.now() - KEPT)
        .first()
    )
    if record is None:
        return None
    if record.digest != body_digest:
        raise IdempotencyConflict(
            "This Idempotency-Key was used with another body. Use a new key for a new request.",
            invocation=str(record.invocation_id),
        )
    return record.invocation


def claim(actor: Actor, key: str, body_digest: str, invocation: Invocation) -> None:
    """Tie the key to a new invocation, in its transaction. Raises IntegrityError when another request was faster."""
    now = timezone.now()
    IdempotencyRecord.objects.filter(
        workspace=actor.workspace, owner=actor.owner, key=key, created_at__lte=now - KEPT
    ).delete()
    IdempotencyRecord.objects.create(
        workspace=actor.workspace, owner=actor.owner, key=key, digest=body_digest, invocation=invocation, created_at=now
    )
