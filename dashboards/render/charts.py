"""The picture of a panel and the table beside it, in the reader's language; for desk, mail and PDF alike."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date

from core.i18n.translate import translator
from core.records import Record
from dashboards.render import vega
from dashboards.render.svg import draw, png
from dashboards.render.table import change, crossed, number, share, table
from dashboards.spec.panel import Panel, Row

__all__ = ["Chart", "chart", "draw", "pixels"]

TOP_WORDS = 5
"""Lines of the table that a picture's description says."""
SHORT_YEAR = 365
"""Up to so many days no day and month comes twice."""
MOST_BARS = 12
"""Bars in one picture of what is ranked; the table has them all."""


class Chart(Record):
    """A panel, ready for a page."""

    key: str
    title: str
    caption: str
    note: str
    svg: str
    """Inline-safe; empty where a table says all, and where there is nothing to draw."""
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wide: bool
    empty: bool
    """Nothing was found in this period."""


def chart(panel: Panel, rows: Sequence[Row], language: str, zone: ZoneInfo | None = None) -> Chart:
    """The picture and the table of a panel's rows. `zone` is the city's, for lists with times."""
    _ = translator(language, "dashboards")
    headers, lines = table(panel, rows, language, zone)
    is_empty = not any(row[-1] for row in rows)
    spec = None if is_empty else _spec(panel, rows, language)
    title = panel.title_in(language)
    return Chart(
        key=panel.key,
        title=title,
        caption=title,
        note=_(panel.note) if panel.note else "",
        svg=draw(spec, title, _in_words(panel, rows, headers, lines, language)) if spec else "",
        headers=headers,
        rows=tuple(lines),
        wide=panel.wide,
        empty=is_empty,
    )


def pixels(panel: Panel, rows: Sequence[Row], language: str) -> bytes:
    """The picture as PNG, for what cannot show SVG; empty for a list."""
    spec = _spec(panel, rows, language)
    return png(spec) if spec else b""


def _in_words(
    panel: Panel, rows: Sequence[Row], headers: Sequence[str], lines: Sequence[Sequence[str]], language: str
) -> str:
    """What the picture shows, for who does not see it: totals and peaks of days, else the first lines; the table has the rest."""
    if panel.form == "days":
        return _days_in_words(panel, rows, language)
    said = [
        f"{line[0]}: "
        + ", ".join(f"{header.lower()} {cell}" for header, cell in zip(headers[1:], line[1:], strict=True))
        for line in lines[:TOP_WORDS]
    ]
    _ = translator(language, "dashboards")
    rest = [] if len(lines) <= TOP_WORDS else [_("The table has all {count} lines.").format(count=len(lines))]
    return " ".join([f"{one}." for one in said] + rest)


def _days_in_words(panel: Panel, rows: Sequence[Row], language: str) -> str:
    dates, series, cells = crossed(rows)
    day_axis, second = panel.axes[:2]
    words = translator(language, "dashboards")("{name}: {total} in all, most on {day} ({most}).")
    said = []
    for key in series:
        peak = max(dates, key=lambda day: cells[day, key])
        said.append(
            words.format(
                name=second.label(key, language),
                total=number(sum(cells[day, key] for day in dates), language),
                day=day_axis.label(peak, language),
                most=number(cells[peak, key], language),
            )
        )
    return " ".join(said)


def _spec(panel: Panel, rows: Sequence[Row], language: str) -> dict[str, Any] | None:
    match panel.form:
        case "days":
            return _days(panel, rows, language)
        case "bars":
            return _bars(panel, rows, language)
        case "grid":
            return _grid(panel, rows, language)
        case "change":
            return _change(panel, rows, language)
        case "span":
            return _span(panel, rows, language)
        case "share":
            return _share(panel, rows, language)
        case "list":
            return None


def _days(panel: Panel, rows: Sequence[Row], language: str) -> dict[str, Any]:
    dates, series, cells = crossed(rows)
    second = panel.axes[1]
    pattern = "d MMM" if len(dates) <= SHORT_YEAR else "d MMM yyyy"
    labels = [str(format_date(date.fromisoformat(day), pattern, locale=language)) for day in dates]
    strips = [(second.label(key, language), [cells[day, key] for day in dates]) for key in series]
    return vega.days(labels, strips)


def _bars(panel: Panel, rows: Sequence[Row], language: str) -> dict[str, Any]:
    first = panel.axes[0]
    shown = rows[:MOST_BARS] if first.is_ranked else rows
    return vega.bars(
        [(first.label(str(key), language), float(n or 0), number(float(n or 0), language)) for key, n in shown]
    )


def _named(panel: Panel, rows: Sequence[Row], language: str) -> tuple[list[str], list[str], list[list[float | None]]]:
    """Names of the lines, names of the columns, and the numbers."""
    firsts, seconds, cells = crossed(rows)
    one, two = panel.axes[:2]
    names = [one.label(key, language) for key in firsts]
    columns = [two.label(key, language) for key in seconds]
    return names, columns, [[cells.get((a, b)) for b in seconds] for a in firsts]


def _grid(panel: Panel, rows: Sequence[Row], language: str) -> dict[str, Any]:
    names, columns, numbers = _named(panel, rows, language)
    return vega.grid(names, columns, [[n or 0 for n in line] for line in numbers], panel.wide)


def _change(panel: Panel, rows: Sequence[Row], language: str) -> dict[str, Any]:
    names, columns, numbers = _named(panel, rows[: 2 * MOST_BARS], language)
    lines = [
        (name, before or 0.0, now or 0.0, change(now or 0, before or 0, language))
        for name, (now, before) in zip(names, numbers, strict=True)
    ]
    return vega.spans(lines, (columns[1], columns[0]))


def _span(panel: Panel, rows: Sequence[Row], language: str) -> dict[str, Any]:
    names, columns, numbers = _named(panel, rows, language)
    lines = [
        (name, half or 0.0, nine or 0.0, f"{number(half or 0, language)} – {number(nine or 0, language)}")
        for name, (half, nine) in zip(names, numbers, strict=True)
    ]
    return vega.spans(lines, (columns[0], columns[1]))


def _share(panel: Panel, rows: Sequence[Row], language: str) -> dict[str, Any]:
    names, _columns, numbers = _named(panel, rows, language)
    _ = translator(language, "dashboards")
    lines = []
    for name, (in_time, late) in zip(names, numbers, strict=True):
        good, all_ = in_time or 0.0, (in_time or 0.0) + (late or 0.0)
        words = _("{share} ({part} of {whole})").format(
            share=share(good, all_, language), part=number(good, language), whole=number(all_, language)
        )
        lines.append((name, good / all_ if all_ else 0.0, words))
    return vega.bars(lines, of=1.0)
