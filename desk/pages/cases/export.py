"""Send the cases under the lens as a file."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from core.records.read_models import CaseRecord
from desk.pages.cases.listing import filters_of
from desk.pages.tables import case_columns, list_file
from desk.state import Desk
from ledger import read
from pipeline.export import case_rows

BATCH_SIZE = 500


def export_cases(request: Request) -> Response:
    """Send the cases that the page lists, oldest first, audited."""
    desk: Desk = request.app.state.desk
    return list_file(request, "cases", lambda: _cases(desk.context.ledger, filters_of(request)), case_columns, case_rows)


def _cases(ledger: read.Ledger, filters: read.CaseFilters) -> Iterator[CaseRecord]:
    """Yield cases batch by batch: a slow reader keeps no snapshot open."""
    after = None
    while batch := list(read.case_records(ledger, order="oldest", limit=BATCH_SIZE, after=after, **filters)):
        yield from batch
        after = (batch[-1].opened_at, batch[-1].case_key)
