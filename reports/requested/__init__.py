"""Build one report on request: kind, period, filter, language and format.

Nothing is written to disk. A new kind is one entry of `KINDS`, a new format one of `FORMATS`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

from core.config.city import City
from core.errors import ChangeRefusedError
from core.i18n.display_names import display_name
from core.i18n.translate import translator
from core.records import Record
from core.xlsx import workbook
from ledger.read import Ledger, PostFilters
from reports.build.aggregate import CASE_FILTERS, count
from reports.build.period import Interval
from reports.document.document import Document
from reports.document.sections import build_document
from reports.output import pdf
from reports.requested.response_times import response_times_document
from reports.requested.tables import rows_of

FILTERS = ("topic", "district", "source", "language", "intent", "sentiment")
"""Filters of posts that a report can be restricted to."""


class Request(Record):
    """Describe the report that is wanted."""

    kind: str
    interval: Interval
    every: str = "weekly"
    """How often it is wanted, `daily` `weekly` `monthly`: it names the report."""
    filters: Mapping[str, str] = {}
    language: str


class File(Record):
    """Hold a report as one file."""

    name: str
    media_type: str
    content: bytes


def write(city: City, ledger: Ledger, request: Request, form: str, now: datetime) -> File:
    """Return a report as a file of this format.

    Raises:
        ChangeRefusedError: there is no such kind, filter or format.
    """
    return file_of(city, build(city, ledger, request, now), request, form)


def build(city: City, ledger: Ledger, request: Request, now: datetime) -> Document:
    """Return the text of a report, from which every format is made.

    Raises:
        ChangeRefusedError: there is no such kind or filter.
    """
    if request.kind not in KINDS:
        raise ChangeRefusedError("There is no such report.")
    if not set(request.filters) <= set(FILTERS):
        raise ChangeRefusedError("This address names a period, a comparison or a filter that does not exist.")
    return KINDS[request.kind](city, ledger, request, now)


def file_of(city: City, document: Document, request: Request, form: str) -> File:
    """Return a report that was built as a file.

    Raises:
        ChangeRefusedError: there is no such format.
    """
    if form not in FORMATS:
        raise ChangeRefusedError("There is no such format.")
    media_type, render = FORMATS[form]
    name = f"{request.kind}_{request.interval.key(city.zone)}.{request.language}.{form}"
    return File(name=name, media_type=media_type, content=render(document))


def _summary(city: City, ledger: Ledger, request: Request, _now: datetime) -> Document:
    """Build the report of what citizens say and how the city answers."""
    posts = cast(PostFilters, dict(request.filters))
    document = build_document(
        city, request.every, count(ledger, city.zone, request.interval, posts=posts), request.language
    )
    if not request.filters:
        return document
    _ = translator(request.language, "reports")
    notes = [_("Only posts that match the filter are counted: {filter}.").format(filter=words_of(request))]
    if not set(request.filters) <= set(CASE_FILTERS):
        notes.append(_("Cases are filtered by service, district and channel alone."))
    span = f"{document.span} · {words_of(request)}"
    return document.model_copy(update={"span": span, "notes": (*notes, *document.notes)})


def _response_times(city: City, ledger: Ledger, request: Request, now: datetime) -> Document:
    return response_times_document(city, ledger, request.language, now)


def words_of(request: Request) -> str:
    """Return the filter in words; empty without one."""
    return filter_words(request.filters, request.language)


def filter_words(filters: Mapping[str, str], language: str) -> str:
    """Return a filter in words: `Noise · Centro`; empty without one."""
    shown = [
        value if name == "district" else display_name(name, value, language)
        for name in FILTERS
        if (value := filters.get(name))
    ]
    return " · ".join(shown)


KINDS: dict[str, Callable[[City, Ledger, Request, datetime], Document]] = {
    "summary": _summary,
    "response_times": _response_times,
}
FILTERED = frozenset({"summary"})
"""Kinds that take a filter; the others are of all cases."""
FORMATS: dict[str, tuple[str, Callable[[Document], bytes]]] = {
    "pdf": ("application/pdf", pdf.render),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        lambda document: workbook(rows_of(document)),
    ),
}
