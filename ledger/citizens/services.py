"""Store which service a citizen names for an undecided case.

It decides the topic of the case as long as no member of staff did; staff may change or undo it at any time.
"""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, update

from core.records.case import OPEN
from ledger import schema
from ledger.cases.history import changes, entries as history
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.delivery import moves

CITIZEN = "the citizen"
"""Who changed the topic, in the history; no user of the desk can have this name."""
SAID = "the citizen says which service it is"
TopicOutcome = Literal["taken", "unsure", "decided", "known"]
"""The topic is set; left to staff; was decided before; or this receipt has answered before: nothing changes."""


def store_said_topic(ledger: Ledger, number: str, case_key: str, topic: str, now: datetime, *, decides: bool = True) -> TopicOutcome:
    """Store the answer of a receipt once, and set the topic.

    Args:
        ledger: the open ledger.
        number: of the receipt.
        case_key: of its case; a merged one means the case that it was merged into.
        topic: what the citizen says.
        now: the time.
        decides: False where the answer is that the citizen does not know: staff are still asked.

    Raises:
        ChangeRefusedError: there is no such case.
    """
    with writing(ledger) as connection:
        case = history.locked_case(connection, case_key)
        if case.merged_into is not None:
            case = history.locked_case(connection, case.merged_into)
        if not _is_first(connection, number, topic):
            return "known"
        # What staff undid they took back: no other citizen of the case sets it again.
        by_people = changes.was_set_by_people(connection, case.case_key, "topic")
        if case.topic_guess is None or case.state not in OPEN or by_people:
            return "decided"
        if not decides:
            return "unsure"
        _set_topic(connection, case, topic, now)
    return "taken"


def _is_first(connection: Connection, number: str, topic: str) -> bool:
    """Note what a receipt says; False when it has said something before."""
    receipts = schema.receipts
    mine = update(receipts).where(receipts.c.number == number, receipts.c.said_topic.is_(None))
    return connection.execute(mine.values(said_topic=topic).returning(receipts.c.number)).first() is not None


def _set_topic(connection: Connection, case: Row[Any], topic: str, now: datetime) -> None:
    before = {"topic": case.topic, "topic_guess": case.topic_guess}
    new = {"topic": topic, "topic_guess": None}
    revision = changes.record(connection, case.case_key, "topic", CITIZEN, SAID, now, before, new)
    moves.enqueue_move(connection, case, str(revision), now)
    history.touch(connection, case.case_key, vote_due=True, **new)
    history.audit(connection, CITIZEN, "set topic", case.case_key, SAID, now)
