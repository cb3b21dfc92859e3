"""Send the posts under the lens as a file."""

from collections.abc import Iterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.records.read_models import PostRecord
from desk.lens.typed import moved
from desk.pages.messages.finding import Asked, asked_of, found_pages
from desk.pages.tables import FORMS, download, post_columns, table_file
from desk.rendering import language_of
from desk.state import Desk
from ledger import read
from pipeline import export
from pipeline.context import now

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
    posts = _posts(desk, asked_of(request))
    if form == "jsonl":
        return download(request, "posts", form, export.json_lines(export.post_rows(desk.context.ledger, posts)))
    return table_file(request, "posts", form, post_columns(desk.context.city, language_of(request)), posts)


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
