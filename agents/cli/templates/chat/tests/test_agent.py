from agent import messages, read

from neuroflow import Request
from neuroflow.testing import ask, raises


def test_earlier_turns_come_before_the_new_words():
    turn = {"role": "assistant", "content": "Hello!"}
    sent = messages(Request(text="And you?", payload={"history": [turn]}))
    assert [message["role"] for message in sent] == ["system", "assistant", "user"]
    assert sent[-1]["content"] == "And you?"


def test_the_models_words_are_the_answer():
    assert read({"choices": [{"message": {"content": "Hi."}}], "usage": {"total_tokens": 7}}) == {"text": "Hi."}


def test_without_a_model_it_says_what_to_configure():
    with raises(Exception, match="No model is configured"):
        ask("hello")
