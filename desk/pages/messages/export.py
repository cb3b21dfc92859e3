"""Send the posts under the lens as a file."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from core.i18n.display_names import display_name
from core.records.read_models import PostRecord
from core.xlsx import workbook
from desk.lens.typed import moved
from desk.pages.messages.finding import Asked, asked_of, found_pages
from desk.rendering import language_of
from desk.state import Desk
from ledger import read
from pipeline import export
from pipeline.context import now

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_ROWS = 100_000
"""Rows of a workbook: it is built in memory. CSV and JSON lines have no limit."""
NAMED = ("topic", "intent", "sentiment", "source", "decision")
"""Codes that the file also gives by their names, in the language of the desk."""
BATCH_SIZE = 500


def export_posts(request: Request) -> Response:
    """Send the posts under the lens, oldest first; the export is audited."""
    desk: Desk = request.app.state.desk
    form = request.path_params["form"]
    if form not in FORMS:
        raise HTTPException(404)
    elsewhere = moved(request, "posts")
    if elsewhere is not None:
        return elsewhere
    asked, moment = asked_of(request), now()
    export.audit_export(desk.context, request.state.user.name, "posts", f"{form} {request.url.query}"[:500].strip())
    rows = export.post_rows(desk.context.ledger, _posts(desk, asked), partial(_names, language_of(request)))
    name = f"escucha-{moment.astimezone(desk.context.city.zone):%Y-%m-%d}.{form}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    if form == "xlsx":
        return Response(_workbook(rows), media_type=FORMS[form], headers=headers)
    return StreamingResponse(export.written(rows, form), media_type=FORMS[form], headers=headers)


def _posts(desk: Desk, asked: Asked) -> Iterator[PostRecord]:
    """Yield the posts that the page lists, page by page.

    Of a search in the order of the page, and of its best at most 10,000: the engine ranks no more.
    """
    ledger, moment = desk.context.ledger, now()
    if asked.words:
        for page in found_pages(desk, asked, moment, BATCH_SIZE):
            yield from read.records_of(ledger, page.ids)
        return
    after = None
    while batch := read.messages(ledger, of=asked.of, oldest_first=True, after=after, limit=BATCH_SIZE, **asked.filters(desk, moment)):
        yield from batch
        after = (batch[-1].created_at, batch[-1].post_id)


def _names(language: str, post: PostRecord) -> dict[str, str | None]:
    """Return the names of a post's codes."""
    found = {name: getattr(post, name) for name in NAMED}
    return {f"{name}_name": display_name(name, value, language) if value else None for name, value in found.items()}


def _workbook(rows: Iterable[dict[str, object]]) -> bytes:
    """Build a workbook; lists are written as in CSV."""
    limited = (row for _, row in zip(range(MOST_ROWS), rows, strict=False))
    first = next(iter(limited), None)
    if first is None:
        return workbook([])
    return workbook(chain([list(first)], (export.cells(row) for row in chain([first], limited))))
