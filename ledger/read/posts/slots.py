"""Divide time into stretches, for counting in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, literal

from ledger import schema


class Slot(NamedTuple):
    """Count the posts of one stretch of time and one topic."""

    number: int
    """Position of the stretch, from 0."""
    topic: str | None
    posts: int
    complaints: int


def slot_of(bounds: Sequence[datetime]) -> ColumnElement[int]:
    """Return the stretch of a post by binary search.

    A month needs five comparisons a post, not thirty.
    """
    return _slot(bounds, 0, len(bounds) - 1)


def _slot(bounds: Sequence[datetime], first: int, last: int) -> ColumnElement[int]:
    if last - first == 1:
        return literal(first)
    middle = (first + last) // 2
    earlier = schema.posts.c.created_at < bounds[middle]
    return case((earlier, _slot(bounds, first, middle)), else_=_slot(bounds, middle, last))
