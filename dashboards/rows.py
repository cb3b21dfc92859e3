"""Order counted cells into rows, one per day and known value.

Their order does not depend on which representation counted them.
"""

from collections import defaultdict
from collections.abc import Mapping
from itertools import product

from dashboards.spec.groups import Groups
from dashboards.spec.panel import Panel, Row
from dashboards.spec.periods import Periods
from dashboards.window import Window

Key = tuple[str, ...]
Cells = Mapping[Key, float | int]


def arrange(panel: Panel, cells: Cells, view: Window) -> list[Row]:
    """Return the rows of a panel that counts."""
    keys = [axis.all_keys(view, _totals(position, cells)) for position, axis in enumerate(panel.axes)]
    combinations = product(*keys)
    if panel.layers[0].measure is not None:  # without an answer there is no time: zero would be wrong
        return [(*key, cells[key]) for key in combinations if key in cells]
    rows: list[Row] = [(*key, cells.get(key, 0)) for key in combinations]
    return _by_rise(rows, mean_of(panel)) if panel.form == "change" else rows


def _totals(position: int, cells: Cells) -> dict[str, float]:
    totals: defaultdict[str, float] = defaultdict(float)
    for key, number in cells.items():
        totals[key[position]] += number
    return totals


def mean_of(panel: Panel) -> int:
    """Return the number of periods in the second part of a change."""
    return next(split.mean_of for split in panel.layers[0].split if isinstance(split, Groups | Periods))


def _by_rise(rows: list[Row], periods: int) -> list[Row]:
    """Sort pairs of (now, before) rows by rise, largest first.

    The count of several periods before becomes their mean.
    """
    pairs = [(week, (*before[:-1], _number(before) / periods)) for week, before in zip(rows[::2], rows[1::2], strict=True)]
    pairs.sort(key=lambda pair: (_number(pair[1]) - _number(pair[0]), str(pair[0][0])))
    return [row for pair in pairs for row in pair]


def _number(row: Row) -> float:
    return float(row[-1] or 0)
