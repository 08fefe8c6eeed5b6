"""Store a policy document as an immutable version."""

from __future__ import annotations

import hashlib

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts import audit
from accounts.actor import Actor
from accounts.scopes import Scope
from guardrails.engine import PolicyError, compile_policy
from guardrails.errors import BadPolicy
from guardrails.models import Policy, PolicyVersion


def save_version(actor: Actor, policy: Policy, text: str, message: str = "") -> tuple[PolicyVersion, bool]:
    """Return the version and whether it is new; the same document again is the same version.

    Raises `BadPolicy` with every mistake's line and column, and stores nothing. Tests inside rules need not hold yet:
    publishing asks for them.
    """
    actor.require(Scope.OPERATE)
    text = text.replace("\r\n", "\n")
    try:
        compile_policy(text)
    except PolicyError as error:
        raise BadPolicy(error.errors) from error
    checksum = hashlib.sha256(text.encode("utf-8")).hexdigest()
    try:
        with transaction.atomic():
            # Locking the policy numbers versions without gaps and without two saves taking the same number.
            Policy.objects.select_for_update().get(pk=policy.pk)
            existing = policy.versions.filter(checksum=checksum).first()
            if existing is not None:
                return existing, False
            last = policy.versions.aggregate(last=Max("number"))["last"] or 0
            version = PolicyVersion.objects.create(
                policy=policy,
                number=last + 1,
                text=text,
                checksum=checksum,
                message=message[:500],
                author=actor.label,
            )
            audit.record(actor, "policy.version", version, after={"checksum": checksum, "message": message})
    except IntegrityError:
        # The same document arrived twice at the same moment; the other one won.
        return policy.versions.get(checksum=checksum), False
    return version, True
