"""Everything the desk, the dashboards and the reports ask the search engine."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Literal

from core.errors import EscuchaError, UnavailableError
from core.records import Record
from search.circuit_breaker import CircuitBreaker
from search.engine import Engine, greeted
from search.templates import CASES, POSTS
from search.transport import is_outage, parse_answer, translate_errors

__all__ = ["CircuitBreaker", "Engine", "Hits", "greeted", "reading", "run", "run_many", "search_posts"]

Json = dict[str, Any]
Index = Literal["posts", "cases"]
Order = Literal["best", "newest"]

ALIAS: dict[Index, str] = {"posts": POSTS, "cases": CASES}
POST_FILTERS = frozenset(
    {"source", "kind", "own", "replay", "language", "sentiment", "intent", "topic", "actionable", "relevance", "spam", "district",
     "barrio", "decision", "case_kind", "case_key", "thread", "author"}
)  # fmt: skip
CASE_FILTERS = frozenset(
    {"state", "department", "kind", "topic", "district", "barrio", "source", "system", "is_open", "replay", "case_key"}
)
REACH = 10_000
"""The furthest hit an engine gives by page number."""
MAX_WORDS = 500
"""Characters of a search; what people type is shorter, and engines refuse queries of thousands of words."""
SYNTAX = "AND|OR|NOT|PHRASE|PREFIX|PRECEDENCE|ESCAPE|WHITESPACE"
"""What a person's words may do: "a phrase", -not, this|that, begin*. Fuzzy and near cost too much for what they find."""


class Hits(Record):
    """One page of a search: ids in order, and how many there are in all."""

    ids: tuple[str, ...]
    total: int


def search_posts(
    engine: Engine,
    words: str,
    filters: Mapping[str, str | bool],
    *,
    offset: int = 0,
    limit: int = 50,
    since: datetime | None = None,
    until: datetime | None = None,
    order: Order = "best",
) -> Hits:
    """Posts that have all these words and fit all filters; without words the newest.

    Raises:
        UnavailableError: the engine does not answer.
        ValueError: no such filter.
    """
    body = _body(words, ["text", "text.folded"], filters, POST_FILTERS, "created_at", since, until)
    return _page(engine, "posts", body, "post_id", "created_at", order if words.strip() else "newest", offset, limit)


def search_cases(
    engine: Engine,
    words: str,
    filters: Mapping[str, str | bool],
    *,
    offset: int = 0,
    limit: int = 50,
    since: datetime | None = None,
    until: datetime | None = None,
    order: Order = "best",
) -> Hits:
    """Cases whose title has all these words and that fit all filters; errors as in `search_posts`."""
    body = _body(words, ["title", "title.folded"], filters, CASE_FILTERS, "opened_at", since, until)
    return _page(engine, "cases", body, "case_key", "opened_at", order if words.strip() else "newest", offset, limit)


def _body(
    words: str,
    fields: list[str],
    filters: Mapping[str, str | bool],
    allowed: frozenset[str],
    time_field: str,
    since: datetime | None,
    until: datetime | None,
) -> Json:
    unknown = sorted(filters.keys() - allowed)
    if unknown:
        raise ValueError(f"no filter {', '.join(unknown)}; there are {', '.join(sorted(allowed))}")
    wanted: list[Json] = [{"term": {name: {"value": value}}} for name, value in filters.items()]
    span = {"gte": since.isoformat() if since else None, "lt": until.isoformat() if until else None}
    if since or until:
        wanted.append({"range": {time_field: {name: value for name, value in span.items() if value}}})
    return {"bool": {"must": [_words(words, fields)] if words.strip() else [], "filter": wanted}}


def _words(words: str, fields: list[str]) -> Json:
    """What a person typed. Never as query_string: its syntax reaches every field and fails on a lone quote."""
    clean = words[:MAX_WORDS].encode("utf-8", "replace").decode()
    return {
        "simple_query_string": {"query": clean, "fields": fields, "default_operator": "and", "flags": SYNTAX},
    }


def _page(
    engine: Engine, index: Index, query: Json, key: str, time_field: str, order: Order, offset: int, limit: int
) -> Hits:
    newest = [{time_field: "desc"}, {key: "asc"}]
    within = max(0, min(limit, REACH - offset))
    body = {
        "query": query,
        "from": offset if within else 0,
        "size": within,
        "sort": ["_score", *newest] if order == "best" else newest,
        "_source": False,
        "track_total_hits": True,
    }
    answer = run(engine, index, body)
    with parse_answer(engine.url):
        hits = answer["hits"]
        return Hits(ids=tuple(hit["_id"] for hit in hits["hits"]), total=hits["total"]["value"])


def run(engine: Engine, index: Index, body: Json) -> Json:
    """Ask for one panel. A part of the numbers is no answer: either all shards answered or it fails.

    Raises:
        UnavailableError: the engine does not answer, or not all of it.
        EscuchaError: it does not understand the question.
    """
    with translate_errors(engine.url):
        answer = engine.client.search(
            index=ALIAS[index], ignore_unavailable=True, allow_partial_search_results=False, body=body
        )
    return _whole(engine, answer.body)


def run_many(engine: Engine, questions: Sequence[tuple[Index, Json]]) -> list[Json]:
    """Ask for several panels in one request, answers in the same order; errors as in `run`."""
    if not questions:
        return []
    lines: list[Json] = []
    for index, body in questions:
        lines += [{"index": ALIAS[index], "ignore_unavailable": True, "allow_partial_search_results": False}, body]
    with translate_errors(engine.url):
        answers = engine.client.msearch(searches=lines)["responses"]
    if not isinstance(answers, list) or len(answers) != len(questions):
        raise UnavailableError(
            f"search engine {engine.url} did not answer every question: is there a proxy in between?"
        )
    return [_whole(engine, answer) for answer in answers]


def reading(engine: Engine) -> AbstractContextManager[None]:
    """Take numbers out of an answer; one of another form than expected raises UnavailableError."""
    return parse_answer(engine.url)


def _whole(engine: Engine, answer: Json) -> Json:
    with parse_answer(engine.url):
        if "error" in answer:
            raise _failed(engine, answer)
        shards = answer["_shards"]
        if shards["failed"] or answer["timed_out"]:
            raise UnavailableError(
                f"search engine {engine.url}: {shards['failed']} of {shards['total']} parts did not answer"
            )
    return answer


def _failed(engine: Engine, answer: Json) -> EscuchaError:
    cause = (answer["error"].get("root_cause") or [answer["error"]])[0]
    said = f"{cause.get('type')}: {cause.get('reason')}"
    if is_outage(int(answer.get("status") or 0), str(cause.get("type"))):
        return UnavailableError(f"search engine {engine.url} cannot answer now: {said}")
    return EscuchaError(f"search engine {engine.url} refused (HTTP {answer.get('status')}): {said}")
