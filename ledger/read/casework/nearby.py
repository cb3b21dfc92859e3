"""Query the open cases around a point."""

from collections.abc import Iterator

from sqlalchemy import select

from core.records.case import OPEN
from core.records.read_models import CaseRecord
from ledger import schema
from ledger.database import Ledger
from ledger.read.casework.case_records import case_record_of, select_case_records

Box = tuple[float, float, float, float]
"""South, north, west and east, in degrees."""


def open_cases_in(ledger: Ledger, box: Box, limit: int) -> Iterator[CaseRecord]:
    """Yield open cases whose point lies in a box, the newest first."""
    south, north, west, east = box
    cases = schema.cases.c
    inside = cases.lat.between(south, north) & cases.lon.between(west, east) & cases.state.in_(sorted(OPEN))
    keys = select(cases.case_key).where(inside).order_by(cases.received_at.desc(), cases.case_key).limit(limit)
    with ledger.read() as connection:
        for row in connection.execute(select_case_records().where(cases.case_key.in_(keys))):
            yield case_record_of(row)
