"""Store the receipts of reports made on the portal."""

from datetime import datetime

from sqlalchemy import select

from ledger import schema
from ledger.database import Ledger
from ledger.database.connection import insert
from ledger.database.writing import writing

_table = schema.receipts


def store_receipt(ledger: Ledger, post_id: str, number: str, now: datetime) -> str | None:
    """Store the receipt of a post; return its number.

    A post has one receipt: called again, the first number is returned. None: the number belongs to another post; try another one.
    """
    with writing(ledger) as connection:
        row = insert(connection, _table).values(number=number, post_id=post_id, at=now).on_conflict_do_nothing()
        connection.execute(row)
        stored = connection.execute(select(_table.c.number).where(_table.c.post_id == post_id)).scalar_one_or_none()
    return None if stored is None else str(stored)
