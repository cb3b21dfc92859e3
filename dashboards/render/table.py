"""The rows of a panel as a table for people: in their language, one line a service, department or day."""

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
"""Fields of lists whose values have a name."""
DASH = "–"


def number(value: float | int, language: str) -> str:
    """A count or a number of hours, in the habit of the language."""
    return str(format_decimal(value, "#,##0.#", locale=language))


def share(part: float, whole: float, language: str) -> str:
    """A share in whole percent; a dash of nothing."""
    return str(format_percent(part / whole, locale=language)) if whole else DASH


def change(now: float, before: float, language: str) -> str:
    """How much more or less, in percent of before; "new" where there was nothing."""
    if not before:
        return translator(language, "dashboards")("new") if now else DASH
    rise = round((now - before) / before, 2)
    sign = "+" if rise > 0 else "−" if rise < 0 else ""
    return sign + str(format_percent(abs(rise), locale=language))


def table(panel: Panel, rows: Sequence[Row], language: str, zone: ZoneInfo | None = None) -> Table:
    """Headers and lines."""
    if panel.latest is not None:
        return _list(panel, rows, language, zone)
    found = panel.axes
    _ = translator(language, "dashboards")
    if len(found) == 1:
        first = found[0]
        lines: list[tuple[str, ...]] = [
            (first.label(str(key), language), number(_value(n), language)) for key, n in rows
        ]
        return (found[0].header_in(language), _(panel.layers[0].name.capitalize())), lines
    return _crossed(panel, rows, found, language)


def crossed(rows: Sequence[Row]) -> tuple[list[str], list[str], dict[tuple[str, str], float]]:
    """First keys, second keys, and the numbers where they cross."""
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


def share_of_two(in_time: float, late: float, language: str) -> str:
    """The part that was in time."""
    return share(in_time, in_time + late, language)


_EXTRA: dict[str, tuple[str, Any]] = {"change": ("Change", change), "share": ("Share in time", share_of_two)}
"""By form: header of one more column, and how it is reckoned from the others."""


def _list(panel: Panel, rows: Sequence[Row], language: str, zone: ZoneInfo | None) -> Table:
    assert panel.latest is not None  # noqa: S101  the caller looked
    _ = translator(language, "dashboards")
    fields = [field for field, _header in panel.latest.columns]
    lines = [
        tuple(_field(field, value, language, zone) for field, value in zip(fields, row, strict=True)) for row in rows
    ]
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
