"""Build the bars and cells that a page shows as HTML.

Each mark keeps the keys of the records it counts, so that a page can link it to them.
"""

from collections.abc import Sequence
from typing import Any

from core.i18n.translate import translator
from core.records import Record
from dashboards.render.svg import MAIN
from dashboards.render.table import change, crossed, number, share
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
    count: int | None = None
    """Number of the records; None: the mark shows something else."""
    layer: int = 0
    """The layer of the panel that counts them."""


class Strip(Record):
    """Hold the bars of one series by day."""

    label: str
    colour: str
    total: str
    bars: tuple[Mark, ...]


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
        case "change":
            return _changes(panel, rows, language)
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
            count=_count(panel, n),
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
        text = template.format(share=share(good, whole, language), part=number(good, language), whole=number(whole, language))
        colour = colours(two).get(seconds[0], MAIN)
        part = _percent(good / whole) if whole else 0
        found.append(
            Mark(label=one.label(first, language), text=text, part=part, colour=colour, keys=(first, seconds[0]), count=_count(panel, good))
        )
    return tuple(found)


def _changes(panel: Panel, rows: Sequence[Row], language: str) -> tuple[Mark, ...]:
    """Return one bar per part: the number now, before, and the change."""
    firsts, seconds, cells = crossed(rows[: 2 * MOST_BARS])
    one = panel.axes[0]
    most = max(cells.values(), default=0.0) or 1
    template = translator(language, "dashboards")("{now} (before: {before}; {change})")
    found = []
    for first in firsts:
        now, before = (cells.get((first, second), 0.0) for second in seconds)
        text = template.format(now=number(now, language), before=number(before, language), change=change(now, before, language))
        keys = (first, seconds[0])
        part = _percent(now / most)
        found.append(Mark(label=one.label(first, language), text=text, part=part, colour=MAIN, keys=keys, count=_count(panel, now)))
    return tuple(found)


def strips(panel: Panel, rows: Sequence[Row], language: str) -> tuple[Strip, ...]:
    """Return one strip of daily bars per series; empty for another form.

    All strips have one scale.
    """
    if panel.form != "days":
        return ()
    dates, series, cells = crossed(rows)
    day, second = panel.axes[:2]
    most = max(cells.values(), default=0.0) or 1
    bound = colours(second)
    by_layer = len(panel.layers) > 1
    return tuple(
        Strip(
            label=second.label(key, language),
            colour=bound.get(key, MAIN),
            total=number(sum(cells.get((on, key), 0.0) for on in dates), language),
            bars=tuple(
                Mark(
                    label=day.label(on, language),
                    text=number(cells.get((on, key), 0.0), language),
                    part=_percent(cells.get((on, key), 0.0) / most),
                    colour="",
                    keys=(on,) if by_layer else (on, key),
                    count=int(cells.get((on, key), 0.0)),
                    layer=at if by_layer else 0,
                )
                for on in dates
            ),
        )
        for at, key in enumerate(series)
    )


def grid(panel: Panel, rows: Sequence[Row], language: str) -> tuple[GridLine, ...]:
    """Return the lines of a grid; empty for another form.

    Sums of several fields are shaded by column.
    """
    if panel.form != "grid":
        return ()
    firsts, seconds, cells = crossed(rows)
    axis = panel.axes[0]
    by_column = isinstance(panel.axes[1], Measure)
    most = {second: max((n for (_, b), n in cells.items() if b == second or not by_column), default=0) or 1 for second in seconds}
    return tuple(
        GridLine(
            label=axis.label(first, language),
            keys=(first,),
            cells=tuple(_cell(panel, first, second, cells.get((first, second), 0.0), most[second], language) for second in seconds),
        )
        for first in firsts
    )


def _cell(panel: Panel, first: str, second: str, n: float, most: float, language: str) -> Mark:
    shade = max(1, round(n / most * SHADES)) if n else 0
    text = number(n, language) if n else ""
    return Mark(label="", text=text, part=shade, colour="", keys=(first, second), count=_count(panel, n))


def _count(panel: Panel, n: Any) -> int | None:
    """Return the number of records of a mark; None where it measures."""
    return None if panel.layers[0].measure is not None else int(_value(n))


def _percent(part: float) -> int:
    return round(100 * part)


def _value(number_: Any) -> float:
    return float(number_) if isinstance(number_, int | float) else 0.0
