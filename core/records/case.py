"""Define incidents, cases, their states and the transitions between them."""

from datetime import datetime
from typing import Literal

from core.records import Record, UtcDatetime
from core.records.kind import CaseKind
from core.records.priority import PriorityPoint

State = Literal["new", "assigned", "acknowledged", "answered", "resolved", "rejected", "merged"]
STATES: tuple[str, ...] = ("new", "assigned", "acknowledged", "answered", "resolved", "rejected", "merged")
"""`acknowledged`: the citizen was told that the report arrived; the answer time runs on."""
CASEBOOK = "casebook"
"""The built-in contact centre: its cases stay in the ledger and are worked on the desk; nothing is delivered."""

WAITING: frozenset[str] = frozenset({"new", "assigned", "acknowledged"})
"""States in which a citizen waits for an answer."""
OPEN: frozenset[str] = WAITING | {"answered"}
"""States in which the city still has something to do (an answer alone does not repair the lamp)."""
ANSWERING: frozenset[str] = frozenset({"answered", "resolved", "rejected"})
"""States in which no citizen waits for an answer any more. Whether one was given: `CaseRecord.answered_at`."""

NEXT: dict[str, frozenset[str]] = {
    "new": frozenset({"assigned", "acknowledged", "answered", "resolved", "rejected", "merged"}),
    "assigned": frozenset({"assigned", "acknowledged", "answered", "resolved", "rejected", "merged"}),
    "acknowledged": frozenset({"assigned", "acknowledged", "answered", "resolved", "rejected", "merged"}),
    "answered": frozenset({"assigned", "answered", "resolved", "rejected", "merged"}),
    "resolved": frozenset({"assigned"}),
    "rejected": frozenset({"assigned"}),
    "merged": frozenset(),
}
"""Allowed transitions; reopening a closed case gives `assigned`."""


def is_overdue(state: str, due_at: datetime, replay: bool, moment: datetime) -> bool:
    """Tell whether a case waits past its due date: the one definition.

    Desk, dashboards, reports, public page and export all use it. A case replayed from an archive is never overdue: its
    citizens asked years ago.

    >>> from datetime import UTC, datetime
    >>> is_overdue("assigned", datetime(2026, 3, 2, tzinfo=UTC), False, datetime(2026, 3, 3, tzinfo=UTC))
    True
    >>> is_overdue("acknowledged", datetime(2026, 3, 2, tzinfo=UTC), False, datetime(2026, 3, 3, tzinfo=UTC))
    True
    >>> is_overdue("answered", datetime(2026, 3, 2, tzinfo=UTC), False, datetime(2026, 3, 3, tzinfo=UTC))
    False
    """
    return state in WAITING and due_at < moment and not replay


class Incident(Record):
    """Group posts about the same problem, at one place, within days."""

    key: str
    topic: str
    place_key: str | None
    first_at: UtcDatetime
    last_at: UtcDatetime
    post_ids: tuple[str, ...]
    topic_certainty: float = 1.0
    """Of the vote of its posts on the topic; 1.0: a person set it."""


class Case(Record):
    """Describe what the city is asked to do, and why."""

    key: str
    """Escucha's key: stable, ASCII, unique in the ledger; contains neither handle nor text."""
    incident_key: str
    title: str
    """One line, made of topic, place and the first words of the redacted text."""
    topic: str
    department: str
    priority: int
    """1 (low) to 5 (urgent)."""
    reason: str
    """The rule and the scores that made it a case."""
    post_ids: tuple[str, ...]
    received_at: UtcDatetime
    """When its first post was received: the answer time starts here."""
    due_at: UtcDatetime
    place: str | None = None
    district: str | None = None
    barrio: str | None = None
    lat: float | None = None
    lon: float | None = None
    state: State = "new"
    system: str = CASEBOOK
    """System that owns it: `casebook` or the name of an outside system."""
    reference: str | None = None
    replay: bool = False
    kind: CaseKind | None = None
    """By majority of its posts; None: decided by a version without kinds."""
    topic_guess: str | None = None
    """What its posts vote for, too uncertain to decide: its topic is `other`, and staff are asked which service. None: decided."""
    priority_points: tuple[PriorityPoint, ...] = ()
    """What the priority is made of, by the profile's rules; a person may have set another one."""


class Transition(Record):
    """Record one change of a case's state: when, by whom and why."""

    case_key: str
    state: State
    at: UtcDatetime
    who: str
    """A desk user, a department, or the system (`escucha`, `rt`)."""
    why: str = ""


class ExternalStatus(Record):
    """Describe the state of a case in an outside system."""

    state: State | Literal["gone"]
    updated_at: UtcDatetime
    answered_at: UtcDatetime | None = None
    merged_into: str | None = None
    note: str = ""
