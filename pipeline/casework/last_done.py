"""Find what a person did last and can take back."""

from datetime import datetime, timedelta
from typing import NamedTuple

from core.records.answer import Answer
from ledger import read
from ledger.cases.history import undo as undoing
from ledger.cases.history.changes import Change
from ledger.cases.history.entries import ESCUCHA
from pipeline.context import Context

UNDOABLE = frozenset(undoing.OPPOSITES)
"""Kinds of changes that can be undone."""

AT_ONCE = timedelta(seconds=30)
"""Time within which a form keeps a draft, changes the case and approves the draft."""


class LastDone(NamedTuple):
    """Hold the last change, the answers approved last, or both."""

    change: Change | None
    approved: tuple[Answer, ...] = ()


def last_done(context: Context, case_key: str, who: str) -> LastDone | None:
    """Return what this person did last on a case.

    None: nothing that can be taken back, or a colleague changed the case since.
    """
    change, approved = _change(context, case_key, who), _approved(context, case_key, who)
    if not approved or (change is not None and change.at > _moment(approved[-1])):
        return None if change is None else LastDone(change)
    last = approved[-1]
    together = change is not None and last.at <= change.at < last.at + AT_ONCE
    return LastDone(change if together else None, tuple(one for one in approved if one.batch == last.batch))


def can_undo(change: Change) -> bool:
    """Tell whether a change may be undone."""
    return change.what in UNDOABLE and bool(change.before) and not change.undone


def _change(context: Context, case_key: str, who: str) -> Change | None:
    work = read.case_work(context.ledger, case_key)
    by_people = [one for one in work.changes if one.who != ESCUCHA] if work is not None else []
    last = by_people[-1] if by_people else None
    if last is None or last.who != who or not can_undo(last):
        return None
    steps = [one.at for one in read.transitions(context.ledger, case_key)]
    return None if steps and steps[-1] > last.at else last  # a step after it is not undone with it


def _approved(context: Context, case_key: str, who: str) -> list[Answer]:
    found = read.answers(context.ledger, case_key=case_key, states=("approved",))
    return sorted((one for one in found if one.approved_by == who), key=lambda one: (_moment(one), one.key))


def _moment(answer: Answer) -> datetime:
    return answer.approved_at or answer.at
