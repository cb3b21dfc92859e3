"""Undo changes of cases, unless a later change depends on them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from core.errors import ChangeRefusedError
from ledger import schema
from ledger.cases.grouping import memberships
from ledger.cases.history import changes, entries as history
from ledger.cases.history.entries import UNDONE
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.delivery import merged_tickets, moves
from ledger.leases import must_hold
from ledger.mapping import changed_values
from ledger.processing.decisions import TRIAGE
from ledger.processing.labels import rewrite_labels

LATER = "something later depends on this change: undo that first"


def undo(ledger: Ledger, change_id: int, who: str, why: str, now: datetime) -> str:
    """Undo one change and return the key of its case.

    Hold the lease `triage` as `who`. A post that was erased or moved elsewhere since stays where it is.

    Raises:
        ChangeRefusedError: it was undone before, cannot be undone, or a later change depends on it.
    """
    with writing(ledger) as connection:
        must_hold(connection, TRIAGE, who)
        change = changes.locked_change(connection, change_id)
        opposite = OPPOSITES.get(change.what)
        if opposite is None or not change.before:
            raise ChangeRefusedError("this change cannot be undone")
        opposite(connection, change, who, now)
        changes.mark_undone(connection, change, who, why, now)
        history.audit(connection, who, f"undo {change.what}", change.case_key, why, now)
        return str(change.case_key)


def _set_back(connection: Connection, change: Row[Any], who: str, now: datetime) -> None:
    """Put the fields and the state of a case back.

    The state stays when it was changed again since.
    """
    case = history.locked_case(connection, change.case_key)
    if changes.later_changes(connection, change, change.what):
        raise ChangeRefusedError(LATER)
    fields = {name: value for name, value in _values(change.before).items() if name != "state"}
    history.touch(connection, change.case_key, vote_due=change.what in changes.PINNING, **fields)
    if change.what == "topic":
        moves.enqueue_move(connection, case, str(case.revision + 1), now)  # the undoing makes this revision
    if "state" in change.before and _made_last_step(connection, change):
        history.add_step(connection, change.case_key, change.before["state"], now, who, f"{UNDONE}{change.what}")


def _set_back_topic(connection: Connection, change: Row[Any], who: str, now: datetime) -> None:
    """Put the topic back, also of the posts corrected with it."""
    _set_back(connection, change, who, now)
    made, posts = schema.corrections, schema.posts
    with_it = (made.c.question == "topic") & (made.c.who == change.who) & (made.c.at == change.at)
    for post_id in list(connection.execute(delete(made).where(with_it).returning(made.c.post_id)).scalars()):
        rewrite_labels(connection, post_id)
        connection.execute(update(posts).where(posts.c.post_id == post_id).values(**changed_values(posts)))


def _made_last_step(connection: Connection, change: Row[Any]) -> bool:
    """Tell whether the newest step came with this change."""
    steps = schema.transitions.c
    newest = select(steps.at, steps.who).where(steps.case_key == change.case_key).order_by(steps.id.desc()).limit(1)
    last = connection.execute(newest).one_or_none()
    return last is not None and (last.at, last.who) == (change.at, change.who)


def _set_back_priority(connection: Connection, change: Row[Any], who: str, now: datetime) -> None:  # noqa: ARG001  same form
    """Put back the priority.

    Without another one set by a person it is computed."""
    history.locked_case(connection, change.case_key)
    if changes.later_changes(connection, change, change.what):
        raise ChangeRefusedError(LATER)
    history.touch(connection, change.case_key, priority_due=True, **_values(change.before))


def _set_back_state(connection: Connection, change: Row[Any], who: str, now: datetime) -> None:
    """Add a step back to the state before, unless another one followed."""
    case = history.locked_case(connection, change.case_key)
    if case.state != change.after["state"] or not _made_last_step(connection, change):
        raise ChangeRefusedError(LATER)
    history.add_step(connection, change.case_key, change.before["state"], now, who, f"{UNDONE}state")


def _not_aside(connection: Connection, change: Row[Any], who: str, now: datetime) -> None:  # noqa: ARG001  same form
    """Bring a case back that was put aside; being undone is enough."""
    history.locked_case(connection, change.case_key)


def _values(before: dict[str, Any]) -> dict[str, Any]:
    times = ("due_at", "received_at")
    return {name: datetime.fromisoformat(value) if name in times else value for name, value in before.items()}


def _unmerge(connection: Connection, change: Row[Any], who: str, now: datetime) -> None:
    """Open the merged case again with the posts that came from it."""
    key, before = change.after["case"], change.before
    locked = {one: history.locked_case(connection, one) for one in sorted((key, change.case_key))}
    case, target = locked[key], locked[change.case_key]
    if case.merged_into != target.case_key or target.state == "merged":
        raise ChangeRefusedError(LATER)
    post_ids = _still_there(connection, target, before["posts"])
    _return(connection, target, case, post_ids, who, now)
    others = [one for one in before["members"] if one not in set(before["posts"])]
    waiting = memberships.waiting_members(connection, target.incident_key, others)
    memberships.move_members(connection, waiting, case.incident_key, who, now)
    history.add_step(connection, key, before["state"], now, who, f"{UNDONE}merged into {target.case_key}")
    history.touch(connection, key, merged_into=None, parent=before["parent"])
    merged_tickets.enqueue_unmerge(connection, case, target.case_key, change.revision, now)
    if target.parent is None and before["target_parent"] is not None:
        history.touch(connection, target.case_key, parent=before["target_parent"])
    cases = schema.cases
    for name, column in (("children", cases.c.parent), ("merged", cases.c.merged_into)):
        back = cases.c.case_key.in_(before[name]) & (column == target.case_key)
        connection.execute(update(cases).where(back).values(**changed_values(cases), **{column.name: key}))
    pinned = changes.pinned_fields(connection, target.case_key)
    if not changes.later_changes(connection, change, "merge"):
        names = ("received_at", "due_at", *(() if "priority" in pinned else ("priority",)))
        times = {name: before[name] for name in names}
        history.touch(connection, target.case_key, **_values(times))


def _allow_again(connection: Connection, change: Row[Any], who: str, now: datetime) -> None:  # noqa: ARG001  same form
    """Delete the rulings that kept two cases apart."""
    history.locked_case(connection, change.case_key)
    rulings, before = schema.incident_rulings, change.before
    mine = rulings.c.incident_key.in_(before["incidents"]) & (rulings.c.who == before["who"])
    made = mine & ~rulings.c.same & (rulings.c.at == datetime.fromisoformat(before["at"]))
    connection.execute(delete(rulings).where(made))


def _move_back(connection: Connection, change: Row[Any], who: str, now: datetime) -> None:
    """Put posts that were split off or moved back into their case."""
    key = change.after["case"]
    locked = {one: history.locked_case(connection, one) for one in sorted((key, change.case_key))}
    there, case = locked[key], locked[change.case_key]
    if case.state == "merged" or there.state == "merged":
        raise ChangeRefusedError(LATER)
    post_ids = _still_there(connection, there, change.before["posts"])
    _return(connection, there, case, post_ids, who, now)
    if change.what == "split" and not memberships.posts_of(connection, key):
        history.add_step(connection, key, "merged", now, who, f"{UNDONE}split from {case.case_key}", case.case_key)
        history.touch(connection, key, merged_into=case.case_key)


def _return(connection: Connection, there: Row[Any], case: Row[Any], post_ids: Sequence[str], who: str, now: datetime) -> None:
    memberships.move_posts(connection, post_ids, case.case_key)
    memberships.move_members(connection, post_ids, case.incident_key, who, now)
    memberships.rule(connection, post_ids, there.incident_key, False, who, now)
    memberships.rule(connection, post_ids, case.incident_key, True, who, now)
    for key in (there.incident_key, case.incident_key):
        memberships.widen_incident(connection, key)
    for key in (there.case_key, case.case_key):
        memberships.recount(connection, key)
    memberships.deliver(connection, case, post_ids, now)


def _still_there(connection: Connection, case: Row[Any], post_ids: Sequence[str]) -> list[str]:
    now_there = set(memberships.posts_of(connection, case.case_key))
    return [one for one in post_ids if one in now_there]


OPPOSITES: dict[str, Callable[[Connection, Row[Any], str, datetime], None]] = {
    "assignee": _set_back,
    "department": _set_back,
    "topic": _set_back_topic,
    "place": _set_back,
    "priority": _set_back_priority,
    "state": _set_back_state,
    "publication": _set_back,
    "parent": _set_back,
    "merge": _unmerge,
    "split": _move_back,
    "move": _move_back,
    "apart": _allow_again,
    "aside": _not_aside,
}
