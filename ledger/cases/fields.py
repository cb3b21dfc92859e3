"""Change the fields of a case that its posts vote on.

A person sets a field, or the posts vote again after a person changed them.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from core.records.case import Case
from ledger import schema
from ledger.cases.grouping import memberships
from ledger.cases.history import changes, entries as history, revisions
from ledger.cases.history.entries import ESCUCHA
from ledger.cases.ownership import must_not_be_merged
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.delivery import moves
from ledger.leases import must_hold
from ledger.processing.decisions import TRIAGE, writer

VOTED = (*writer.VOTED, "priority")
"""Fields that the posts of a case vote on."""
DECIDED: dict[str, tuple[str, ...]] = {
    "topic": ("topic", "topic_guess"),
    "department": ("department",),
    "place": ("place", "lat", "lon"),
    "priority": ("priority",),
}
"""What a person decides, by the kind of change (`changes.PINNING`)."""
SHOWN = ("topic", "department", "due_at", "place", "priority", "kind")
"""Of these, those whose change the history tells."""

TOLD = frozenset({"topic", "department"})
"""Fields whose change is sent to the ticket of the case."""


def set_fields(
    ledger: Ledger,
    case_key: str,
    what: Literal["topic", "place", "priority", "publication"],
    new: Mapping[str, Any],
    who: str,
    why: str,
    now: datetime,
    seen: int | None = None,
) -> bool:
    """Set topic, place, priority or publication of a case for a person.

    From then on its posts do not change it. `seen` is the revision of the case that the person looked at. Returns False when nothing
    changes (the same form sent twice).

    Raises:
        StaleError: the case has another revision by now.
        ChangeRefusedError: there is no such case, or it was merged.
    """
    with writing(ledger) as connection:
        case = history.locked_case(connection, case_key)
        before = {name: getattr(case, name) for name in new}
        pins = what in changes.PINNING
        is_set = before == dict(new) and (not pins or what in changes.pinned_fields(connection, case_key))
        if is_set and revisions.is_known_change(connection, case, seen, what, who, why):
            return False
        revisions.must_be_current(case, seen)
        must_not_be_merged(case)
        revision = changes.record(connection, case_key, what, who, why, now, before, new)
        if what == "topic":
            moves.enqueue_move(connection, case, str(revision), now)
        history.touch(connection, case_key, **({"vote_due": True} if what in ("topic", "place") else {}), **new)
        history.audit(connection, who, f"set {what}", case_key, why, now)
    return True


def store_vote(ledger: Ledger, new: Case, voters: Collection[str], who: str, why: str, now: datetime, *, tell: bool = False) -> bool:
    """Store the result of a new vote of a case's posts.

    Hold the lease `triage` as `who`.

    Args:
        ledger: the open ledger.
        new: the case with its voted fields; fields that a person set are unchanged.
        voters: the posts that voted.
        who: the person whose change made the vote necessary.
        why: that change, in a few words.
        now: the moment of the change.
        tell: send a new service or department to the ticket of the case.

    Returns False when the posts have changed meanwhile, or a person decided a field, and nothing was written: vote again.
    """
    with writing(ledger) as connection:
        must_hold(connection, TRIAGE, who)
        case = history.locked_case(connection, new.key)
        if not _are_members(connection, case.incident_key, voters) or _undoes_a_decision(connection, case, new):
            return False
        voted = {name: getattr(new, name) for name in VOTED if getattr(new, name) != getattr(case, name)}
        shown = [name for name in SHOWN if name in voted]
        points = [one.model_dump() for one in new.priority_points]
        if voted or case.priority_due or points != case.priority_points:
            voted["priority_points"] = points
            history.touch(connection, new.key, vote_due=False, priority_due=False, **voted)
        else:
            history.mark_vote(connection, new.key, due=False)
        if shown:
            before, after = ({name: _plain(getattr(one, name)) for name in shown} for one in (case, new))
            revision = changes.record(connection, new.key, "revote", ESCUCHA, why, now, before, after)
            if tell and TOLD.intersection(shown):
                moves.enqueue_move(connection, case, str(revision), now)
    return True


def _undoes_a_decision(connection: Connection, case: Row[Any], new: Case) -> bool:
    """Tell whether a vote differs from what a person decided meanwhile."""
    decided = [name for what in changes.pinned_fields(connection, new.key) for name in DECIDED[what]]
    return any(getattr(case, name) != getattr(new, name) for name in decided)


def _are_members(connection: Connection, incident_key: str, post_ids: Collection[str]) -> bool:
    table = schema.incident_posts.c
    found: set[str] = set()
    for some in memberships.chunks(sorted(post_ids)):
        mine = (table.incident_key == incident_key) & table.post_id.in_(some)
        found |= set(connection.execute(select(table.post_id).where(mine)).scalars())
    return found == set(post_ids)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
