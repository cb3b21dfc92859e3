"""Query which steps of the set-up were left out."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from ledger import schema
from ledger.database import Ledger

_skips = schema.setup_skips


class Skip(NamedTuple):
    """Hold who left a step out, and when."""

    who: str
    at: datetime


def setup_skips(ledger: Ledger, profile: str) -> dict[str, Skip]:
    """Return the steps that are left out, by their names."""
    with ledger.read() as connection:
        rows = connection.execute(select(_skips).where(_skips.c.profile == profile)).all()
    return {row.step: Skip(row.who, row.at) for row in rows}
