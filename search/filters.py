"""Build the engine's clauses for the filters of a search."""

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]
Value = str | bool
Filter = Value | Sequence[Value]
"""One value, or any of several."""

POST_FILTERS = frozenset(
    {"source", "kind", "own", "replay", "language", "sentiment", "intent", "topic", "actionable", "relevance", "spam", "district",
     "barrio", "decision", "case_kind", "case_key", "thread", "author"}
)  # fmt: skip


def check_names(names: Sequence[str], what: str) -> Sequence[str]:
    """Return the names.

    Raises:
        ValueError: a post has no such field to filter by.
    """
    unknown = sorted(set(names) - POST_FILTERS)
    if unknown:
        raise ValueError(f"unknown {what} {', '.join(unknown)}; known: {', '.join(sorted(POST_FILTERS))}")
    return names


def filter_clauses(filters: Mapping[str, Filter]) -> dict[str, Json]:
    """Return the engine's clause of each filter.

    Raises:
        ValueError: unknown filter.
    """
    check_names(list(filters), "filter")
    return {
        name: {"term": {name: {"value": one}}} if isinstance(one, str | bool) else {"terms": {name: list(one)}}
        for name, one in filters.items()
    }
