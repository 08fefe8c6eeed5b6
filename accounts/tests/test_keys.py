"""API keys: shown once, stored as a keyed digest, refused when they should be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import keys
from accounts.actions.keys import create_key, disable_key
from accounts.actor import Actor, NotAllowed
from accounts.models import ApiKey, AuditEntry


def test_the_plaintext_is_nowhere_in_the_row(make_key):
    key, plaintext = make_key("read")
    stored = ApiKey.objects.filter(pk=key.pk).values().get()
    assert not any(plaintext in str(value) for value in stored.values())
    assert plaintext.startswith(f"nf_{key.prefix}_")
    assert keys.verify(plaintext).pk == key.pk


@pytest.mark.parametrize(
    "spoil", [lambda p: p[:-1] + ("A" if p[-1] != "A" else "B"), lambda p: "nf_x", lambda p: "", lambda p: p.upper()]
)
def test_a_wrong_key_is_refused(make_key, spoil):
    _key, plaintext = make_key("read")
    with pytest.raises(keys.BadKey):
        keys.verify(spoil(plaintext))


def test_an_expired_key_says_so(make_key):
    _key, plaintext = make_key("read", expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(keys.BadKey, match="expired"):
        keys.verify(plaintext)


def test_a_disabled_key_is_refused_at_once(system, make_key):
    key, plaintext = make_key("read")
    disable_key(system, key)
    with pytest.raises(keys.BadKey, match="disabled"):
        keys.verify(plaintext)
    assert AuditEntry.objects.filter(action="key.disable").count() == 1


def test_nobody_hands_out_more_than_they_hold(workspace):
    actor = Actor(workspace=workspace, scopes=frozenset({"admin", "read"}), label="eve")
    with pytest.raises(NotAllowed, match="operate"):
        create_key(actor, "too much", {"read", "operate"})


def test_another_installation_secret_makes_keys_worthless(make_key, settings):
    _key, plaintext = make_key("read")
    settings.SECRET_KEY = "another"
    with pytest.raises(keys.BadKey):
        keys.verify(plaintext)
