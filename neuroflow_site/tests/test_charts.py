"""Charts as numbers."""

import pytest

from neuroflow_site import charts


@pytest.mark.parametrize(
    "value, top", [(0, 1), (0.3, 0.5), (1, 1), (1.1, 2), (4, 5), (6, 10), (10, 10), (11, 20), (194, 200), (501, 1000)]
)
def test_axes_end_at_round_numbers(value: float, top: float) -> None:
    assert charts.nice(value) == pytest.approx(top)


def test_bars_are_stacked_from_the_bottom() -> None:
    chart = charts.bars([[(6, "ok"), (4, "bad")], [(0, "ok"), (0, "bad")]], least=1)
    assert chart.top == 10
    (_, y_ok, _, h_ok, tone_ok), (_, y_bad, _, h_bad, tone_bad) = chart.bars
    assert (tone_ok, tone_bad) == ("ok", "bad")
    assert y_ok + h_ok == pytest.approx(charts.HEIGHT)
    assert y_bad + h_bad == pytest.approx(y_ok)
    assert y_bad == pytest.approx(0)


def test_a_gap_in_the_values_is_a_gap_in_the_line() -> None:
    path = charts.lines([("p50", "accent", [1, 2, None, 3, 4])]).lines[0].path
    assert path.count("M") == 2
    assert path.count("L") == 2


def test_a_lone_value_is_seen() -> None:
    assert "h" in charts.lines([("p50", "accent", [None, 5, None])]).lines[0].path


def test_a_sparkline_of_nothing_is_flat() -> None:
    line, _area = charts.spark([0, 0, 0])
    assert {point.split(",")[1] for point in line.split()} == {"19.0"}
