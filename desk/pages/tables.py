"""Write lists as tables for people.

Names are in the reader's language, times on the city's clocks. A machine reads JSON lines with the codes of the ledger instead
(`pipeline.export`).
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from babel.numbers import get_decimal_symbol
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from core.config.city import City
from core.i18n.display_names import display_name
from core.i18n.translate import translator
from core.quotes import quote, quote_title
from core.records.read_models import CaseRecord, PostRecord
from core.spreadsheet import csv_line
from core.xlsx import workbook
from desk.lens.typed import List, moved
from desk.rendering import language_of
from desk.state import Desk
from ledger.read import Ledger
from pipeline import export
from pipeline.context import now

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_ROWS = 100_000
"""Rows of a workbook: it is built in memory. CSV and JSON lines have no limit."""
BOM = "\ufeff"
"""Tells spreadsheets that a CSV file is UTF-8."""
RecordT = TypeVar("RecordT", PostRecord, CaseRecord)


class Column(NamedTuple):
    """Describe one column of a table."""

    title: str
    value: Callable[[Any], object]


def post_columns(city: City, language: str) -> list[Column]:
    """Return the columns of a table of posts."""
    _, named = translator(language, "desk"), _named(language)
    return [
        Column(_("Written"), lambda post: _local(post.created_at, city)),
        Column(_("Channel"), lambda post: named("source", post.source)),
        Column(_("Text"), quote),
        Column(_("Service"), lambda post: named("topic", post.topic)),
        Column(_("Intent"), lambda post: named("intent", post.intent)),
        Column(_("Sentiment"), lambda post: named("sentiment", post.sentiment)),
        Column(_("District"), lambda post: post.district),
        Column(_("Place"), lambda post: post.place),
        Column(_("Language"), lambda post: named("language", post.language)),
        Column(_("Kind"), lambda post: named("case_kind", post.case_kind)),
        Column(_("Decision"), lambda post: named("decision", post.decision)),
        Column(_("Case"), lambda post: post.case_key),
        Column(_("Replayed"), lambda post: _yes(post.replay, _)),
        Column(_("Key"), lambda post: post.post_id),
    ]


def case_columns(city: City, language: str) -> list[Column]:
    """Return the columns of a table of cases."""
    _, named, moment = translator(language, "desk"), _named(language), now()
    return [
        Column(_("Case"), lambda case: case.case_key),
        Column(_("Title"), quote_title),
        Column(_("Kind"), lambda case: named("case_kind", case.kind)),
        Column(_("Service"), lambda case: named("topic", case.topic)),
        Column(_("Department"), lambda case: city.display_name("department", case.department, language)),
        Column(_("State"), lambda case: named("state", case.state)),
        Column(_("Priority"), lambda case: case.priority),
        Column(_("District"), lambda case: case.district),
        Column(_("Place"), lambda case: case.place),
        Column(_("Received"), lambda case: _local(case.opened_at, city)),
        Column(_("Due"), lambda case: _local(case.due_at, city)),
        Column(_("Overdue"), lambda case: _yes(case.is_overdue(moment), _)),
        Column(_("Answered"), lambda case: _local(case.answered_at, city)),
        Column(_("Closed"), lambda case: _local(case.closed_at, city)),
        Column(_("Posts"), lambda case: case.posts),
        Column(_("People"), lambda case: case.authors),
        Column(_("Channels"), lambda case: ", ".join(str(named("source", one)) for one in case.sources)),
        Column(_("Reference"), lambda case: case.reference),
        Column(_("Replayed"), lambda case: _yes(case.replay, _)),
    ]


def list_file(
    request: Request,
    what: List,
    find: Callable[[], Iterator[RecordT]],
    columns: Callable[[City, str], list[Column]],
    machine_rows: Callable[[Ledger, Iterator[RecordT]], Iterator[dict[str, Any]]],
) -> Response:
    """Return what a list shows as a file, and audit it.

    Args:
        request: for a file of the form in its path; its parameters are those of the list.
        what: which list.
        find: returns the records that the list shows, or refuses its parameters; a workbook holds the first 100,000.
        columns: of the table for people.
        machine_rows: rows of the JSON lines.

    Raises:
        HTTPException: 404; there is no such form.
    """
    desk: Desk = request.app.state.desk
    city, language, form = desk.context.city, language_of(request), request.path_params["form"]
    if form not in FORMS:
        raise HTTPException(404)
    if (elsewhere := moved(request, what)) is not None:
        return elsewhere
    records = find()
    export.audit_export(desk.context, request.state.user.name, what, f"{form} {request.url.query}"[:500].strip())
    name = f"escucha-{what}-{now().astimezone(city.zone):%Y-%m-%d}.{form}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    rows = _rows(columns(city, language), records)
    if form == "xlsx":
        return Response(workbook(islice(rows, MOST_ROWS + 1)), media_type=FORMS[form], headers=headers)
    if form == "csv":
        lines = _csv(rows, ";" if get_decimal_symbol(language) == "," else ",")
    else:
        lines = export.json_lines(machine_rows(desk.context.ledger, records))
    return StreamingResponse(lines, media_type=FORMS[form], headers=headers)


def _rows(columns: list[Column], records: Iterable[PostRecord] | Iterable[CaseRecord]) -> Iterator[list[object]]:
    yield [one.title for one in columns]
    for record in records:
        yield [one.value(record) for one in columns]


def _csv(rows: Iterable[Iterable[object]], separator: str) -> Iterator[str]:
    yield BOM
    for row in rows:
        yield csv_line((f"{one:%Y-%m-%d %H:%M}" if isinstance(one, datetime) else one for one in row), separator)


def _named(language: str) -> Callable[[str, str | None], str | None]:
    return lambda kind, code: None if code is None else display_name(kind, code, language)


def _local(moment: datetime | None, city: City) -> datetime | None:
    """Return the time on the city's clocks: a spreadsheet knows no zones."""
    return None if moment is None else moment.astimezone(city.zone).replace(tzinfo=None, second=0, microsecond=0)


def _yes(value: bool, _: Callable[[str], str]) -> str:
    return _("yes") if value else _("no")
