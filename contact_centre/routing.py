"""Choose the queue and the field values of a case."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from contact_centre import ticket
from core.config.city import City
from core.records.case import Case
from core.records.post import Post

PriorityT = TypeVar("PriorityT", int, str)
Fact = Literal["topic", "department", "district", "barrio", "source"]
"""What a profile can put into a field of the outside system: `fields = { topic = "Tema" }`."""


def queue_of(city: City, case: Case, default: str) -> str:
    """Choose the queue by kind, then department, then default."""
    if queue := city.route(case.kind).queue:
        return queue
    own = [d.queue for d in city.departments if d.name == case.department and d.queue]
    return own[0] if own else default


def all_queues(city: City, default: str) -> list[str]:
    """List every queue a case of this city can go to, sorted."""
    of_kinds = {route.queue for route in city.kinds.values() if route.queue}
    return sorted({default, *of_kinds, *(d.queue for d in city.departments if d.queue)})


def field_values(city: City, fields: Mapping[Fact, str], case: Case, posts: Sequence[Post]) -> dict[str, str]:
    """Map each configured field to the case's value; leave out empty ones."""
    known: dict[Fact, str | None] = {
        "topic": ticket.service(city, case),
        "department": case.department,
        "district": case.district,
        "barrio": case.barrio,
        "source": posts[0].source if posts else None,
    }
    return {field: ticket.one_line(known[fact] or "") for fact, field in fields.items() if known[fact]}


def priority_of(priorities: Sequence[PriorityT], case: Case) -> PriorityT:
    """Translate our priority, 1 (low) to 5 (urgent), into the system's own.

    >>> from types import SimpleNamespace
    >>> priority_of((0, 25, 50, 75, 100), SimpleNamespace(priority=5))
    100
    """
    return priorities[min(max(case.priority, 1), 5) - 1]


def reopens(newest: datetime, closed_at: datetime, window: timedelta) -> bool:
    """Decide whether a post received at `newest` reopens a closed ticket.

    A post received before the closing reopens nothing: the person who closed the ticket had the matter before them.
    """
    return timedelta(0) <= newest - closed_at <= window
