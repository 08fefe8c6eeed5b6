"""Small charts as numbers for inline SVG: no script, no style attribute, so they stand under the strict CSP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600.0, 120.0


@dataclass(frozen=True)
class Series:
    """`path` is an SVG path in a box of WIDTH × HEIGHT; gaps in the values are gaps in the line."""

    name: str
    tone: str
    path: str


@dataclass(frozen=True)
class Chart:
    """`top` is the value at the upper edge, said with `unit`; `bars` are (x, y, width, height, tone)."""

    top: float
    lines: tuple[Series, ...] = ()
    bars: tuple[tuple[float, float, float, float, str], ...] = ()


def nice(value: float) -> float:
    """The next round number: 1, 2 or 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value * 0.999_999)


def bars(stacks: Sequence[Sequence[tuple[float, str]]], least: float = 1.0) -> Chart:
    """Stacked bars; each stack is [(value, tone), …] from the bottom."""
    top = nice(max([least, *(sum(value for value, _ in stack) for stack in stacks)]))
    slot = WIDTH / max(1, len(stacks))
    drawn = []
    for index, stack in enumerate(stacks):
        base = HEIGHT
        for value, tone in stack:
            if value:
                height = max(1.5, value / top * HEIGHT)
                base -= height
                drawn.append(
                    (
                        round(index * slot + slot * 0.12, 2),
                        round(base, 2),
                        round(slot * 0.76, 2),
                        round(height, 2),
                        tone,
                    )
                )
    return Chart(top, bars=tuple(drawn))


def lines(
    series: Sequence[tuple[str, str, Sequence[float | None]]], least: float = 1.0, top: float | None = None
) -> Chart:
    """Lines over equal slices, each [(name, tone, values)]; None is a gap, a lone value a dot."""
    top = top or nice(max([least, *(value for _, _, values in series for value in values if value is not None)]))
    return Chart(top, lines=tuple(Series(name, tone, _path(values, top)) for name, tone, values in series))


def _path(values: Sequence[float | None], top: float) -> str:
    """A line through the middles of the slices; a value without neighbours is a dash as wide as its slice."""
    slot = WIDTH / max(1, len(values))
    parts: list[str] = []
    for index, value in enumerate(values):
        if value is None:
            continue
        x, y = (index + 0.5) * slot, HEIGHT - min(1.0, value / top) * HEIGHT
        before = values[index - 1] if index else None
        after = values[index + 1] if index + 1 < len(values) else None
        if before is None and after is None:
            parts.append(f"M{x - slot / 2:.1f} {y:.1f}h{slot:.1f}")
        else:
            parts.append(f"{'M' if before is None else 'L'}{x:.1f} {y:.1f}")
    return "".join(parts)


def spark(values: Sequence[float]) -> tuple[str, str]:
    """Points of a polyline and of the area under it, in a box of 100 × 20."""
    top = max(1.0, *values) if values else 1.0
    step = 100 / max(1, len(values) - 1)
    points = [f"{index * step:.1f},{19 - value / top * 18:.1f}" for index, value in enumerate(values)]
    return " ".join(points), " ".join(["0,20", *points, "100,20"])
