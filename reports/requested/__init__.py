"""Build one report on request: kind, period, filter, language and format.

Nothing is written to disk. A new kind is one entry of `KINDS`, a new format one of `FORMATS`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from core.config.city import City
from core.config.profile.reports import ReportKind, Scope, Span
from core.config.settings import Settings
from core.errors import ChangeRefusedError
from core.records import Record
from ledger.read import Ledger
from reports import make
from reports.build.asked import Asked, check_asked
from reports.build.numbers import collect_numbers
from reports.build.period import Interval
from reports.document.document import Document
from reports.requested.response_times import response_times_document

FILTERS = ("topic", "district", "source", "language", "intent", "sentiment")
"""Filters of posts that a report can be restricted to."""
ONE_OF = frozenset({"department", "district"})
"""Kinds about one department or district; the filter of the same name says which."""
Every = Literal["daily", "weekly", "monthly"]
PERIODS: dict[Every, tuple[ReportKind, Span]] = {"daily": ("daily", "day"), "weekly": ("weekly", "week"), "monthly": ("monthly", "month")}
"""The kind of a report of all posts, and the period of a filtered one."""


class Request(Record):
    """Describe the report that is wanted."""

    kind: str
    interval: Interval
    every: Every = "weekly"
    """How often it is wanted: it names the report."""
    filters: Mapping[str, str] = {}
    language: str


Builder = Callable[[City, Settings, Ledger, Request, datetime], Document]


class File(Record):
    """Hold a report as one file."""

    name: str
    media_type: str
    content: bytes


def write(city: City, settings: Settings, ledger: Ledger, request: Request, form: str, now: datetime) -> File:
    """Return a report as a file of this format.

    Raises:
        ChangeRefusedError: there is no such kind, filter or format.
    """
    return file_of(city, build(city, settings, ledger, request, now), request, form)


def filters_of(kind: str) -> frozenset[str]:
    """Return the filters that a kind of report may have."""
    return frozenset(FILTERS) | ({kind} & ONE_OF)


def build(city: City, settings: Settings, ledger: Ledger, request: Request, now: datetime) -> Document:
    """Return the text of a report, from which every format is made.

    Raises:
        ChangeRefusedError: there is no such kind or filter.
    """
    if request.kind not in KINDS:
        raise ChangeRefusedError("There is no such report.")
    if not set(request.filters) <= filters_of(request.kind):
        raise ChangeRefusedError("This address names a period, a comparison or a filter that does not exist.")
    return KINDS[request.kind](city, settings, ledger, request, now)


def file_of(city: City, document: Document, request: Request, form: str) -> File:
    """Return a report that was built as a file.

    Raises:
        ChangeRefusedError: there is no such format.
    """
    if form not in FORMATS:
        raise ChangeRefusedError("There is no such format.")
    name = f"{request.kind}_{request.interval.key(city.zone)}.{request.language}.{form}"
    return File(name=name, media_type=FORMATS[form], content=make.FORMATS[form](document))


def _summary(city: City, settings: Settings, ledger: Ledger, request: Request, now: datetime) -> Document:
    """Build the report of what citizens say and how the city answers."""
    kind, period = PERIODS[request.every]
    asked = Asked(kind="view" if request.filters else kind, posts=Scope(**request.filters), period=period)
    numbers = collect_numbers(city, ledger, asked, request.interval, now)
    return make.document_of(city, settings, ledger, asked.name, numbers, request.language)


def _scoped(kind: ReportKind) -> Builder:
    """Return what builds reports of this kind."""

    def build_one(city: City, settings: Settings, ledger: Ledger, request: Request, now: datetime) -> Document:
        asked = Asked(kind=kind, posts=Scope(**request.filters), period=PERIODS[request.every][1])
        check_asked(asked, city)
        numbers = collect_numbers(city, ledger, asked, request.interval, now)
        return make.document_of(city, settings, ledger, asked.name, numbers, request.language)

    return build_one


def _response_times(city: City, settings: Settings, ledger: Ledger, request: Request, now: datetime) -> Document:
    return response_times_document(city, settings, ledger, request.language, now)


def filter_words(filters: Mapping[str, str], city: City, language: str) -> str:
    """Return a filter in words: `Noise · Centro`; empty without one."""
    shown = [
        value if name == "district" else city.display_name(name, value, language)
        for name in ("department", *FILTERS)
        if (value := filters.get(name))
    ]
    return " · ".join(shown)


KINDS: dict[str, Builder] = {
    "summary": _summary,
    "department": _scoped("department"),
    "district": _scoped("district"),
    "view": _scoped("view"),
    "response_times": _response_times,
}
FILTERED = frozenset({"summary", "department", "district", "view"})
"""Kinds that take a filter; the others are of all cases."""
FORMATS = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
"""Media type of each format that a mail has attached."""
