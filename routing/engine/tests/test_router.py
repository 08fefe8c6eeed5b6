import threading

import pytest

from routing.engine import ModelError, Router, SkillEntry, needed_texts

from . import library as lib

ALL = (lib.LOANS, lib.FINES, lib.WEATHER, lib.READER, lib.LAWYER, lib.CODER, lib.ORDERS)


@pytest.fixture(scope="module")
def router(encoder):
    return Router.build(encoder, ALL)


def chosen(decision):
    return f"{decision.chosen['agent']}/{decision.chosen['skill']}" if decision.chosen else None


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("could I have the book for another week?", "library/renew"),
        ("what do I owe you for returning the novel late", "library/fines"),
        ("what will the weather forecast be for Lisbon", "weather/forecast"),
        ("is there a trap in this lease", "lawyer/review"),
        ("find the mistake in my program", "coder/review"),
    ],
)
def test_a_request_reaches_the_skill_that_serves_it(router, text, target):
    decision = router.decide(text)
    assert chosen(decision) == target
    assert decision.fallback is None
    assert decision.candidates[0].score >= decision.threshold


@pytest.mark.parametrize("text", lib.PASSAGES)
def test_a_passage_reaches_the_skill_that_takes_passages_of_any_topic(router, text):
    decision = router.decide(text)
    assert chosen(decision) == "reader/measure"
    assert decision.strategy == "passage"
    assert "asks for nothing" in decision.reason


def test_a_passage_of_their_own_topic_reaches_those_who_show_only_that_topic(router):
    lease = (
        "The rent is payable monthly in advance. The tenant shall not keep animals in the flat without the "
        "consent of the landlord. Damage caused by the tenant is repaired at the tenant's expense, and the "
        "deposit is returned within three months of the end of the lease."
    )
    assert chosen(router.decide(lease)) == "lawyer/review"


def test_a_passage_of_another_form_reaches_those_who_show_that_form(router):
    code = (
        "class Stack:\n    def __init__(self):\n        self.items = []\n\n    def push(self, item):\n"
        "        self.items.append(item)\n\n    def pop(self):\n        return self.items.pop()\n\n"
        "for n in range(10):\n    stack.push(n * 2)\n"
    )
    assert chosen(router.decide(code)) == "coder/review"


def test_without_a_skill_that_shows_passages_a_passage_reaches_nobody(encoder):
    router = Router.build(encoder, (lib.LOANS, lib.FINES, lib.WEATHER))
    assert [chosen(router.decide(text)) for text in lib.PASSAGES] == [None] * len(lib.PASSAGES)


def test_passages_of_one_topic_do_not_draw_passages_of_others(encoder):
    router = Router.build(encoder, (lib.LAWYER, lib.LOANS))
    assert [chosen(router.decide(text)) for text in lib.PASSAGES] == [None] * len(lib.PASSAGES)


@pytest.mark.parametrize("text", lib.LONG_REQUESTS)
def test_a_long_request_is_no_passage(router, text):
    decision = router.decide(text)
    assert decision.chosen is None
    assert decision.fallback == "no_route"


def test_an_instruction_before_a_passage_decides(router):
    assert router.decide(f"Translate the following text into Polish: {lib.PASSAGES[0]}").chosen is None
    assert chosen(router.decide(f"How readable is this text?\n{lib.PASSAGES[0]}")) == "reader/measure"


@pytest.mark.parametrize("text", ["book me a flight to Oslo", "play some jazz", "who won the cup", "asdf jkl"])
def test_what_nobody_serves_reaches_nobody_or_the_default_agent(router, text):
    refused = router.decide(text)
    assert (refused.chosen, refused.fallback) == (None, "no_route")
    assert "below the threshold" in refused.reason
    caught = router.decide(text, default_agent="library")
    assert caught.fallback == "default_agent"
    assert caught.chosen["agent"] == "library"
    assert "default agent" in caught.reason


def test_a_default_agent_that_is_not_live_is_said_so(router):
    decision = router.decide("book me a flight to Oslo", default_agent="gone")
    assert (decision.chosen, decision.fallback) == (None, "no_route")
    assert "gone" in decision.reason


def test_the_threshold_is_the_callers(router):
    text = "could I have the book for another week?"
    assert router.decide(text, threshold=0.99).chosen is None
    assert chosen(router.decide("play some jazz", threshold=0.0)) is not None


def test_a_named_agent_is_routed_within(router):
    decision = router.decide("what do I have to pay", agent="library")
    assert chosen(decision) == "library/fines"
    assert {candidate.agent for candidate in decision.candidates} == {"library"}
    assert chosen(router.decide("play some jazz", agent="library")).startswith("library/")


def test_an_agent_with_one_skill_needs_no_comparison(encoder):
    router = Router.build(None, ALL)
    decision = router.decide("anything at all", agent="weather")
    assert (chosen(decision), decision.strategy) == ("weather/forecast", "only_skill")
    with pytest.raises(ModelError):
        router.decide("renew my book")


def test_a_skill_that_needs_a_payload_is_no_candidate_for_a_text_alone(router):
    assert chosen(router.decide("please cancel my order")) != "orders/cancel"
    assert chosen(router.decide("please cancel my order", has_payload=True)) == "orders/cancel"
    alone = router.decide("please cancel my order", agent="orders")
    assert alone.chosen is None
    assert "payload" in alone.reason


