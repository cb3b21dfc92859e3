"""Define the events of a case that other systems are notified of."""

from typing import Any, Literal

from core.records import Record, UtcDatetime
from core.records.case import State

EventName = Literal["opened", "merged", "split", "answered", "closed", "reopened"]
EVENT_NAMES: tuple[EventName, ...] = ("opened", "merged", "split", "answered", "closed", "reopened")
_CLOSED: frozenset[str] = frozenset({"resolved", "rejected"})


class CaseEvent(Record):
    """Hold one event of a case.

    The case is described as it was then. It holds no text, author or place of a post.
    """

    id: str
    """Unique, and the same at every attempt to send it."""
    name: EventName
    case_key: str
    sequence: int
    """Revision of the case: grows with every event of one case, with gaps."""
    at: UtcDatetime
    data: dict[str, Any]


def event_of_step(before: str, after: State) -> EventName | None:
    """Return the event of a step between states; None without one.

    >>> event_of_step("resolved", "assigned"), event_of_step("assigned", "rejected"), event_of_step("new", "assigned")
    ('reopened', 'closed', None)
    """
    if before == after:
        return None
    if after in ("merged", "answered"):
        return after
    if after in _CLOSED:
        return None if before in _CLOSED else "closed"
    return "reopened" if before in _CLOSED or before == "merged" else None
