"""Puts counted cells into rows: every day and every known value has its row, in an order that never depends on who counted."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import product

from dashboards.spec.panel import Panel, Row
from dashboards.window import Window

Key = tuple[str, ...]
Cells = Mapping[Key, float | int]

WEEKS_BEFORE = 4
"""`rising_topics` compares a week with the mean of so many."""


def arrange(panel: Panel, cells: Cells, view: Window) -> list[Row]:
    """The rows of a panel that counts."""
    keys = [axis.all_keys(view, _totals(position, cells)) for position, axis in enumerate(panel.axes)]
    combinations = product(*keys)
    if panel.layers[0].measure is not None:  # no answer, no time: a zero would be a lie
        return [(*key, cells[key]) for key in combinations if key in cells]
    rows: list[Row] = [(*key, cells.get(key, 0)) for key in combinations]
    return _by_rise(rows) if panel.form == "change" else rows


def _totals(position: int, cells: Cells) -> dict[str, float]:
    totals: defaultdict[str, float] = defaultdict(float)
    for key, number in cells.items():
        totals[key[position]] += number
    return totals


def _by_rise(rows: list[Row]) -> list[Row]:
    """Pairs of (week, before) rows: the weeks before become their mean, and the largest rise comes first."""
    pairs = [
        (week, (*before[:-1], _number(before) / WEEKS_BEFORE))
        for week, before in zip(rows[::2], rows[1::2], strict=True)
    ]
    pairs.sort(key=lambda pair: (_number(pair[1]) - _number(pair[0]), str(pair[0][0])))
    return [row for pair in pairs for row in pair]


def _number(row: Row) -> float:
    return float(row[-1] or 0)
