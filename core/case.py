"""What the city is asked to do, and how far it has got: incidents, cases, and each step of a case with who, when and why."""

from typing import Literal

from core.kind import CaseKind
from core.records import Record, UtcDatetime

State = Literal["new", "assigned", "answered", "resolved", "rejected", "merged"]
STATES: tuple[str, ...] = ("new", "assigned", "answered", "resolved", "rejected", "merged")
OPEN: frozenset[str] = frozenset({"new", "assigned", "answered"})
"""States in which the city still has something to do (an answer alone does not mend the lamp)."""
ANSWERING: frozenset[str] = frozenset({"answered", "resolved", "rejected"})
"""The first of these stops the clock of the answer time."""

NEXT: dict[str, frozenset[str]] = {
    "new": frozenset({"assigned", "answered", "resolved", "rejected", "merged"}),
    "assigned": frozenset({"assigned", "answered", "resolved", "rejected", "merged"}),
    "answered": frozenset({"assigned", "answered", "resolved", "rejected", "merged"}),
    "resolved": frozenset({"assigned"}),
    "rejected": frozenset({"assigned"}),
    "merged": frozenset(),
}
"""Which state may follow which; reopening a closed case gives `assigned`."""


class Incident(Record):
    """Posts that speak of the same thing at the same place in the same days."""

    key: str
    topic: str
    place_key: str | None
    first_at: UtcDatetime
    last_at: UtcDatetime
    post_ids: tuple[str, ...]


class Case(Record):
    """What the city is asked to do, and why."""

    key: str
    """Ours, stable, ASCII, unique in the ledger; carries neither handle nor text."""
    incident_key: str
    title: str
    """One line, made of topic, place and the first words of the redacted text."""
    topic: str
    department: str
    priority: int
    """1 (low) to 5 (urgent): grows with distinct authors, never with reposts."""
    reason: str
    """The rule and the scores that made it a case."""
    post_ids: tuple[str, ...]
    received_at: UtcDatetime
    """When its first post reached us: the answer time runs from here."""
    due_at: UtcDatetime
    place: str | None = None
    district: str | None = None
    barrio: str | None = None
    lat: float | None = None
    lon: float | None = None
    state: State = "new"
    system: str = "casebook"
    """Who works it: `casebook` or the name of an outside system."""
    reference: str | None = None
    replay: bool = False
    kind: CaseKind | None = None
    """What is asked for, by vote of its posts; None: decided by a version that knew no kinds."""


class Transition(Record):
    """One step of a case."""

    case_key: str
    state: State
    at: UtcDatetime
    who: str
    """A desk user, a department, or the system (`escucha`, `rt`)."""
    why: str = ""


class Standing(Record):
    """Where a case stands in an outside system."""

    state: State | Literal["gone"]
    updated_at: UtcDatetime
    answered_at: UtcDatetime | None = None
    merged_into: str | None = None
    note: str = ""
