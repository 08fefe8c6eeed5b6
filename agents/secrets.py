"""Secrets at rest, sealed with a key that is derived from the installation's own, and on their way to the host.

What is sealed is the whole secret, host and header included: a row that was edited behind the product's back does not
send the value anywhere else, it is refused.
"""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

import sandbox

from .errors import AgentsError
from .models import Secret

_PURPOSE = b"neuroflow: secrets at rest"
#: How exactly a secret's last use is known; writing it at each request would cost more than it tells.
USED_EVERY = timedelta(minutes=1)


class Sealed(AgentsError):
    """A secret cannot be opened with the keys that this installation has."""


def seal(secret: Secret, value: str) -> str:
    """The ciphertext of a value, bound to the secret's workspace, name, host and header."""
    plain = json.dumps({**_bound(secret), "value": value})
    return _keys(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).encrypt(plain.encode()).decode()


def resealed(ciphertext: str) -> str:
    """The same under the newest key. Raises `Sealed`."""
    try:
        return _keys(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).rotate(ciphertext.encode()).decode()
    except InvalidToken:
        raise Sealed("This secret was sealed with a key that is no longer there; set it again.") from None


def opened(secret: Secret) -> str:
    """The value. Raises `Sealed`."""
    try:
        plain = _keys(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).decrypt(secret.ciphertext.encode())
    except InvalidToken:
        raise Sealed(
            f"The secret “{secret.name}” was sealed with another SECRET_KEY; name that one in SECRET_KEY_FALLBACKS or "
            "set the secret again.",
            secret=secret.name,
        ) from None
    found = json.loads(plain)
    if {name: found[name] for name in _bound(secret)} != _bound(secret):
        raise Sealed(
            f"The secret “{secret.name}” was sealed for another host or header; set it again.", secret=secret.name
        )
    return str(found["value"])


def _bound(secret: Secret) -> dict[str, object]:
    return {
        "workspace": secret.workspace_id,
        "name": secret.name,
        "host": secret.host,
        "header": secret.header,
        "prefix": secret.prefix,
    }


@lru_cache(maxsize=8)
def _keys(*keys: str) -> MultiFernet:
    """Seals with the first, opens with any."""
    derived = (HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(key.encode()) for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def find(workspace_id: int, name: str) -> sandbox.Secret | None:
    """What the host puts into requests, as of now; None when it is not set. One query. Raises `Sealed`."""
    secret = Secret.objects.filter(workspace_id=workspace_id, name=name).first()
    if secret is None:
        return None
    return sandbox.Secret(
        name=secret.name,
        host=secret.host,
        header=secret.header,
        prefix=secret.prefix,
        value=opened(secret),
        used=lambda: _used(secret),
    )


def _used(secret: Secret) -> None:
    now = timezone.now()
    if secret.used_at is None or secret.used_at < now - USED_EVERY:
        since = Q(used_at=None) | Q(used_at__lt=now - USED_EVERY)
        Secret.objects.filter(since, pk=secret.pk).update(used_at=now)
