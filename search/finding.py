"""Find posts by words, and count them by field.

Filters of one field do not narrow the counts of that field: they show what another choice would give.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from core.records import Record
from search.engine import Engine
from search.post_search import MAX_RESULT, text_query
from search.requests import Index, run_many
from search.transport import parse_answer

Json = dict[str, Any]
FoundOrder = Literal["best", "newest", "oldest"]
MOST_VALUES = 200
"""Values counted of one field; a city has fewer districts, services and channels."""


class Found(Record):
    """Hold some of the posts that match, and the counts of all."""

    ids: tuple[str, ...]
    total: int
    counts: dict[str, dict[str, int]]
    """Number of matching posts by field and value."""


def find_posts(
    engine: Engine,
    words: str,
    filters: Mapping[str, str],
    *,
    population: str = "citizens",
    since: datetime | None = None,
    until: datetime | None = None,
    within: Sequence[str] | None = None,
    order: FoundOrder = "best",
    offset: int = 0,
    limit: int = 50,
    fields: Sequence[str] = (),
) -> Found:
    """Find posts by words within a population.

    All that match are counted by `fields`. `within`: only these posts, by their ids; None: all.

    Raises:
        UnavailableError: the engine does not answer.
    """
    newest = {"created_at": "asc" if order == "oldest" else "desc"}, {"post_id": "asc"}
    kept = [*population_query(population), *([] if within is None else [{"terms": {"post_id": list(within)}}])]
    size = max(0, min(limit, MAX_RESULT - offset))
    body = {
        "query": found_query(words, kept, filters, since, until),
        "from": offset if size else 0,
        "size": size,
        "sort": ["_score", *newest] if order == "best" and words.strip() else [*newest],
        "_source": False,
        "track_total_hits": True,
    }
    everything = found_query(words, kept, {}, since, until)
    queries: list[tuple[Index, Json]] = [("posts", body)]
    if fields:
        queries.append(("posts", counts_body(everything, filters, fields)))
    answers = run_many(engine, queries)
    return read_found(engine, answers[0], answers[-1], fields)


def count_each(
    engine: Engine,
    words: Sequence[str],
    filters: Mapping[str, str],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    within: Sequence[str] | None = None,
) -> list[int]:
    """Count the posts by citizens that each word finds.

    Raises:
        UnavailableError: the engine does not answer.
    """
    kept = [*population_query("citizens"), *([] if within is None else [{"terms": {"post_id": list(within)}}])]
    bodies: list[tuple[Index, Json]] = [
        ("posts", {"query": found_query(one, kept, filters, since, until), "size": 0, "track_total_hits": True})
        for one in words
    ]
    answers = run_many(engine, bodies)
    with parse_answer(engine.url):
        return [int(answer["hits"]["total"]["value"]) for answer in answers]


def found_query(
    words: str,
    population: Sequence[Json],
    filters: Mapping[str, str],
    since: datetime | None,
    until: datetime | None,
) -> Json:
    """Build the query of words, period, population and filters."""
    span = {"gte": since.isoformat() if since else None, "lt": until.isoformat() if until else None}
    clauses: list[Json] = [*population, *({"term": {name: {"value": value}}} for name, value in filters.items())]
    if since or until:
        clauses.append({"range": {"created_at": {name: value for name, value in span.items() if value}}})
    return {"bool": {"must": [text_query(words)] if words.strip() else [], "filter": clauses}}


def population_query(name: str) -> list[Json]:
    """Return the clauses of a population, as `ledger.read.messages.population` defines it.

    The populations divide all posts: citizens, spam, irrelevant, own.
    """
    own, spam, irrelevant = (
        {"term": {field: {"value": value}}} for field, value in (("own", True), ("spam", True), ("relevance", False))
    )
    excluded = {"citizens": [own, spam, irrelevant], "spam": [own], "irrelevant": [own, spam], "own": [], "all": []}[
        name
    ]
    needed = {"citizens": [], "spam": [spam], "irrelevant": [irrelevant], "own": [own], "all": []}[name]
    return [*needed, {"bool": {"must_not": excluded}}] if excluded else needed


def read_found(engine: Engine, hits: Json, counts: Json, fields: Sequence[str]) -> Found:
    """Parse the answers of the hits and of the counts."""
    with parse_answer(engine.url):
        aggregations = counts.get("aggregations") or {}
        by_field = {
            field: {
                str(b.get("key_as_string", b["key"])): int(b["doc_count"])
                for b in aggregations[field]["values"]["buckets"]
            }
            for field in fields
            if field in aggregations
        }
        return Found(
            ids=tuple(hit["_id"] for hit in hits["hits"]["hits"]), total=hits["hits"]["total"]["value"], counts=by_field
        )


def counts_body(query: Json, filters: Mapping[str, str], fields: Sequence[str]) -> Json:
    """Build the request that counts by field; `query` has no filters."""
    return {
        "query": query,
        "size": 0,
        "track_total_hits": True,
        "aggs": {
            field: {
                "filter": {"bool": {"filter": [{"term": {n: {"value": v}}} for n, v in filters.items() if n != field]}},
                "aggs": {"values": {"terms": {"field": field, "size": MOST_VALUES}}},
            }
            for field in fields
        },
    }
