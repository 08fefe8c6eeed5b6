import pytest

from accounts.models import AuditEntry

from .conftest import FINES, RENEW

pytestmark = pytest.mark.django_db


@pytest.fixture
def login(client, make_person):
    def make(role="admin"):
        client.force_login(make_person(role), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


def test_the_page_asks_for_a_text(ready, login, live):
    live("library", RENEW)
    page = login().get("/routing/").content.decode()
    assert 'name="text"' in page
    assert "library" in page


def test_a_tried_text_shows_every_candidate_and_why(ready, login, live):
    live("library", RENEW, FINES)
    page = login().post("/routing/", {"text": "extend my loan", "agent": ""}).content.decode()
    assert "routed" in page
    assert page.count('<svg viewBox="0 0 100 10"') == 2
    assert "keep this novel two weeks longer" in page or "renew my book" in page
    assert "at or above the threshold of" in page


def test_a_text_for_nobody_says_so(ready, login, live):
    live("library", RENEW)
    page = login().post("/routing/", {"text": "sing me a song"}).content.decode()
    assert "It reaches no agent." in page
    assert "below the threshold of" in page


def test_an_empty_text_is_asked_for_again(ready, login):
    assert login().post("/routing/", {"text": ""}).status_code == 422


def test_while_the_model_loads_the_page_says_so(login, live):
    live("library", RENEW)
    client = login()
    assert "being loaded" in client.get("/routing/").content.decode()
    assert client.post("/routing/", {"text": "extend my loan"}).status_code == 503


def test_settings_are_changed_by_the_form(ready, login, live, workspace):
    live("library", RENEW)
    client = login("operator")
    response = client.post("/routing/settings/", {"default_agent": "library", "threshold": "0.5", "margin": "0.02"})
    assert response.status_code == 302
    assert workspace.routing_settings.default_agent.slug == "library"
    assert AuditEntry.objects.filter(action="routing.settings", actor_label="ada").exists()
    refused = client.post("/routing/settings/", {"default_agent": "", "threshold": "7", "margin": "0.02"})
    assert refused.status_code == 422


def test_a_viewer_may_look_but_not_change(ready, login):
    client = login("viewer")
    assert client.get("/routing/").status_code == 200
    assert client.post("/routing/settings/", {"threshold": "0.5", "margin": "0"}).status_code == 403


def test_the_admin_changes_settings_through_the_action(ready, client, live, workspace, django_user_model):
    live("library", RENEW)
    client.force_login(
        django_user_model.objects.create_superuser("root", "root@example.org", "secret-enough"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    agent = workspace.agents.get(slug="library")
    form = {"default_agent": agent.pk, "threshold": "0.5", "margin": "0.03"}
    assert client.post("/admin/routing/routingsettings/add/", form).status_code == 302
    row = workspace.routing_settings
    assert (row.default_agent, row.threshold) == (agent, 0.5)
    form["threshold"] = "0.6"
    assert client.post(f"/admin/routing/routingsettings/{row.pk}/change/", form).status_code == 302
    assert AuditEntry.objects.filter(action="routing.settings").count() == 2
    assert client.get("/admin/routing/skillvector/").status_code == 200
