"""Store "I see it too": once for each browser and case."""

from datetime import datetime

from sqlalchemy import select

from core.records.case import OPEN
from ledger import schema
from ledger.database import Ledger
from ledger.database.connection import insert
from ledger.database.writing import writing


def store_sighting(ledger: Ledger, case_key: str, browser: str, now: datetime) -> bool:
    """Store that someone else sees the problem of an open case.

    Returns False when there is no such open case. The same browser counts once.

    Args:
        ledger: the open ledger.
        case_key: of the case.
        browser: a keyed hash that identifies the browser.
        now: the time.
    """
    cases, table = schema.cases.c, schema.sightings
    with writing(ledger) as connection:
        known = select(cases.case_key).where(cases.case_key == case_key, cases.state.in_(sorted(OPEN)))
        if connection.execute(known).first() is None:
            return False
        row = insert(connection, table).values(case_key=case_key, browser=browser, at=now)
        connection.execute(row.on_conflict_do_nothing())
    return True
