"""Secrets: sealed in the database, named in grants, never shown; who may do what with them."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import override_settings
from rest_framework.test import APIClient

from accounts.actor import NotAllowed, for_key
from accounts.models import AuditEntry, Workspace
from agents import secrets
from agents.actions.agents import create_agent
from agents.actions.grants import give_grant
from agents.actions.secrets import remove_secret, reseal_secrets, set_secret
from agents.errors import AgentsError, NotFound
from agents.models import Secret

VALUE = "sk-canary-0123456789"
BODY = {"name": "weather", "host": "api.example.com", "value": VALUE}


@pytest.fixture
def api(make_key) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_key()[1]}")
    return client


def test_it_is_sealed_and_can_be_opened(system):
    secret, created = set_secret(system, "weather", "API.Example.com:443", value=f"  {VALUE}\n")
    assert created and secret.host == "api.example.com"
    row = Secret.objects.values().get()
    assert VALUE not in json.dumps(row, default=str)
    found = secrets.find(system.workspace.pk, "weather")
    assert (found.value, found.header, found.prefix, found.host) == (VALUE, "Authorization", "Bearer ", secret.host)
    assert VALUE not in repr(found)
    assert secrets.find(system.workspace.pk, "other") is None
    other = Workspace.objects.create(slug="other", name="Other")
    assert secrets.find(other.pk, "weather") is None


def test_replacing_takes_the_whole(system):
    set_secret(system, "weather", "api.example.com", "X-Key", "", VALUE)
    assert set_secret(system, "weather", "b.example", value="another-value")[1] is False
    found = secrets.find(system.workspace.pk, "weather")
    assert (found.value, found.host, found.header, found.prefix) == (
        "another-value",
        "b.example",
        "Authorization",
        "Bearer ",
    )
    entries = AuditEntry.objects.filter(action="secret.set").order_by("pk")
    assert [entry.after["host"] for entry in entries] == ["api.example.com", "b.example"]
    assert entries[1].before == {"host": "api.example.com", "header": "X-Key", "prefix": ""}
    assert VALUE not in json.dumps(list(AuditEntry.objects.values()), default=str)


def test_a_row_that_was_edited_is_refused(system):
    set_secret(system, "weather", "api.example.com", value=VALUE)
    Secret.objects.update(host="evil.example")
    with pytest.raises(secrets.Sealed, match="another host"):
        secrets.find(system.workspace.pk, "weather")
    set_secret(system, "mine", "evil.example", value="my-own-value")
    Secret.objects.filter(name="mine").update(ciphertext=Secret.objects.get(name="weather").ciphertext)
    with pytest.raises(secrets.Sealed):
        secrets.find(system.workspace.pk, "mine")


def test_another_key_opens_nothing_until_it_is_named(system, settings):
    set_secret(system, "weather", "api.example.com", value=VALUE)
    former = settings.SECRET_KEY
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[]):
        with pytest.raises(secrets.Sealed, match="SECRET_KEY_FALLBACKS"):
            secrets.find(system.workspace.pk, "weather")
        with pytest.raises(secrets.Sealed):
            reseal_secrets()
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[former]):
        assert secrets.find(system.workspace.pk, "weather").value == VALUE
        said = StringIO()
        call_command("reseal_secrets", stdout=said)
        assert said.getvalue().startswith("1 secrets")
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[]):
        assert secrets.find(system.workspace.pk, "weather").value == VALUE


def test_its_use_is_written_down_once_a_minute(system, django_assert_num_queries):
    set_secret(system, "weather", "api.example.com", value=VALUE)
    secrets.find(system.workspace.pk, "weather").used()
    used = Secret.objects.get().used_at
    assert used is not None
    with django_assert_num_queries(1):
        secrets.find(system.workspace.pk, "weather").used()
    assert Secret.objects.get().used_at == used


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"name": "a b"}, "name", "letters, digits"),
        ({"name": "../x"}, "name", "letters, digits"),
        ({"host": "https://api.example.com"}, "host", "leave out the scheme"),
        ({"host": "*.example.com"}, "host", "not a host"),
        ({"host": "a b"}, "host", "not a host"),
        ({"header": "X:Y"}, "header", "letters"),
        ({"header": "Host"}, "header", "host's own"),
        ({"header": "content-length"}, "header", "host's own"),
        ({"prefix": "Bearer\r\n"}, "prefix", "ASCII"),
        ({"value": "short"}, "value", "from 8 to"),
        ({"value": "a" * 5000}, "value", "to 4096"),
        ({"value": "two\nlines of it"}, "value", "one line"),
        ({"value": "pässword-123"}, "value", "ASCII"),
    ],
)
def test_what_can_be_no_secret_is_refused_with_the_field(system, fields, field, said):
    with pytest.raises(AgentsError, match=said) as refused:
        set_secret(system, **{**BODY, **fields})
    assert refused.value.detail["field"] == field
    assert fields.get("value", VALUE) not in str(refused.value.detail) + refused.value.message
    assert not Secret.objects.exists()


def test_a_grant_names_what_is_there_and_goes_where_it_is_bound(system):
    agent = create_agent(system, "a", "a")
    with pytest.raises(AgentsError, match="There is no secret “weather”; there are: none yet"):
        give_grant(system, agent, "http", {"hosts": ["api.example.com"], "secrets": ["weather"]})
    set_secret(system, **BODY)
    with pytest.raises(AgentsError, match="which the hosts of this grant do not open"):
        give_grant(system, agent, "http", {"hosts": ["other.example"], "secrets": ["weather"]})
    for hosts in (["api.example.com"], ["*.example.com"], ["*"], ["api.example.com:443"]):
        give_grant(system, agent, "http", {"hosts": hosts, "secrets": ["weather"]})
    set_secret(system, "local", "127.0.0.1:9000", value=VALUE)
    give_grant(system, agent, "http", {"hosts": ["127.0.0.1:9000"], "secrets": ["local"]})


def test_removing(system):
    set_secret(system, **BODY)
    remove_secret(system, "weather", "rotated")
    assert secrets.find(system.workspace.pk, "weather") is None
    with pytest.raises(NotFound, match="There are none yet"):
        remove_secret(system, "weather")
    entry = AuditEntry.objects.get(action="secret.remove")
    assert (entry.object_label, entry.reason) == ("weather", "rotated")


def test_only_operators(make_key):
    author = for_key(make_key("read", "author", "invoke", name="author")[0])
    with pytest.raises(NotAllowed):
        set_secret(author, **BODY)
    with pytest.raises(NotAllowed):
        remove_secret(author, "weather")


def test_the_api_takes_a_value_and_never_gives_it(api, system):
    made = api.post("/api/v1/secrets/", BODY, format="json")
    assert made.status_code == 201
    assert set(made.json()) == {
        "name", "host", "header", "prefix", "actor", "created_at", "set_at", "used_at", "agents",
    }  # fmt: skip
    give_grant(system, create_agent(system, "a", "a"), "http", {"hosts": ["*"], "secrets": ["weather"]})
    again = api.post("/api/v1/secrets/", {**BODY, "prefix": "Key  "}, format="json")
    assert (again.status_code, again.json()["agents"], again.json()["prefix"]) == (200, ["a"], "Key  ")
    listed = api.get("/api/v1/secrets/")
    assert [row["name"] for row in listed.json()["results"]] == ["weather"]
    refused = [
        api.post("/api/v1/secrets/", {**BODY, "hosts": 1}, format="json"),
        api.post("/api/v1/secrets/", {**BODY, "name": "a b"}, format="json"),
        api.post("/api/v1/secrets/", {"name": "x", "value": VALUE}, format="json"),
    ]
    assert [answer.status_code for answer in refused] == [400, 422, 400]
    assert "Unknown field" in refused[0].content.decode()
    for answer in (made, again, listed, *refused):
        assert VALUE not in answer.content.decode()
    assert api.delete("/api/v1/secrets/weather/").status_code == 204
    assert api.delete("/api/v1/secrets/weather/").status_code == 404
    assert api.get("/api/v1/secrets/weather/").status_code == 405


def test_another_workspace_does_not_exist(api, workspace):
    from accounts.actor import system as acting_system

    other = acting_system(Workspace.objects.create(slug="other", name="Other"))
    set_secret(other, **BODY)
    assert api.get("/api/v1/secrets/").json()["count"] == 0
    assert api.delete("/api/v1/secrets/weather/").status_code == 404
    assert secrets.find(other.workspace.pk, "weather").value == VALUE


def test_names_are_for_operators(make_key):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_key('read', 'author')[1]}")
    assert client.get("/api/v1/secrets/").status_code == 403
    assert client.post("/api/v1/secrets/", BODY, format="json").status_code == 403
