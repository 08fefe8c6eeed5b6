"""A short soak: good and hostile agents by turns, from many threads of one process."""

from benchmarks import soak


def test_good_runs_succeed_and_hostile_ones_end_as_they_must() -> None:
    report = soak.soak(300, every=50, tell=lambda line: None)
    assert report.faults == []
    assert sum(report.codes.values()) == 300
    assert report.codes["ok"] >= 240
    assert len(report.codes) >= 6
    assert [count.invocations for count in report.counts] == [50, 100, 150, 200, 250, 300]
