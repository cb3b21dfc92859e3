"""Query the reports that staff asked for."""

from typing import Annotated

from pydantic import BeforeValidator
from sqlalchemy import select

from core.records import Json, Record, UtcDatetime
from ledger import schema
from ledger.database import Ledger

_table = schema.report_requests.c


def _texts(typed: object) -> dict[str, str]:
    """Return the text fields of a stored form.

    Another version of the program may have stored others.
    """
    return {name: one for name, one in typed.items() if isinstance(one, str)} if isinstance(typed, dict) else {}


class ReportRequest(Record):
    """Hold a report that was asked for on the desk."""

    id: str
    asked: str
    """Kind, filters and days: JSON of `reports.build.asked.Asked`."""
    language: str
    typed: Annotated[dict[str, str], BeforeValidator(_texts)]
    """The form, as it was typed; fields of another version that are no text are left out."""
    asked_at: UtcDatetime
    state: str
    """`waiting`, `written` or `failed`."""
    failure: Json
    """Why it failed: a template and its values; empty: it did not."""


def report_request(ledger: Ledger, request_id: str) -> ReportRequest | None:
    """Return a request; None when there is none of this id."""
    statement = select(*(_table[name] for name in ReportRequest.model_fields)).where(_table.id == request_id)
    with ledger.read() as connection:
        row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else ReportRequest(**row)


def waiting_report_requests(ledger: Ledger) -> list[ReportRequest]:
    """Return the requests that are not written yet, oldest first."""
    statement = select(*(_table[name] for name in ReportRequest.model_fields)).where(_table.state == "waiting")
    with ledger.read() as connection:
        rows = connection.execute(statement.order_by(_table.asked_at, _table.id)).mappings()
        return [ReportRequest(**row) for row in rows]
