"""API keys: `nf_<prefix>_<secret>`. The prefix finds the row; a keyed digest of the whole proves the rest."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time

from django.conf import settings
from django.utils import timezone

from .models import ApiKey

_last_touch: dict[int, float] = {}
_touch_lock = threading.Lock()
TOUCH_SECONDS = 60


class BadKey(Exception):
    """The key is missing, malformed, unknown, disabled or expired; the message says which the caller may know."""


def digest_of(plaintext: str) -> str:
    """HMAC-SHA256 under the installation's secret: a copy of the table alone cannot be searched for keys."""
    return hmac.new(settings.SECRET_KEY.encode(), plaintext.encode(), hashlib.sha256).hexdigest()


def generate() -> tuple[str, str, str]:
    """Return (plaintext, prefix, digest) of a new key with 192 random bits."""
    prefix = secrets.token_hex(4)
    plaintext = f"nf_{prefix}_{secrets.token_urlsafe(24)}"
    return plaintext, prefix, digest_of(plaintext)


def verify(plaintext: str) -> ApiKey:
    """Return the active key with this plaintext. One query. Raises `BadKey`."""
    parts = plaintext.split("_", 2)
    if len(parts) != 3 or parts[0] != "nf":
        raise BadKey("This is not an API key. Keys look like nf_…; make one in the console under API keys.")
    key = ApiKey.objects.select_related("workspace").filter(prefix=parts[1]).first()
    if key is None or not hmac.compare_digest(key.digest, digest_of(plaintext)):
        raise BadKey("This API key is not known here.")
    if key.state == "disabled":
        raise BadKey("This API key is disabled.")
    if key.state == "expired":
        raise BadKey("This API key has expired. Make a new one in the console under API keys.")
    _touch(key)
    return key


def _touch(key: ApiKey) -> None:
    """Note the use, at most once a minute a process, so that reading a key is not a write."""
    now = time.monotonic()
    with _touch_lock:
        if now - _last_touch.get(key.pk, -TOUCH_SECONDS) < TOUCH_SECONDS:
            return
        _last_touch[key.pk] = now
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now())
