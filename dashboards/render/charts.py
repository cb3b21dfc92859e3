"""Render panels as charts and tables in the user's language.

The desk, e-mails and PDFs use the same charts.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date

from core.i18n.translate import translator
from core.records import Record
from dashboards.render import vega
from dashboards.render.marks import MOST_BARS, GridLine, Mark, Strip, bars, grid, strips
from dashboards.render.svg import MAIN, draw, png
from dashboards.render.table import change, crossed, number, share, table
from dashboards.spec.colours import colours
from dashboards.spec.panel import Panel, Row

__all__ = ["Chart", "Totals", "chart", "draw", "picture", "pixels"]

LEAST_BEFORE = 10
"""Records of the period before from which a change is shown in percent."""
DESCRIBED_ROWS = 5
"""Table rows in a chart's text description."""
SHORT_YEAR = 365
"""Up to this many days, day and month are unique."""
PICTURED = frozenset({"span"})
"""Forms that a page shows as a picture; it shows the others as HTML, whose marks are links."""
Totals = tuple[int, int]
"""Records of the period and of the comparison period."""


class Chart(Record):
    """Hold a rendered panel, ready for a page."""

    key: str
    title: str
    caption: str
    note: str
    form: str
    svg: str
    """Safe to inline; empty for forms without a picture and for empty charts."""
    bars: tuple[Mark, ...]
    grid: tuple[GridLine, ...]
    strips: tuple[Strip, ...]
    number: str
    """The number of a tile."""
    count: int | None
    """The same as a whole number; None for another form."""
    delta: str
    """The change against the comparison period, in words; empty without one."""
    few: str
    """Says that there are too few records to compare; empty when there are enough."""
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wide: bool
    empty: str
    """What to say when the period has no records; empty when it has some."""
    found: tuple[Row, ...]
    """The rows themselves, for files."""


def chart(
    panel: Panel,
    rows: Sequence[Row],
    language: str,
    zone: ZoneInfo | None = None,
    totals: Totals | None = None,
    days: int = 28,
    before: tuple[date, date] | None = None,
) -> Chart:
    """Render a panel's rows.

    Args:
        panel: what was counted.
        rows: the numbers, from `es_query.rows` or `expected.rows`.
        language: of the texts.
        zone: the city's, for lists with times.
        totals: records of both periods, for the change.
        days: length of the period.
        before: first and last day of the comparison period, where it is not the days right before.
    """
    _ = translator(language, "dashboards")
    headers, lines = table(panel, rows, language, zone)
    is_empty = not any(row[-1] for row in rows)
    title = panel.title_in(language)
    return Chart(
        key=panel.key,
        title=title,
        caption=title,
        note=panel.note_in(language, zone),
        form=panel.form,
        svg=picture(panel, rows, language) if panel.form in PICTURED else "",
        bars=bars(panel, rows, language),
        grid=grid(panel, rows, language),
        strips=strips(panel, rows, language),
        number=number(float(rows[0][-1] or 0), language) if panel.form == "tile" else "",
        count=int(rows[0][-1] or 0) if panel.form == "tile" else None,
        delta=_delta(totals, days, before, language) if totals else "",
        few="" if is_empty or (n := _records(panel, rows)) is None or n >= panel.minimum else _few(n, language),
        headers=headers,
        rows=tuple(lines),
        wide=panel.wide,
        empty=_(panel.empty) if is_empty else "",
        found=tuple(rows),
    )


def picture(panel: Panel, rows: Sequence[Row], language: str) -> str:
    """Draw any form of panel as SVG.

    The result is empty for lists, tiles and panels without records.
    """
    spec = _spec(panel, rows, language) if any(row[-1] for row in rows) else None
    if spec is None:
        return ""
    headers, lines = table(panel, rows, language)
    return draw(spec, panel.title_in(language), _describe(panel, rows, headers, lines, language), language)


def _delta(totals: Totals, days: int, dates: tuple[date, date] | None, language: str) -> str:
    now, before = totals
    if not now and not before:
        return ""
    if dates is not None:
        return _delta_of_dates(now, before, dates, language)
    if 0 < before < LEAST_BEFORE:
        template = translator(language, "dashboards")("{before} in the {days} days before")
        return template.format(days=days, before=number(before, language))
    template = translator(language, "dashboards")("{change} compared with the {days} days before ({before})")
    return template.format(change=change(now, before, language), days=days, before=number(before, language))


def _delta_of_dates(now: int, before: int, dates: tuple[date, date], language: str) -> str:
    _ = translator(language, "dashboards")
    few = 0 < before < LEAST_BEFORE
    template = _("{before} from {first} to {last}") if few else _("{change} compared with {first} to {last} ({before})")
    first, last = (str(format_date(one, "d MMM", locale=language)) for one in dates)
    return template.format(change=change(now, before, language), before=number(before, language), first=first, last=last)


def _records(panel: Panel, rows: Sequence[Row]) -> float | None:
    """Return the number of records of a panel; None: unknown."""
    if not panel.layers or panel.layers[0].measure is not None:
        return None
    return sum(row[-1] for row in rows if isinstance(row[-1], int | float))