def test_identical_skills_of_two_agents_are_ambiguous_and_the_first_by_name_is_taken(encoder):
    twins = [
        SkillEntry(agent, "renew", n, lib.LOANS.description, lib.LOANS.examples) for n, agent in ((1, "b"), (2, "a"))
    ]
    for order in (twins, twins[::-1]):
        decision = Router.build(encoder, order).decide("renew my book please")
        assert chosen(decision) == "a/renew"
        assert decision.margin == 0
        assert "ambiguous" in decision.reason
        assert decision.candidates[0].confidence == pytest.approx(decision.candidates[1].confidence)
        assert decision.candidates[0].confidence <= 0.5


@pytest.mark.parametrize("text", ["", "   ", "\x00\x07", "\u200b"])
def test_an_empty_text_is_said_to_be_empty(router, text):
    decision = router.decide(text)
    assert (decision.chosen, decision.fallback) == (None, "no_route")
    assert "empty" in decision.reason


@pytest.mark.parametrize(
    "text", ["🙂", "?", "\x1b[31mred\x1b[0m", "ﷺ", "x" * 100_000, "🙂" * 100_000, "\n".join("ab" * 3000)]
)
def test_odd_texts_are_decided_like_others(router, text):
    decision = router.decide(text)
    assert decision.fallback in (None, "no_route")
    assert all(0 <= candidate.score <= 1 for candidate in decision.candidates)


def test_no_agents_at_all(encoder):
    decision = Router.build(encoder, ()).decide("renew my book")
    assert (decision.chosen, decision.fallback, decision.candidates) == (None, "no_route", ())
    assert "No agent is live" in decision.reason


def test_one_agent_does_not_get_everything(encoder):
    router = Router.build(encoder, (lib.LOANS,))
    assert chosen(router.decide("please extend the loan of my book")) == "library/renew"
    assert router.decide("book me a flight to Oslo").chosen is None


def test_a_skill_without_words_of_its_own_is_harmless(encoder):
    router = Router.build(encoder, (SkillEntry("mute", "handle", 9, ""), lib.LOANS))
    assert chosen(router.decide("extend my loan")) == "library/renew"
    assert router.decide("book me a flight to Oslo").chosen is None


def test_more_skills_than_are_all_compared_still_find_the_right_one(encoder):
    things = [
        "roses",
        "cars",
        "violins",
        "ships",
        "clocks",
        "horses",
        "stamps",
        "coins",
        "maps",
        "lamps",
        "boots",
        "hats",
        "kites",
        "drums",
        "pens",
        "rugs",
        "bells",
        "knives",
        "tents",
        "skis",
        "globes",
        "chairs",
        "kayaks",
        "wigs",
        "bricks",
        "dolls",
        "nets",
        "flutes",
        "masks",
        "swords",
    ]
    entries = [
        SkillEntry(thing, "repair", n, f"Repairs {thing}", (f"repair my {thing}", f"the {thing} are broken, mend them"))
        for n, thing in enumerate(things)
    ]
    router = Router.build(encoder, entries)
    found = [chosen(router.decide(f"can you mend these {thing}")) for thing in things]
    assert sum(f"{thing}/repair" == target for thing, target in zip(things, found, strict=True)) >= 28


def test_a_decision_is_the_contracts_body(router):
    body = router.decide("extend my loan").to_dict()
    assert list(body) == ["chosen", "fallback", "reason", "strategy", "threshold", "margin", "candidates"]
    assert list(body["candidates"][0]) == ["agent", "skill", "score", "confidence", "nearest"]
    assert set(body["candidates"][0]["nearest"][0]) == {"text", "score"}
    assert len(body["candidates"]) <= 5
    assert body["candidates"][0]["nearest"][0]["text"] == "extend my loan"


def test_the_same_text_is_decided_the_same_by_many_threads(router):
    texts = [*lib.PASSAGES, "extend my loan", "play some jazz"]
    expected = [router.decide(text).to_dict() for text in texts]
    seen = []

    def work():
        seen.append([router.decide(text).to_dict() for text in texts])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected] * 8


def test_given_vectors_are_not_encoded_again(encoder):
    class Counting:
        def __init__(self):
            self.texts = 0

        def encode_many(self, texts):
            self.texts += len(texts)
            return encoder.encode_many(texts)

    needed = needed_texts(ALL)
    vectors = dict(zip(needed, encoder.encode_many(needed), strict=True))
    counting = Counting()
    Router.build(counting, ALL, vectors)
    assert counting.texts == 0


def test_what_the_model_cannot_read_is_compared_by_shared_characters(encoder):
    entries = (
        SkillEntry("library", "renew", 1, "", ("续借这本书", "把借书期限延长两周", "我想续借")),
        SkillEntry("weather", "forecast", 2, "", ("今天天气怎么样", "明天会下雨吗", "北京的天气预报")),
    )
    router = Router.build(encoder, entries)
    assert chosen(router.decide("我想续借两本书")) == "library/renew"
    assert chosen(router.decide("明天上海的天气怎么样")) == "weather/forecast"
    assert router.decide("给我讲个笑话").chosen is None
    assert router.decide("🙂🙂").chosen is None
