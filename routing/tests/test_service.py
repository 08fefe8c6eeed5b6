import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.actions.agents import archive_agent
from agents.actions.deploy import publish, rollback
from routing import service, skills
from routing.actions.update_settings import update_settings
from routing.engine import Encoder, ModelError, needed_texts
from routing.errors import Unavailable
from routing.models import SkillVector
from routing.vectors import vectors_of

from .conftest import FINES, RENEW, WEATHER

pytestmark = pytest.mark.django_db


def target(decision):
    return f"{decision.chosen['agent']}/{decision.chosen['skill']}" if decision.chosen else None


def test_a_text_reaches_the_skill_of_a_live_version(ready, workspace, live, generation):
    live("library", RENEW, FINES)
    live("weather", WEATHER)
    assert target(service.decide(workspace.pk, generation(), "please extend the loan")) == "library/renew"
    assert target(service.decide(workspace.pk, generation(), "will it rain in Lisbon tomorrow")) == "weather/forecast"
    assert service.decide(workspace.pk, generation(), "sing me a song").fallback == "no_route"


def test_no_query_while_the_generation_stays(ready, workspace, live, generation):
    live("library", RENEW)
    now = generation()
    service.decide(workspace.pk, now, "extend my loan")
    with CaptureQueriesContext(connection) as queries:
        service.decide(workspace.pk, now, "extend my loan, please")
        service.decide(workspace.pk, now - 1, "a request that read the pointer a little earlier")
    assert len(queries) == 0


def test_a_publish_a_rollback_and_an_archive_hold_from_the_next_request_on(
    ready, system, workspace, live, add_version, generation
):
    agent = live("library", RENEW)
    assert target(service.decide(workspace.pk, generation(), "extend my loan")) == "library/renew"
    old = service.router_for(workspace.pk, generation())
    publish(system, agent, add_version(agent, FINES))
    assert target(service.decide(workspace.pk, generation(), "what are my late fees")) == "library/fines"
    assert service.decide(workspace.pk, generation(), "extend my loan").candidates[0].skill == "fines"
    assert target(old.decide("extend my loan")) == "library/renew"
    rollback(system, agent)
    assert target(service.decide(workspace.pk, generation(), "extend my loan")) == "library/renew"
    archive_agent(system, agent)
    assert service.decide(workspace.pk, generation(), "extend my loan").candidates == ()


def test_a_restart_encodes_nothing_twice(ready, workspace, live, generation, monkeypatch):
    live("library", RENEW, FINES)
    first = service.decide(workspace.pk, generation(), "extend my loan").to_dict()
    stored = SkillVector.objects.count()
    assert stored >= len(RENEW["examples"]) + len(FINES["examples"])
    service.clear()
    asked = []
    encode_many = Encoder.encode_many
    monkeypatch.setattr(Encoder, "encode_many", lambda self, texts: encode_many(self, asked.append(texts) or texts))
    assert service.decide(workspace.pk, generation(), "extend my loan").to_dict() == first
    assert [list(texts) for texts in asked] == [[], ["extend my loan"]]  # nothing for the index, then the text
    assert SkillVector.objects.count() == stored


def test_vectors_of_another_model_are_not_used(ready, workspace, live, generation):
    live("library", RENEW)
    service.decide(workspace.pk, generation(), "extend my loan")
    SkillVector.objects.update(model_id="another@model")
    service.clear()
    service.decide(workspace.pk, generation(), "extend my loan")
    assert SkillVector.objects.filter(model_id=ready.model_id).exists()


def test_stored_vectors_are_those_that_were_encoded(ready):
    texts = ["a first text", "a second text"]
    encoded = vectors_of(ready, texts)
    read = vectors_of(ready, texts)
    assert all((encoded[text] == read[text]).all() for text in texts)
    assert SkillVector.objects.count() == 2


def test_vectors_are_prepared_before_a_publish(ready, live, add_version, system, workspace, generation):
    agent = live("library", RENEW)
    service.decide(workspace.pk, generation(), "extend my loan")
    version = add_version(agent, FINES)
    before = SkillVector.objects.count()
    assert service.prepare_vectors(version.manifest) > 0
    prepared = SkillVector.objects.count()
    assert prepared > before
    publish(system, agent, version)
    service.decide(workspace.pk, generation(), "what are my late fees")
    assert SkillVector.objects.count() == prepared


