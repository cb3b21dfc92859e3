"""Define the text of a report in one language.

The page and the PDF share its title, sentences, charts, tables and quotes.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent

from core.config.city import City
from core.i18n.languages import locale_of
from core.i18n.translate import translator
from core.records import Record
from reports.build.period import Interval

Translate = Callable[[str], str]
DASH = "–"


class Link(Record):
    """Name a page of the desk that shows what a sentence counts."""

    label: str
    path: str
    """From the desk's address on: `/posts?topic=noise`."""
    count: int | None = None
    """How many posts or cases it showed when the report was made; None: not counted one by one."""


class Sentence(Record):
    """Hold one sentence, with the pages that show its posts or cases."""

    text: str
    links: tuple[Link, ...] = ()


class Remark(Record):
    """Hold the remark of a person, as it is shown."""

    text: str
    language: str
    footer: str


class Logo(Record):
    """Hold the council's logo."""

    format: str
    """svg or png"""
    data: str
    """Base64."""


class Look(Record):
    """Hold name, colour and logo of the council."""

    council: str
    colour: str = "#0b4f6c"
    logo: Logo | None = None


class Figure(Record):
    """Hold one number with its label."""

    label: str
    value: str
    more: str = ""


class Table(Record):
    """Hold one table; `empty` is shown when it has no rows."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    has_total: bool = False
    """True when the last row is the sum of the others."""
    texts: int = 1
    """Number of text columns, on the left; the others are numbers."""
    values: tuple[tuple[str | int | float | None, ...], ...] = ()
    """The rows for a spreadsheet, where numbers are numbers."""
    more_headers: tuple[str, ...] = ()
    """Headers of further columns in `values`."""


class Picture(Record):
    """Hold a chart and its text alternative."""

    svg: str
    """For a screen, as wide as a phone can show with letters that can be read."""
    wide: str
    """As wide as a page of paper or a slide."""
    alt: str


class Section(Record):
    """Hold one section of the report."""

    title: str
    note: str = ""
    """Note for a correct interpretation; empty: none."""
    picture: Picture | None = None
    sentences: tuple[Sentence, ...] = ()
    tables: tuple[Table, ...] = ()


class Quote(Record):
    """Hold one quoted post in its language, and its caption."""

    text: str
    language: str
    footer: str


class Document(Record):
    """Hold a whole report in one language."""

    language: str
    title: str
    city: str
    span: str
    look: Look
    desk: str
    """Address of the desk, for links; empty: no links."""
    brief: bool
    """On one page."""
    remark: Remark | None
    story: tuple[Section, ...] = ()
    """What happened, where, what was done, how fast, what comes: a sentence and a picture each; empty: on one page."""
    short: tuple[Sentence, ...]
    """Summary; the first sentence says what matters most, unless posts are not read yet."""
    caveat: str
    """What to know before the first number: posts not read yet, examples; empty: nothing."""
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    quotes_posts: bool = True
    """Whether it has a section of quotes, which says so when there is nothing to quote."""
    quotes: tuple[Quote, ...]
    unread: Table
    """What is left out; without a title: nothing to say."""
    notes: tuple[str, ...]
    """Notes on how the numbers were counted."""


def number(n: float, language: str) -> str:
    """Format a number for the language.

    >>> number(8389, "es"), number(8389, "en")
    ('8.389', '8,389')
    """
    return str(format_decimal(n, "#,##0.#", locale=locale_of(language)))


def share(part: int, whole: int, language: str) -> str:
    """Format a share in whole percent with its parts.

    A share of zero is a dash.
    """
    if not whole:
        return DASH
    return f"{format_percent(part / whole, locale=locale_of(language))} ({number(part, language)}/{number(whole, language)})"


def day(moment: datetime, city: City, language: str, length: str = "long") -> str:
    """Format the date in the city's time zone."""
    return str(format_date(moment.astimezone(city.zone), length, locale=locale_of(language)))


def span_of(interval: Interval, city: City, language: str) -> str:
    """Format an interval: whole days as dates, others with hours."""
    _ = translator(language, "reports")
    first, last = interval.start.astimezone(city.zone), interval.end.astimezone(city.zone)
    if first.time() == last.time() == time():
        last_day = last - timedelta(days=1)
        if first.date() == last_day.date():
            return day(first, city, language, "full")
        return _("From {first} to {last}").format(first=day(first, city, language), last=day(last_day, city, language))
    ends = [f"{day(at, city, language)}, {format_time(at.timetz(), 'HH:mm', locale=locale_of(language))}" for at in (first, last)]
    return _("From {first} to {last}").format(first=ends[0], last=ends[1])
