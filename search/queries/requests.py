"""Send queries to the engine; a partial answer counts as a failure."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal

from core.errors import EscuchaError, UnavailableError
from search.connection.engine import Engine
from search.connection.transport import is_outage, parse_answer, translate_errors
from search.index.generations import read_state
from search.index.templates import CASES, POSTS

Json = dict[str, Any]
Index = Literal["posts", "cases"]

ALIAS: dict[Index, str] = {"posts": POSTS, "cases": CASES}


def run(engine: Engine, index: Index, body: Json) -> Json:
    """Run one query. Partial results count as a failure.

    Raises:
        UnavailableError: the engine, or one of its shards, does not answer.
        EscuchaError: the engine rejected the query.
    """
    with translate_errors(engine.url):
        answer = engine.client.search(
            index=engine.name(ALIAS[index]), ignore_unavailable=True, allow_partial_search_results=False, body=body
        )
    return _check_complete(engine, answer.body)


def run_many(engine: Engine, queries: Sequence[tuple[Index, Json]]) -> list[Json]:
    """Run several queries in one request; results come in the same order.

    Errors are those of `run`.
    """
    if not queries:
        return []
    lines: list[Json] = []
    for index, body in queries:
        lines += [{"index": engine.name(ALIAS[index]), "ignore_unavailable": True, "allow_partial_search_results": False}, body]
    with translate_errors(engine.url):
        answers = engine.client.msearch(searches=lines)["responses"]
    if not isinstance(answers, list) or len(answers) != len(queries):
        raise UnavailableError(f"search engine {engine.url} did not answer every query: is there a proxy in between?")
    return [_check_complete(engine, answer) for answer in answers]


def parsing(engine: Engine) -> AbstractContextManager[None]:
    """Guard the parsing of an answer: an unexpected format raises UnavailableError."""
    return parse_answer(engine.url)


def _check_complete(engine: Engine, answer: Json) -> Json:
    with parse_answer(engine.url):
        if "error" in answer:
            raise _error_of(engine, answer)
        shards = answer["_shards"]
        if shards["failed"] or answer["timed_out"]:
            raise UnavailableError(f"search engine {engine.url}: {shards['failed']} of {shards['total']} shards did not answer")
        is_empty = shards["total"] == 0
    if is_empty:
        _raise_if_filling(engine)
    return answer


def _raise_if_filling(engine: Engine) -> None:
    state = read_state(engine)
    if state.serving is None and state.building is not None:
        raise UnavailableError(
            f"search engine {engine.url}: the index is being filled for the first time and can be searched when it is whole"
        )


def _error_of(engine: Engine, answer: Json) -> EscuchaError:
    cause = (answer["error"].get("root_cause") or [answer["error"]])[0]
    reason = f"{cause.get('type')}: {cause.get('reason')}"
    if is_outage(int(answer.get("status") or 0), str(cause.get("type"))):
        return UnavailableError(f"search engine {engine.url} cannot answer now: {reason}")
    return EscuchaError(f"search engine {engine.url} rejected the query (HTTP {answer.get('status')}): {reason}")
