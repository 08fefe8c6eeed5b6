"""Folding: disguises go, and every place leads back to the text as it was sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.engine.fold import fold


@pytest.mark.parametrize(
    ("sent", "folded"),
    [
        ("IGNORE", "ignore"),
        ("ＩＧＮＯＲＥ", "ignore"),
        ("іgnоrе", "ignore"),  # Cyrillic letters
        ("𝐢𝐠𝐧𝐨𝐫𝐞", "ignore"),
        ("ⓘⓖⓝⓞⓡⓔ", "ignore"),
        ("🅘🅖🅝🅞🅡🅔", "ignore"),
        ("ıɢɴᴏʀᴇ", "ignore"),
        ("i\u200bg\u00adn\u2060o\ufeffre", "ignore"),
        ("ígnöré", "ignore"),
        ("i\u0301gnore", "ignore"),
        ("ﬁne…", "fine..."),
        ("a\u00a0b\u3000c", "a b c"),
        ("“it’s”", '"it\'s"'),
        ("한국어", "한국어"),
        ("ガイド", "ガイド"),
        ("忽略", "忽略"),
        ("\U000e0069\U000e0067", "ig"),  # letters that no font draws
    ],
)
def test_what_it_folds_to(sent, folded):
    assert fold(sent).text == folded


def test_places_lead_back_over_what_vanished_and_what_grew():
    sent = "x\u200b\u200bﬁx ①②\u200by"
    folded = fold(sent)
    assert folded.text == "xfix 12y"
    assert sent[slice(*folded.span(1, 3))] == "ﬁ"
    assert sent[slice(*folded.span(0, 4))] == "x\u200b\u200bﬁx"
    assert sent[slice(*folded.span(5, 8))] == "①②\u200by"


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]) | st.sampled_from("aéﬁ\u200b\u0301ß…½한\n"), max_size=60)
)
def test_every_folded_character_comes_from_the_place_it_names(sent):
    folded = fold(sent)
    for place, character in enumerate(folded.text):
        start, end = folded.span(place, place + 1)
        assert 0 <= start < end <= len(sent)
        assert character in fold(sent[start:end]).text
    if folded.text:
        start, end = folded.span(0, len(folded.text))
        assert fold(sent[start:end]).text == folded.text
