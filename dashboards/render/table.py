"""Format a panel's rows as a table in the user's language."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent

from core.i18n.display_names import display_name
from core.i18n.translate import translator
from dashboards.spec.panel import Panel, Row
from dashboards.spec.split import Axis

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]

LIST_NAMES = {"topic": "topic", "decision": "decision", "source": "source"}
"""List fields whose values have display names, with the table of names."""
DASH = "–"


def number(value: float | int, language: str) -> str:
    """Format a count or a number of hours for the language.

    >>> number(8389, "es"), number(8389, "en")
    ('8.389', '8,389')
    """
    return str(format_decimal(value, "#,##0.#", locale=language))


def share(part: float, whole: float, language: str) -> str:
    """Format a share in whole percent; a dash for zero of zero."""
    return str(format_percent(part / whole, locale=language)) if whole else DASH


def change(now: float, before: float, language: str) -> str:
    """Format a change in percent of before; "new" where before is zero.

    >>> change(3, 2, "en"), change(0, 0, "en")
    ('+50%', '–')
    """
    if not before:
        return translator(language, "dashboards")("new") if now else DASH
    rise = round((now - before) / before, 2)
    sign = "+" if rise > 0 else "−" if rise < 0 else ""
    return sign + str(format_percent(abs(rise), locale=language))


def table(panel: Panel, rows: Sequence[Row], language: str, zone: ZoneInfo | None = None) -> Table:
    """Return the headers and lines of a panel's table."""
    if panel.latest is not None:
        return _list(panel, rows, language, zone)
    found = panel.axes
    if not found:
        return (translator(language, "dashboards")(panel.layers[0].name.capitalize()),), [
            (number(_value(row[-1]), language),) for row in rows
        ]
    _ = translator(language, "dashboards")
    if len(found) == 1:
        first = found[0]
        lines: list[tuple[str, ...]] = [(first.label(str(key), language), number(_value(n), language)) for key, n in rows]
        return (found[0].header_in(language), _(panel.layers[0].name.capitalize())), lines
    return _crossed(panel, rows, found, language)


def crossed(rows: Sequence[Row]) -> tuple[list[str], list[str], dict[tuple[str, str], float]]:
    """Return row keys, column keys and the numbers by pair of keys."""
    cells = {(str(a), str(b)): _value(n) for a, b, n in rows}
    return list(dict.fromkeys(a for a, _ in cells)), list(dict.fromkeys(b for _, b in cells)), cells


def _crossed(panel: Panel, rows: Sequence[Row], found: Sequence[Axis], language: str) -> Table:
    firsts, seconds, cells = crossed(rows)
    extra = _EXTRA.get(panel.form)
    _ = translator(language, "dashboards")
    headers = (
        found[0].header_in(language),
        *(found[1].label(second, language) for second in seconds),
        *((_(extra[0]),) if extra and firsts else ()),
    )
    lines = []
    for first in firsts:
        numbers = [cells.get((first, second)) for second in seconds]
        shown = [DASH if n is None else number(n, language) for n in numbers]
        more = [extra[1](*numbers, language)] if extra else []
        lines.append((found[0].label(first, language), *shown, *more))
    return headers, lines


def share_of_two(first: float | None, second: float | None, language: str) -> str:
    """Format the share of the first of two parts."""
    return share(first or 0, (first or 0) + (second or 0), language)


_EXTRA: dict[str, tuple[str, Any]] = {"change": ("Change", change), "share": ("Share", share_of_two)}
"""By form: header of an extra column, and the function that computes it from the others."""


def _list(panel: Panel, rows: Sequence[Row], language: str, zone: ZoneInfo | None) -> Table:
    assert panel.latest is not None  # noqa: S101  checked by the caller
    _ = translator(language, "dashboards")
    fields = [field for field, _header in panel.latest.columns]
    lines = [tuple(_field(field, value, language, zone) for field, value in zip(fields, row, strict=True)) for row in rows]
    return tuple(_(header) for _field_name, header in panel.latest.columns), lines


def _field(field: str, value: Any, language: str, zone: ZoneInfo | None) -> str:
    if value is None:
        return DASH
    if field.endswith("_at"):
        moment = datetime.fromisoformat(str(value))
        return str(format_datetime(moment.astimezone(zone) if zone else moment, "short", locale=language))
    return display_name(LIST_NAMES[field], value, language) if field in LIST_NAMES else str(value)


def _value(number_: Any) -> float:
    return number_ if isinstance(number_, int | float) else 0