def _few(n: float, language: str) -> str:
    return translator(language, "dashboards")("Too few to compare: {count}.").format(count=number(n, language))


def pixels(panel: Panel, rows: Sequence[Row], language: str, under: str = "") -> bytes:
    """Render the chart as PNG, where SVG is unsupported.

    Its title is in the picture, with a line under it: what it counts is still said where it is pasted.
    A list has no chart: the result is empty.
    """
    spec = _spec(panel, rows, language)
    title = {"text": panel.title_in(language), "subtitle": under, "anchor": "start", "frame": "bounds", "offset": 12}
    return png({"title": title, **spec}, language) if spec else b""


def _describe(panel: Panel, rows: Sequence[Row], headers: Sequence[str], lines: Sequence[Sequence[str]], language: str) -> str:
    """Describe the chart as text for screen readers.

    A chart by day gives totals and peaks, others the first rows; the table has all.
    """
    if panel.form == "days":
        return _describe_days(panel, rows, language)
    sentences = [
        f"{line[0]}: " + ", ".join(f"{header.lower()} {cell}" for header, cell in zip(headers[1:], line[1:], strict=True))
        for line in lines[:DESCRIBED_ROWS]
    ]
    _ = translator(language, "dashboards")
    more = [] if len(lines) <= DESCRIBED_ROWS else [_("The table has all {count} rows.").format(count=len(lines))]
    return " ".join([f"{one}." for one in sentences] + more)


def _describe_days(panel: Panel, rows: Sequence[Row], language: str) -> str:
    dates, series, cells = crossed(rows)
    day_axis, second = panel.axes[:2]
    template = translator(language, "dashboards")("{name}: {total} in total, with a maximum of {most} on {day}.")
    sentences = []
    for key in series:
        peak = max(dates, key=lambda day: cells[day, key])
        sentences.append(
            template.format(
                name=second.label(key, language),
                total=number(sum(cells[day, key] for day in dates), language),
                day=day_axis.label(peak, language),
                most=number(cells[peak, key], language),
            )
        )
    return " ".join(sentences)


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
        case "list" | "tile":
            return None


def _days(panel: Panel, rows: Sequence[Row], language: str) -> dict[str, Any]:
    dates, series, cells = crossed(rows)
    second = panel.axes[1]
    pattern = "d MMM" if len(dates) <= SHORT_YEAR else "d MMM yyyy"
    labels = [str(format_date(date.fromisoformat(day), pattern, locale=language)) for day in dates]
    strips = [(second.label(key, language), [cells[day, key] for day in dates]) for key in series]
    bound = colours(second)
    return vega.days(labels, strips, [bound.get(key, MAIN) for key in series], language)


def _bars(panel: Panel, rows: Sequence[Row], language: str) -> dict[str, Any]:
    first = panel.axes[0]
    shown = rows[:MOST_BARS] if first.is_ranked else rows
    return vega.bars([(first.label(str(key), language), float(n or 0), number(float(n or 0), language)) for key, n in shown])


def _names_and_numbers(panel: Panel, rows: Sequence[Row], language: str) -> tuple[list[str], list[str], list[list[float | None]]]:
    """Return row names, column names and the numbers."""
    firsts, seconds, cells = crossed(rows)
    one, two = panel.axes[:2]
    names = [one.label(key, language) for key in firsts]
    columns = [two.label(key, language) for key in seconds]
    return names, columns, [[cells.get((a, b)) for b in seconds] for a in firsts]


def _grid(panel: Panel, rows: Sequence[Row], language: str) -> dict[str, Any]:
    names, columns, numbers = _names_and_numbers(panel, rows, language)
    return vega.grid(names, columns, [[n or 0 for n in line] for line in numbers], panel.wide, language)


def _change(panel: Panel, rows: Sequence[Row], language: str) -> dict[str, Any]:
    names, columns, numbers = _names_and_numbers(panel, rows[: 2 * MOST_BARS], language)
    lines = [
        (name, before or 0.0, now or 0.0, change(now or 0, before or 0, language))
        for name, (now, before) in zip(names, numbers, strict=True)
    ]
    return vega.spans(lines, (columns[1], columns[0]))


def _span(panel: Panel, rows: Sequence[Row], language: str) -> dict[str, Any]:
    names, columns, numbers = _names_and_numbers(panel, rows, language)
    lines = [
        (name, half or 0.0, nine or 0.0, f"{number(half or 0, language)} – {number(nine or 0, language)}")
        for name, (half, nine) in zip(names, numbers, strict=True)
    ]
    return vega.spans(lines, (columns[0], columns[1]))


def _share(panel: Panel, rows: Sequence[Row], language: str) -> dict[str, Any]:
    names, _columns, numbers = _names_and_numbers(panel, rows, language)
    _ = translator(language, "dashboards")
    lines = []
    for name, (in_time, late) in zip(names, numbers, strict=True):
        good, all_ = in_time or 0.0, (in_time or 0.0) + (late or 0.0)
        template = _("{share} ({part} of {whole})").format(
            share=share(good, all_, language), part=number(good, language), whole=number(all_, language)
        )
        lines.append((name, good / all_ if all_ else 0.0, template))
    return vega.bars(lines, of=1.0)
