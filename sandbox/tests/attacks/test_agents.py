"""Every agent in `agents/`: it ends as it must, and an ordinary run after it is well."""

from typing import Any

import pytest

from sandbox.tests.attacks.attack import Attack, attacks, faults_of
from sandbox.tests.conftest import Agent
from sandbox.tests.web import Web

ATTACKS = attacks()


def grants_of(attack: Attack, web: Web) -> dict[str, Any]:
    every = {"http": {"hosts": [web.host]}, "config": {}}
    return {name: every[name] for name in attack.grants}


@pytest.fixture(scope="module")
def service() -> Any:
    with Web() as web:
        yield web


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_it_does_no_harm(agent: Agent, service: Web, attack: Attack) -> None:
    config = {"web": service.url, "host": service.host}
    outcome = agent.run(attack.files, limits=attack.limits, grants=grants_of(attack, service), config=config)
    assert faults_of(attack, outcome, agent.events) == []
    assert agent.body("return 'well'").data == "well"
    assert agent.runtime.stats()["running"] == 0


def test_there_are_many_and_each_has_a_name_of_its_own() -> None:
    names = [attack.name for attack in ATTACKS]
    assert len(names) >= 450
    assert len(set(names)) == len(names)
