"""Set a secret, remove one, and seal all anew. Its value is in none of the audit rows and is never shown again."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.actor import Actor
from accounts.scopes import Scope
from agents import secrets, selectors
from agents.errors import AgentsError, NotFound
from agents.models import Secret
from sandbox.capabilities import http

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_LONGEST = 4096


def set_secret(
    actor: Actor,
    name: str,
    host: str,
    header: str = "Authorization",
    prefix: str = "Bearer ",
    value: str = "",
    reason: str = "",
) -> tuple[Secret, bool]:
    """Keep a value for requests to `host`; gives the secret and whether it is new.

    One that is there already is replaced as a whole: to bind it to another host one has to know its value. Agents use
    it where a grant of `http` names it, from the next call on.
    """
    actor.require(Scope.OPERATE)
    value = value.strip()
    if not _NAME.fullmatch(name):
        raise AgentsError("A name has letters, digits, dots, hyphens and underscores; at most 64.", field="name")
    try:
        bound = http.one_host(host)
    except ValueError as error:
        raise AgentsError(f"{error}.", field="host") from error
    try:
        http.check_header(header)
    except ValueError as error:
        raise AgentsError(f"{error}.", field="header") from error
    if len(prefix) > 50 or not (prefix.isascii() and prefix.isprintable()):
        raise AgentsError("What stands before the value has at most 50 characters of ASCII.", field="prefix")
    if not http.SHORTEST_SECRET <= len(value) <= _LONGEST:
        raise AgentsError(f"A value has from {http.SHORTEST_SECRET} to {_LONGEST} characters.", field="value")
    if not (value.isascii() and value.isprintable()):
        raise AgentsError("A value goes into a header: printable ASCII on one line.", field="value")
    with transaction.atomic():
        secret = Secret.objects.select_for_update().filter(workspace=actor.workspace, name=name).first()
        before = _shown(secret) if secret else None
        created = secret is None
        secret = secret or Secret(workspace=actor.workspace, name=name)
        secret.host, secret.header, secret.prefix = bound, header, prefix
        secret.actor, secret.set_at, secret.used_at = actor.label, timezone.now(), None
        secret.ciphertext = secrets.seal(secret, value)
        secret.save()
        audit.record(actor, "secret.set", secret, before=before, after=_shown(secret), reason=reason)
    return secret, created


def remove_secret(actor: Actor, name: str, reason: str = "") -> None:
    """Forget a secret; the next call under a grant that names it is refused. Raises `NotFound`."""
    actor.require(Scope.OPERATE)
    with transaction.atomic():
        secret = Secret.objects.select_for_update().filter(workspace=actor.workspace, name=name).first()
        if secret is None:
            known = list(selectors.secrets(actor.workspace).values_list("name", flat=True)[:20])
            there = f"There are: {', '.join(known)}." if known else "There are none yet."
            raise NotFound(f"There is no secret “{name[:64]}”. {there}", known=known)
        audit.record(actor, "secret.remove", secret, before=_shown(secret), reason=reason)
        secret.delete()


def reseal_secrets() -> int:
    """Seal all secrets of the installation with its newest key; gives how many. Raises `secrets.Sealed`."""
    with transaction.atomic():
        every = list(Secret.objects.select_for_update())
        for secret in every:
            secret.ciphertext = secrets.resealed(secret.ciphertext)
            secret.save(update_fields=["ciphertext"])
    return len(every)


def _shown(secret: Secret) -> dict[str, str]:
    return {"host": secret.host, "header": secret.header, "prefix": secret.prefix}
