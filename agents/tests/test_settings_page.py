"""An agent's limits in the console: in units that people write, one revision a save, and a history of what changed."""

from __future__ import annotations

import re

import pytest

import sandbox
from agents import revisions, units
from agents.actions.agents import create_agent
from agents.actions.settings import update_settings
from agents.models import AgentSettings
from agents.words import LIMITS

PAGE = "/agents/echo/settings/"
# What the page sends when nothing was touched.
AS_IT_IS = {"isolation": "wasm", "lifetime": "fresh", "config": "{}"}


@pytest.fixture
def agent(system):
    return create_agent(system, "Echo")


@pytest.fixture
def console(client, make_person):
    client.force_login(make_person("operator"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_limit_has_its_words_and_its_field(console, agent):
    assert list(LIMITS) and set(LIMITS) == set(sandbox.Limits().to_dict())
    page = console.get(PAGE).content.decode()
    for name in LIMITS:
        assert f'name="limit.{name}"' in page


@pytest.mark.parametrize("name", sandbox.Limits().to_dict())
@pytest.mark.parametrize("of", [sandbox.Limits(), sandbox.Limits.CEILING, sandbox.Limits(wall_ms=1501, log_bytes=77)])
def test_what_is_shown_is_read_as_the_same_number(name, of):
    assert units.parse(name, units.show(name, getattr(of, name))) == getattr(of, name)


@pytest.mark.parametrize(
    "name, text, value",
    [
        ("memory_bytes", "128 MiB", 128 << 20),
        ("memory_bytes", "0.5gib", 512 << 20),
        ("memory_bytes", "134217728", 128 << 20),
        ("memory_bytes", "100 MB", 100_000_000),
        ("wall_ms", "30 s", 30_000),
        ("wall_ms", "1.5 min", 90_000),
        ("wall_ms", "1,500", 1_500),
        ("fuel", "2.5G", 2_500_000_000),
        ("fuel", "20 000 000", 20_000_000),
        ("log_lines", "2k", 2_000),
    ],
)
def test_numbers_are_written_as_people_write_them(name, text, value):
    assert units.parse(name, text) == value


@pytest.mark.parametrize("text", ["", "much", "-5 s", "3 MiB", "1..5 s", "1 s 5 s", "٣ s", "1e3", "0.0001 s"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match=r"such as|whole number"):
        units.parse("wall_ms", text)


def test_a_save_is_one_revision_and_says_what_it_changed(console, agent):
    form = {**AS_IT_IS, "limit.wall_ms": "5 s", "max_concurrent": "3", "lifetime": "reuse", "reason": "slow service"}
    assert console.post(PAGE, form).status_code == 302
    agent.refresh_from_db()
    saved = agent.current_settings
    assert (saved.number, saved.limits, saved.max_concurrent, saved.lifetime) == (2, {"wall_ms": 5_000}, 3, "reuse")
    page = re.sub(r"\s+", " ", console.get(PAGE).content.decode())
    assert 'value="5 s"' in page
    assert "<s>30 s</s> → <strong>5 s</strong>" in page and "slow service" in page
    assert "What one request leaves in memory the next can read" in page  # the agent's head says that it is reused


def test_the_same_again_is_no_revision(console, agent):
    console.post(PAGE, AS_IT_IS)
    assert AgentSettings.objects.count() == 1


def test_an_earlier_revision_is_filled_in_and_nothing_is_saved_by_that(console, agent, system):
    update_settings(system, agent, limits={"wall_ms": 7_000}, config={"region": "eu"})
    update_settings(system, agent)
    page = console.get(PAGE + "?revision=2").content.decode()
    assert 'value="7 s"' in page and "&quot;region&quot;: &quot;eu&quot;" in page
    agent.refresh_from_db()
    assert agent.current_settings.number == 3


def test_what_exceeds_a_ceiling_is_refused_at_its_field(console, agent):
    answer = console.post(PAGE, {**AS_IT_IS, "limit.memory_bytes": "2 GiB", "limit.wall_ms": "9 s"})
    page = answer.content.decode()
    assert answer.status_code == 422
    field = page[page.index('id="limit-memory_bytes"') :][:900]
    assert 'aria-invalid="true"' in field and "at most 1073741824" in field and 'value="2 GiB"' in field
    assert 'value="9 s"' in page


def test_history_is_told_from_the_newest_and_names_config_by_key_only(agent, system):
    update_settings(system, agent, config={"token": "hush"}, rate_per_second=2.5, reason="why not")
    newest, first = revisions.history(agent)
    said = {(change.label, change.before, change.after) for change in newest.changes}
    assert said == {("Requests a second", "none", "2.5"), ("config.token", "", "added")}
    assert newest.reason == "why not" and newest.actor and first.changes == []


def test_who_may_only_look_sees_the_limits_and_cannot_save(client, make_person, agent):
    client.force_login(make_person("viewer"), backend="django.contrib.auth.backends.ModelBackend")
    assert "disabled" in client.get(PAGE).content.decode()
    assert client.post(PAGE, {**AS_IT_IS, "limit.wall_ms": "5 s"}).status_code == 403
    assert AgentSettings.objects.count() == 1


def test_of_two_forms_filled_at_once_the_second_is_told_what_the_first_changed(console, agent):
    seen = {**AS_IT_IS, "expected": agent.current_settings.number}
    assert console.post(PAGE, {**seen, "limit.wall_ms": "5 s"}).status_code == 302
    second = console.post(PAGE, {**seen, "limit.memory_bytes": "96 MiB"})
    assert second.status_code == 422
    assert "5 s" in second.content.decode()
    agent.refresh_from_db()
    assert agent.current_settings.limits == {"wall_ms": 5000}
    again = {**seen, "expected": agent.current_settings.number}
    assert console.post(PAGE, {**again, "limit.memory_bytes": "96 MiB"}).status_code == 302
