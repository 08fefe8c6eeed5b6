from neuroflow.testing import ask


def test_words_after_the_request_come_back():
    assert ask("repeat after me: hello") == {"echo": "hello"}
    assert ask("Please say hello world") == {"echo": "hello world"}
    assert ask("please repeat exactly what I say: foo bar") == {"echo": "foo bar"}
    assert ask("Repeat the following sentence: we meet at noon") == {"echo": "we meet at noon"}
    assert ask("请重复：你好") == {"echo": "你好"}


def test_quotes_around_the_words_are_not_part_of_them():
    assert ask("say \"a 'b' c\"") == {"echo": "a 'b' c"}
    assert ask("echo “好”") == {"echo": "好"}


def test_words_without_a_request_come_back_whole():
    assert ask("ping") == {"echo": "ping"}
    assert ask("the sayings of old") == {"echo": "the sayings of old"}
    assert ask("repeat") == {"echo": "repeat"}


def test_a_payload_comes_back_as_it_is():
    assert ask(payload={"a": [1, None]}) == {"echo": {"a": [1, None]}}
