"""Send the cases under the lens as a file."""

from collections.abc import Iterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.records.read_models import CaseRecord
from desk.lens.typed import moved
from desk.pages.cases.listing import filters_of
from desk.pages.tables import FORMS, case_columns, download, table_file
from desk.rendering import language_of
from desk.state import Desk
from ledger import read
from pipeline import export

BATCH_SIZE = 500


def export_cases(request: Request) -> Response:
    """Send the cases that the page lists, oldest first, audited."""
    desk: Desk = request.app.state.desk
    form = request.path_params["form"]
    if form not in FORMS:
        raise HTTPException(404)
    elsewhere = moved(request, "cases")
    if elsewhere is not None:
        return elsewhere
    cases = _cases(desk, filters_of(request))
    if form == "jsonl":
        return download(request, "cases", form, export.json_lines(export.case_rows(desk.context.ledger, cases)))
    return table_file(request, "cases", form, case_columns(desk.context.city, language_of(request)), cases)


def _cases(desk: Desk, filters: read.CaseFilters) -> Iterator[CaseRecord]:
    """Yield cases batch by batch: a slow reader keeps no snapshot open."""
    after = None
    while batch := list(read.case_records(desk.context.ledger, order="oldest", limit=BATCH_SIZE, after=after, **filters)):
        yield from batch
        after = (batch[-1].opened_at, batch[-1].case_key)
