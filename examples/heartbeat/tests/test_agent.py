from neuroflow.testing import ask


def test_it_beats_as_often_as_it_is_asked():
    assert ask("beat for 2 seconds") == {"beats": 2}
    assert ask(payload={"seconds": 0}) == {"beats": 0}
