"""Build the bars and cells that a page shows as HTML.

Each mark keeps the keys of the records it counts, so that a page can link it to them.
"""

from collections.abc import Sequence
from typing import Any

from core.i18n.translate import translator
from core.records import Record
from dashboards.render.svg import MAIN
from dashboards.render.table import crossed, number, share
from dashboards.spec.colours import colours
from dashboards.spec.measures import Measure
from dashboards.spec.panel import Panel, Row

MOST_BARS = 12
"""Bars of ranked values; the table has all."""
SHADES = 9
"""Shades of a grid, from 0 (nothing) to the darkest."""


class Mark(Record):
    """Hold one bar or cell."""

    label: str
    """Empty for a cell."""
    text: str
    part: int
    """Length of a bar in percent, or shade of a cell."""
    colour: str
    keys: tuple[str, ...]
    """Keys of the records it counts, in the order of the panel's splits."""


class GridLine(Record):
    """Hold one line of a grid."""

    label: str
    keys: tuple[str, ...]
    cells: tuple[Mark, ...]


def bars(panel: Panel, rows: Sequence[Row], language: str) -> tuple[Mark, ...]:
    """Return the bars of a panel; empty for another form."""
    match panel.form:
        case "bars":
            return _bars(panel, rows, language)
        case "share":
            return _shares(panel, rows, language)
        case _:
            return ()


def _bars(panel: Panel, rows: Sequence[Row], language: str) -> tuple[Mark, ...]:
    axis = panel.axes[0]
    shown = rows[:MOST_BARS] if axis.is_ranked else rows
    most = max((_value(row[-1]) for row in shown), default=0) or 1
    bound = colours(axis)
    return tuple(
        Mark(
            label=axis.label(str(key), language),
            text=number(_value(n), language),
            part=_percent(_value(n) / most),
            colour=bound.get(str(key), MAIN),
            keys=(str(key),),
        )
        for key, n in shown
    )


def _shares(panel: Panel, rows: Sequence[Row], language: str) -> tuple[Mark, ...]:
    """Return one bar per part: its first group's share of the whole."""
    firsts, seconds, cells = crossed(rows)
    one, two = panel.axes[:2]
    template = translator(language, "dashboards")("{share} ({part} of {whole})")
    found = []
    for first in firsts:
        good = cells.get((first, seconds[0]), 0.0)
        whole = sum(cells.get((first, second), 0.0) for second in seconds)
        text = template.format(
            share=share(good, whole, language), part=number(good, language), whole=number(whole, language)
        )
        colour = colours(two).get(seconds[0], MAIN)
        part = _percent(good / whole) if whole else 0
        found.append(
            Mark(label=one.label(first, language), text=text, part=part, colour=colour, keys=(first, seconds[0]))
        )
    return tuple(found)


def grid(panel: Panel, rows: Sequence[Row], language: str) -> tuple[GridLine, ...]:
    """Return the lines of a grid; empty for another form.

    Sums of several fields are shaded by column.
    """
    if panel.form != "grid":
        return ()
    firsts, seconds, cells = crossed(rows)
    axis = panel.axes[0]
    by_column = isinstance(panel.axes[1], Measure)
    most = {
        second: max((n for (_, b), n in cells.items() if b == second or not by_column), default=0) or 1
        for second in seconds
    }
    return tuple(
        GridLine(
            label=axis.label(first, language),
            keys=(first,),
            cells=tuple(
                _cell(first, second, cells.get((first, second), 0.0), most[second], language) for second in seconds
            ),
        )
        for first in firsts
    )


def _cell(first: str, second: str, n: float, most: float, language: str) -> Mark:
    shade = max(1, round(n / most * SHADES)) if n else 0
    return Mark(label="", text=number(n, language) if n else "", part=shade, colour="", keys=(first, second))


def _percent(part: float) -> int:
    return round(100 * part)


def _value(number_: Any) -> float:
    return float(number_) if isinstance(number_, int | float) else 0.0
