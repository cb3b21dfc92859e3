"""Send the posts under the lens as a file."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from core.records.read_models import PostRecord
from desk.pages.messages.finding import Asked, asked_of, found_pages
from desk.pages.tables import list_file, post_columns
from desk.state import Desk
from ledger import read
from pipeline.context import now
from pipeline.export import post_rows

BATCH_SIZE = 500


def export_posts(request: Request) -> Response:
    """Send the posts under the lens, oldest first; the export is audited."""
    return list_file(request, "posts", lambda: _posts(request.app.state.desk, asked_of(request)), post_columns, post_rows)


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
