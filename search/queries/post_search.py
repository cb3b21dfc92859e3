"""Search posts by words, filters and time, page by page."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from core.records import Record
from search.connection.engine import Engine
from search.connection.transport import parse_answer
from search.queries.filters import Filter, check_names, filter_clauses, population_clauses
from search.queries.requests import Index, run, run_many
from search.queries.words import MAX_INPUT, terms_query

Json = dict[str, Any]
Order = Literal["best", "newest", "oldest"]

MAX_RESULT = 10_000
"""Largest offset plus limit that an engine accepts (max_result_window); `after` goes further."""
MAX_VALUES = 200
"""Values of a facet; a city has fewer districts, services and channels."""
SYNTAX = "AND|OR|NOT|PHRASE|PREFIX|PRECEDENCE|ESCAPE|WHITESPACE"
"""Syntax for posts of an older generation: "a phrase", -not, this|that, begin*."""
SORTS: dict[Order, list[Json]] = {
    "best": [{"_score": "desc"}, {"created_at": "desc"}, {"post_id": "asc"}],
    "newest": [{"created_at": "desc"}, {"post_id": "asc"}],
    "oldest": [{"created_at": "asc"}, {"post_id": "asc"}],
}
"""Each ends with the id, so that a page begins exactly where the one before ended. Pages of `best` are counted: the embedded engine gives
scores back rounded, and new posts change them."""


class Hits(Record):
    """Hold one page of a search: ids in order and the total."""

    ids: tuple[str, ...]
    total: int
    after: str | None = None
    """Where the next page begins; None: this is the last one."""
    facets: dict[str, dict[str, int]] = Field(default_factory=dict)
    """By field: how many posts have each value, most first, whatever is chosen of this field."""


def search_posts(
    engine: Engine,
    words: str,
    filters: Mapping[str, Filter],
    *,
    population: str = "all",
    offset: int = 0,
    limit: int = 50,
    since: datetime | None = None,
    until: datetime | None = None,
    within: Sequence[str] | None = None,
    without_sources: Sequence[str] = (),
    order: Order = "best",
    after: str | None = None,
    facets: Sequence[str] = (),
) -> Hits:
    """Find posts of a population that match all words and all filters.

    Without words the newest posts come first. A filter with several values takes any of them. `population`: citizens, spam, irrelevant,
    own, all. `within`: only these posts, by their ids; None: all. `without_sources`: no posts of these channels, in facets neither.
    `after`: the `after` of the page before.

    Raises:
        UnavailableError: the engine does not answer.
        ValueError: unknown filter, facet or population, or a wrong `after`.
    """
    order = "newest" if order == "best" and not words.strip() else order
    sort = SORTS[order]
    key = None if after is None else _after(after, (int,) if order == "best" else (int, str))
    if key is not None and order == "best":
        offset, key = int(key[0]), None
    size = max(0, min(limit, MAX_RESULT - offset))
    chosen = {name: clause for name, clause in filter_clauses(filters).items() if name in facets}
    always = {name: one for name, one in filters.items() if name not in facets}
    kept = [*_kept(population, within), *_without(without_sources), *filter_clauses(always).values()]
    body: Json = {"query": _query(words, kept, since, until), "size": size, "sort": sort, "_source": False, "track_total_hits": True}
    if chosen:
        body["post_filter"] = {"bool": {"filter": list(chosen.values())}}
    if facets:
        body["aggs"] = {name: _facet(name, chosen) for name in check_names(facets, "facet")}
    if key is not None:
        body["search_after"] = key
    elif size:
        body["from"] = offset
    answer = run(engine, "posts", body)
    with parse_answer(engine.url):
        found = _hits(answer, facets)
        last = answer["hits"]["hits"][-1]["sort"] if found.ids and len(found.ids) == size else None
    return found.model_copy(update={"after": last and json.dumps([offset + size] if order == "best" else last)})


def count_each(
    engine: Engine,
    words: Sequence[str],
    filters: Mapping[str, Filter],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    within: Sequence[str] | None = None,
) -> list[int]:
    """Count the posts by citizens that each word finds.

    Raises:
        UnavailableError: the engine does not answer.
    """
    clauses = [*_kept("citizens", within), *filter_clauses(filters).values()]
    bodies: list[tuple[Index, Json]] = [
        ("posts", {"query": _query(one, clauses, since, until), "size": 0, "track_total_hits": True}) for one in words
    ]
    answers = run_many(engine, bodies)
    with parse_answer(engine.url):
        return [int(answer["hits"]["total"]["value"]) for answer in answers]


def _kept(population: str, within: Sequence[str] | None) -> list[Json]:
    """Return the clauses of a population, and of chosen posts."""
    chosen = [] if within is None else [{"terms": {"post_id": list(within)}}]
    return [*population_clauses(population), *chosen]


def _without(sources: Sequence[str]) -> list[Json]:
    return [{"bool": {"must_not": [{"terms": {"source": list(sources)}}]}}] if sources else []


def _hits(answer: Json, facets: Sequence[str]) -> Hits:
    found = {
        name: {str(one.get("key_as_string", one["key"])): one["doc_count"] for one in part["values"]["buckets"]}
        for name, part in answer.get("aggregations", {}).items()
        if name in facets
    }
    return Hits(ids=tuple(hit["_id"] for hit in answer["hits"]["hits"]), total=answer["hits"]["total"]["value"], facets=found)


def _after(after: str, types: tuple[type, ...]) -> list[Any]:
    try:
        found = json.loads(after)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or [type(one) for one in found] != [*types]:
        raise ValueError("`after` is not the end of a page of this search")
    return found


def _facet(name: str, chosen: Mapping[str, Json]) -> Json:
    """Count the values of a field, ignoring its own filter."""
    others = [clause for other, clause in chosen.items() if other != name]
    values = {"terms": {"field": name, "size": MAX_VALUES}}
    return {"filter": {"bool": {"filter": others}} if others else {"match_all": {}}, "aggs": {"values": values}}


def _query(words: str, clauses: list[Json], since: datetime | None, until: datetime | None) -> Json:
    span = {"gte": since.isoformat() if since else None, "lt": until.isoformat() if until else None}
    if since or until:
        clauses = [*clauses, {"range": {"created_at": {name: value for name, value in span.items() if value}}}]
    return {"bool": {"must": [text_query(words)] if words.strip() else [], "filter": clauses}}


def text_query(words: str) -> Json:
    """Build the query for a user's input, in all languages.

    Posts of an older generation have no terms: they are searched by the engine's own analysis until the next one is filled. Never as
    query_string: its syntax reaches every field and fails on a single quote.
    """
    text = words[:MAX_INPUT].encode("utf-8", "replace").decode()
    older = {"simple_query_string": {"query": text, "fields": ["text", "text.folded"], "default_operator": "and", "flags": SYNTAX}}
    without_terms = {"bool": {"must": [older], "must_not": [{"exists": {"field": "terms"}}]}}
    return {"bool": {"should": [terms_query(text), without_terms], "minimum_should_match": 1}}
