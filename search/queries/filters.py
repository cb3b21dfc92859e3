"""Build the engine's clauses for the filters of a search."""

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]
Value = str | bool
Filter = Value | Sequence[Value]
"""One value, or any of several."""

POST_FILTERS = frozenset(
    """
    source kind own replay language sentiment intent topic actionable relevance spam district barrio decision case_kind case_key
    thread author
    """.split()
)


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


POPULATIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "citizens": ((), ("own", "spam", "irrelevant")),
    "spam": (("spam",), ("own",)),
    "irrelevant": (("irrelevant",), ("own", "spam")),
    "own": (("own",), ()),
    "all": ((), ()),
}
"""What the posts of a population are, and are not; the first four divide all posts, as `ledger.read.posts.messages.population` does."""
_CONDITIONS: dict[str, Json] = {
    "own": {"term": {"own": {"value": True}}},
    "spam": {"term": {"spam": {"value": True}}},
    "irrelevant": {"term": {"relevance": {"value": False}}},
}


def population_clauses(name: str) -> list[Json]:
    """Return the engine's clauses of a population; none for `all`.

    Raises:
        ValueError: unknown population.

    >>> population_clauses("spam")
    [{'term': {'spam': {'value': True}}}, {'bool': {'must_not': [{'term': {'own': {'value': True}}}]}}]
    """
    if name not in POPULATIONS:
        raise ValueError(f"unknown population {name}; known: {', '.join(sorted(POPULATIONS))}")
    needed, excluded = POPULATIONS[name]
    found = [_CONDITIONS[one] for one in needed]
    return [*found, {"bool": {"must_not": [_CONDITIONS[one] for one in excluded]}}] if excluded else found
