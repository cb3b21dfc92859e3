"""Store which case a new report belongs to, as its citizen says."""

from datetime import datetime

from sqlalchemy import select

from core.records.case import OPEN
from ledger import schema
from ledger.citizens.services import CITIZEN
from ledger.database import Ledger
from ledger.database.connection import insert
from ledger.database.writing import writing


def follow_case(ledger: Ledger, post_id: str, case_key: str, now: datetime) -> bool:
    """Put a new report into the incident of an open case.

    Its citizen says that it belongs there.
    Triage keeps it there and puts it into the case. Returns False when there is no such open case; a report that is in an incident
    already stays in it.
    """
    cases, table = schema.cases.c, schema.incident_posts
    with writing(ledger) as connection:
        known = select(cases.incident_key).where(cases.case_key == case_key, cases.state.in_(sorted(OPEN)))
        incident = connection.execute(known).scalar_one_or_none()
        if incident is None:
            return False
        row = {"post_id": post_id, "incident_key": incident, "who": CITIZEN, "probability": 1.0, "at": now}
        connection.execute(insert(connection, table).values(**row, has_keys=False).on_conflict_do_nothing())
    return True
