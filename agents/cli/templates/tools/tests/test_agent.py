from agent import day_after, days_between

from neuroflow.testing import ask


def test_the_tools_reckon():
    assert days_between("2026-01-01", "2026-03-01") == 59
    assert day_after("2026-02-28") == "2026-03-01"


def test_the_skill_uses_them():
    assert ask("days from 2026-01-01 to 2026-03-01") == {"days": 59}
