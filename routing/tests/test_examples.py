"""The example agents, as they are read from their code, against texts that are not among their examples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings

from agents.actions.examples import EXAMPLES, read_folder
from agents.source import read_manifest
from routing.engine import Router
from routing.skills import entries_of

CASES = [json.loads(line) for line in (Path(__file__).parent / "data/examples.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def router(encoder, sandbox_image):
    entries = []
    for number, slug in enumerate(EXAMPLES):
        manifest = read_manifest(read_folder(settings.BASE_DIR / "examples" / slug))
        entries += entries_of(slug, number, manifest)
    return Router.build(encoder, entries)


def reaches(router: Router, text: str) -> str | None:
    chosen = router.decide(text).chosen
    return f"{chosen['agent']}/{chosen['skill']}" if chosen else None


def missed(router: Router, cases: list[dict]) -> list[tuple]:
    """Cases that end elsewhere; a label without a skill asks for the agent only."""
    wrong = []
    for case in cases:
        reached, label = reaches(router, case["text"]), case["label"]
        if reached != label and not (label and (reached or "").startswith(f"{label}/")):
            wrong.append((reached, label, case["text"][:80]))
    return wrong


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        ("what is 12 times 7", "calculator"),
        ("repeat after me: hello", "echo"),
        ("book me a flight to Oslo", None),
        (
            "Lighthouses were once tended by families who lived beside them all year. The lamp had to be lit at "
            "dusk and trimmed every four hours, and in fog somebody rang the bell. The last keeper left in 1988.",
            "text-insights",
        ),
    ],
)
def test_the_four_requests_that_everybody_tries_first(router, text, agent):
    reached = reaches(router, text)
    assert (reached.split("/")[0] if reached else None) == agent


def test_every_pasted_passage_reaches_the_insights(router):
    assert missed(router, [case for case in CASES if case["label"] == "text-insights/analyze"]) == []


def test_paraphrases_reach_their_agent(router):
    asked = [case for case in CASES if case["label"] not in (None, "text-insights/analyze")]
    wrong = missed(router, asked)
    assert len(asked) > 150
    assert len(wrong) <= 0.05 * len(asked), wrong


def test_requests_for_something_else_reach_nobody(router):
    foreign = [case for case in CASES if case["label"] is None]
    wrong = missed(router, foreign)
    assert len(foreign) > 120
    assert len(wrong) <= 0.06 * len(foreign), wrong
