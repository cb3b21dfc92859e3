"""Count what asks for one person, for the bell of the header.

Each count opens an existing list under the same filters; nothing is kept or listed twice.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from desk.auth.security import User
from ledger import read
from pipeline.context import Context

QUEUE, DUE = {"whose": "queue"}, {"due": "today"}
REPLIED = QUEUE | {"asked": "replied"}
NEW = timedelta(days=1)
"""How long a match of a saved view is new."""


class Ring(NamedTuple):
    """Hold one count and the address of its rows."""

    name: str
    number: int
    address: str


def rings(context: Context, user: User, moment: datetime) -> list[Ring]:
    """Return what asks for a person; empty for one who only reads."""
    return list(_rings(context, user, moment)) if user.may("work") else []


def _rings(context: Context, user: User, moment: datetime) -> Iterator[Ring]:
    ledger = context.ledger
    account = read.user(ledger, user.name)
    if account is not None and account.department:
        asked = {"whose": "none", "state": "assigned", "department": account.department}
        filters = read.case_query(ledger, asked, user.name, moment, context.city.zone)
        yield Ring("handed_over", read.count_cases(ledger, **filters), f"/cases?{urlencode(asked)}")
    replied = read.case_query(ledger, REPLIED, user.name, moment, context.city.zone)  # once: the queue is the dearest part
    due: read.CaseFilters = {**replied, "case_keys": None, **read.case_query(ledger, DUE, user.name, moment, context.city.zone)}
    for name, filters, asked in (("due", due, QUEUE | DUE), ("replied", replied, REPLIED)):
        yield Ring(name, read.count_cases(ledger, **filters), f"/cases?{urlencode(asked)}")
    if may_approve(context, user):
        yield Ring("to_approve", read.count_drafts(ledger), "/answers?state=draft")
    yield Ring("matched", len(read.new_matches(ledger, user.name, moment - NEW)), "/views?new=1")


def may_approve(context: Context, user: User) -> bool:
    """Tell whether a person may approve answers."""
    return user.may("approve" if context.city.answers.approve == "lead" else "work")
