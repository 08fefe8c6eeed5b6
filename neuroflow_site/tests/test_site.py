"""What the site as a whole promises: health, schema, closed pages, security headers."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator

from neuroflow_site.urls import described

OPEN = {"/healthz", "/readyz", "/metrics", "/favicon.ico"}


def test_healthz_needs_nothing(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_readyz_names_what_is_missing(db, client, bus, sandbox_image):
    answer = client.get("/readyz")
    parts = answer.json()["parts"]
    assert answer.status_code == 503
    assert set(parts) == {"database", "broker", "workers", "sandbox", "router"}
    assert parts["database"]["ready"] and parts["broker"]["ready"] and parts["sandbox"]["ready"]
    assert "celery" in parts["workers"]["message"]


def test_metrics_are_for_prometheus(db, client):
    answer = client.get("/metrics")
    assert answer.status_code == 200 and b"django_http_requests" in answer.content


def addresses(patterns, prefix="/"):
    """Every address without arguments that the site answers."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern.url_patterns, route)
        elif "<" not in route and "(" not in route:
            yield route


def test_every_page_needs_a_login(db, client):
    """A page that nobody thought of is closed."""
    for address in sorted(set(addresses(get_resolver().url_patterns))):
        if address in OPEN or address.startswith(("/api/v1/schema", "/login", "/i18n", "/admin")):
            continue
        answer = client.get(address)
        if address.startswith("/api/") and not address.startswith("/api/v1/docs"):
            assert answer.status_code in (401, 403, 405), address
        else:
            assert answer.status_code == 302, address
            assert answer["Location"].startswith(("/login/", "/logout/", "/admin/login/")), address


def test_what_no_view_of_the_api_answers_has_the_one_error_body(db, client, monkeypatch):
    missing = client.get("/api/v1/nothing/")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")

    def fail(*_args):
        raise OSError("secret detail")

    monkeypatch.setattr("accounts.keys.verify", fail)
    client.raise_request_exception = False
    broken = client.get("/api/v1/agents/", headers={"Authorization": "Bearer nf_a_b"})
    assert (broken.status_code, broken.json()["error"]["code"]) == (500, "internal_error")
    assert broken.json()["request_id"] and b"secret" not in broken.content


def test_pages_carry_a_strict_policy(db, client):
    policy = client.get("/login/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy.replace("https:", "")


def test_lists_are_described_as_lists():
    """A client made from the schema must be able to read them; and no view is left for the generator to guess about."""
    paths = SchemaGenerator(patterns=described).get_schema(request=None, public=True)["paths"]
    assert not GENERATOR_STATS
    for path in ("agents/", "agents/{slug}/versions/", "agents/{slug}/deployments/", "invocations/"):
        answer = paths[f"/api/v1/{path}"]["get"]
        assert answer["operationId"].endswith("_list")
        assert answer["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith("List")


def test_the_schema_describes_the_contract():
    schema = SchemaGenerator(patterns=described).get_schema(request=None, public=True)
    paths = schema["paths"]
    for path, methods in {
        "/api/v1/agents/": {"get", "post"},
        "/api/v1/agents/{slug}/": {"get", "patch", "delete"},
        "/api/v1/agents/{slug}/versions/": {"get", "post"},
        "/api/v1/agents/{slug}/versions/{number}/": {"get"},
        "/api/v1/agents/{slug}/versions/{number}/diff/": {"get"},
        "/api/v1/agents/{slug}/deployments/": {"get", "post"},
        "/api/v1/agents/{slug}/rollback/": {"post"},
        "/api/v1/invocations/": {"get", "post"},
        "/api/v1/invocations/{invocation_id}/": {"get"},
        "/api/v1/invocations/{invocation_id}/cancel/": {"post"},
        "/api/v1/invocations/{invocation_id}/replay/": {"post"},
        "/api/v1/invocations/{invocation_id}/events/": {"get"},
        "/api/v1/route/": {"post"},
        "/api/v1/guardrails/check/": {"post"},
    }.items():
        assert path in paths, path
        assert methods <= set(paths[path]), path
    json.dumps(schema, default=str)


@pytest.mark.parametrize("model", ["version", "deployment", "check", "agentsettings", "grant"])
def test_history_is_read_only_in_the_admin(make_person, model):
    client = Client()
    client.force_login(make_person("admin"), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(f"/admin/agents/{model}/")
    assert answer.status_code == 200
    assert client.post(f"/admin/agents/{model}/1/delete/").status_code in (302, 403)


def test_every_model_is_in_the_admin():
    from django.apps import apps
    from django.contrib import admin

    ours = {"accounts", "agents", "routing", "guardrails", "invocations"}
    missing = [
        model.__name__
        for model in apps.get_models()
        if model._meta.app_label in ours and model not in admin.site._registry and model.__name__ != "Membership"
    ]
    assert not missing


def test_a_database_file_is_for_its_owner_alone(monkeypatch, settings, tmp_path):
    from neuroflow_site.management.commands.prepare import _own_database_file

    path = tmp_path / "new.sqlite3"
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", path)
    _own_database_file()
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    beside = tmp_path / "new.sqlite3-wal"
    beside.touch(0o644)
    _own_database_file()
    assert {each.stat().st_mode & 0o777 for each in (path, beside)} == {0o600}
