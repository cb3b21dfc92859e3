"""Puts counted cells into rows: every day and every known value has its row, in an order that never depends on who counted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product

from dashboards.spec import NOT_KNOWN, Days, Groups, Layer, Panel, Percentiles, Row, Split, Terms
from dashboards.window import View

Key = tuple[str, ...]
Cells = Mapping[Key, float | int]

WEEKS_BEFORE = 4
"""`rising_topics` compares a week with the mean of so many."""


def key_of_percent(percent: int) -> str:
    """How the row of a percentile is called."""
    return f"p{percent}"


def axes(panel: Panel, layer: Layer) -> list[Split | Percentiles | tuple[str, ...]]:
    """What the keys of a row mean, in order: the splits, then the layers or the percentiles."""
    found: list[Split | Percentiles | tuple[str, ...]] = [*layer.split]
    if len(panel.layers) > 1:
        found.append(tuple(one.key for one in panel.layers))
    if layer.measure is not None:
        found.append(layer.measure)
    return found


def arrange(panel: Panel, cells: Cells, view: View) -> list[Row]:
    """The rows of a panel that counts."""
    layer = panel.layers[0]
    keys = [_keys(axis, position, cells, view) for position, axis in enumerate(axes(panel, layer))]
    combinations = product(*keys)
    if layer.measure is not None:  # no answer, no time: a zero would be a lie
        return [(*key, cells[key]) for key in combinations if key in cells]
    rows: list[Row] = [(*key, cells.get(key, 0)) for key in combinations]
    return _by_rise(rows) if panel.form == "change" else rows


def _keys(axis: Split | Percentiles | tuple[str, ...], position: int, cells: Cells, view: View) -> Sequence[str]:
    match axis:
        case Days():
            return [day.isoformat() for day in view.dates]
        case Groups():
            return [group.key for group in axis.groups]
        case Percentiles():
            return [key_of_percent(percent) for percent in axis.percents]
        case Terms():
            return _values(axis, position, cells)
        case _:
            return axis


def _values(axis: Terms, position: int, cells: Cells) -> list[str]:
    totals: defaultdict[str, float] = defaultdict(float)
    for key, number in cells.items():
        totals[key[position]] += number
    unknown = [NOT_KNOWN] if totals.pop(NOT_KNOWN, 0) else []
    if axis.values:
        return [*axis.values, *unknown]
    return [*sorted(totals, key=lambda value: (-totals[value], value)), *unknown]


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