def test_the_default_agent_takes_what_is_below_the_threshold(ready, system, workspace, live, generation):
    live("library", RENEW)
    live("weather", WEATHER)
    update_settings(system, default_agent="weather")
    decision = service.decide(workspace.pk, generation(), "sing me a song")
    assert (decision.fallback, target(decision)) == ("default_agent", "weather/forecast")
    update_settings(system, threshold=1.0)
    assert service.decide(workspace.pk, generation(), "extend my loan").fallback == "default_agent"


def test_one_workspace_does_not_see_the_agents_of_another(ready, live, generation, workspace):
    from accounts.models import Workspace

    live("library", RENEW)
    other = Workspace.objects.create(slug="other", name="Other")
    assert service.decide(other.pk, 0, "extend my loan").candidates == ()


def test_a_skill_with_required_fields_is_no_candidate_for_words_alone(ready, workspace, live, generation):
    live("library", {**RENEW, "input_schema": {"type": "object", "required": ["book"]}}, FINES)
    assert target(service.decide(workspace.pk, generation(), "extend my loan")) != "library/renew"
    routed = service.decide(workspace.pk, generation(), "extend my loan", has_payload=True)
    assert target(routed) == "library/renew"


def test_skills_of_a_version_that_is_not_live_can_be_chosen_among(ready, live, add_version):
    version = add_version(live("library", WEATHER), RENEW, FINES)
    decision = service.decide_among(version.pk, "library", version.manifest, "I want to know what I owe")
    assert target(decision) == "library/fines"


def test_until_the_encoder_is_there_only_what_needs_no_comparison_is_decided(workspace, live, add_version, generation):
    service.clear()
    assert service.status().ready is False
    agent = live("library", RENEW, FINES)
    with pytest.raises(Unavailable):
        service.decide(workspace.pk, generation(), "extend my loan")
    with pytest.raises(Unavailable):
        service.decide_among(
            agent.live_deployment.version_id, "library", agent.live_deployment.version.manifest, "what"
        )
    single = add_version(agent, FINES)
    assert target(service.decide_among(single.pk, "library", single.manifest, "what")) == "library/fines"
    assert service.prepare_vectors(single.manifest) == 0


def test_a_manifest_without_much_in_it_makes_an_entry():
    (entry,) = skills.entries_of("a", 1, {"description": "Does things", "skills": [{"name": "handle"}]})
    assert (entry.skill, entry.description, entry.examples, entry.needs_payload) == ("handle", "Does things", (), False)
    assert skills.entries_of("a", 1, {}) == []
    assert needed_texts([entry])


@pytest.mark.django_db(transaction=True)
def test_many_threads_at_once_build_one_router(ready, workspace, live, generation, monkeypatch):
    live("library", RENEW)
    service.clear()
    now, built, seen = generation(), [], []
    build = service._build
    monkeypatch.setattr(service, "_build", lambda *args: built.append(1) or build(*args))

    def work():
        try:
            seen.append(service.router_for(workspace.pk, now))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert len({id(router) for router in seen}) == 1
    assert len(seen) == 8


def test_a_model_that_cannot_be_loaded_is_said_and_tried_again(encoder, monkeypatch):
    from routing import loading

    monkeypatch.setattr(loading, "PAUSES", (0.01,))
    done, attempts = threading.Event(), []

    def open_encoder():
        attempts.append(1)
        if len(attempts) < 3:
            raise ModelError("the disk with the model is not mounted")
        third.set()
        may_succeed.wait(10)
        return encoder

    third, may_succeed = threading.Event(), threading.Event()
    loader = loading.Loader(open_encoder, lambda _: done.set())
    loader.start()
    loader.start()
    assert third.wait(10)
    assert (loader.encoder, loader.error) == (None, "the disk with the model is not mounted")
    may_succeed.set()
    assert done.wait(10)
    loader._thread.join(10)
    assert (loader.encoder, loader.error) == (encoder, None)
    assert len(attempts) == 3
