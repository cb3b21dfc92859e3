"""The report in words: the same title, sentences, pictures, tables and quotes for the page and for the PDF, in one language."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent

from core.config.city import City
from core.i18n.translate import translator
from core.records import Record
from reports.build.period import Interval

Translate = Callable[[str], str]
LOCALES = {"es": "es", "en": "en_GB"}
"""How numbers and dates are written: a European city's English is British."""
DASH = "–"


class Figure(Record):
    """One number with its words."""

    words: str
    value: str
    more: str = ""


class Table(Record):
    """One table; `empty` is said when it has no rows."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    has_total: bool = False
    """The last row is the sum of the others."""
    texts: int = 1
    """Columns of words, to the left; the others are numbers."""


class Picture(Record):
    """A picture, and what it shows for who does not see it."""

    svg: str
    alt: str


class Section(Record):
    """A part of the report."""

    title: str
    note: str = ""
    """What a reader must know to read it rightly."""
    picture: Picture | None = None
    tables: tuple[Table, ...] = ()


class Quote(Record):
    """One example: text in its own language, and the line below it."""

    text: str
    language: str
    footer: str


class Document(Record):
    """A whole report in one language."""

    language: str
    title: str
    city: str
    span: str
    short: tuple[str, ...]
    """The report in a few sentences."""
    replay: str
    """Which part is replayed; empty: none."""
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    quotes: tuple[Quote, ...]
    unread: Table
    notes: tuple[str, ...]
    """How the numbers were counted."""


def number(n: float, language: str) -> str:
    """A number as people of this language write it: `8.389`, `8,389`."""
    return str(format_decimal(n, "#,##0.#", locale=LOCALES[language]))


def share(part: int, whole: int, language: str) -> str:
    """A share in whole percent with what it is made of; a dash of nothing."""
    if not whole:
        return DASH
    return (
        f"{format_percent(part / whole, locale=LOCALES[language])} ({number(part, language)}/{number(whole, language)})"
    )


def day(moment: datetime, city: City, language: str, length: str = "long") -> str:
    """The date in the city."""
    return str(format_date(moment.astimezone(city.zone), length, locale=LOCALES[language]))


def title_of(name: str, city: City, language: str) -> str:
    """What a report is called."""
    _ = translator(language, "reports")
    known = {"daily": _("Daily report"), "weekly": _("Weekly report"), "monthly": _("Monthly report")}
    return f"{known.get(name, '') or _('Report') + ' ' + name} · {city.name}"


def span_of(interval: Interval, city: City, language: str) -> str:
    """From when to when: whole days by their dates, anything else with the hours."""
    _ = translator(language, "reports")
    first, last = interval.start.astimezone(city.zone), interval.end.astimezone(city.zone)
    if first.time() == last.time() == time():
        last_day = last - timedelta(days=1)
        if first.date() == last_day.date():
            return day(first, city, language, "full")
        return _("From {first} to {last}").format(first=day(first, city, language), last=day(last_day, city, language))
    ends = [
        f"{day(at, city, language)}, {format_time(at.timetz(), 'HH:mm', locale=LOCALES[language])}"
        for at in (first, last)
    ]
    return _("From {first} to {last}").format(first=ends[0], last=ends[1])
