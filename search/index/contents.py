"""Hash the documents of an index, to compare them with the ledger."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from core.errors import EscuchaError
from search.connection.engine import Engine
from search.connection.transport import parse_answer, translate_errors

NOT_COMPARED = ("embedding", "terms")
"""Derived from the post's text, and large: the engine may leave them out of what it gives back."""
PAGE = 2_000
HASH_BYTES = 16


def content_hash(document: Mapping[str, Any]) -> bytes:
    """Return the hash of a document's content, 16 bytes.

    The same for the document as it is sent and as the engine gives it back.

    >>> content_hash({"posts": 3, "answer_hours": 2.0}) == content_hash({"answer_hours": 2, "posts": 3})
    True
    """
    plain = orjson.loads(orjson.dumps(document, option=orjson.OPT_UTC_Z))
    compared = {name: _plain(value) for name, value in plain.items() if name not in NOT_COMPARED}
    return hashlib.blake2b(orjson.dumps(compared, option=orjson.OPT_SORT_KEYS), digest_size=HASH_BYTES).digest()


def _plain(value: Any) -> Any:
    """Write whole numbers without a fraction, as some engines give them back."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def stored_hashes(engine: Engine, index: str, key: str) -> dict[str, bytes]:
    """Return the content hash of every document in an index, by id.

    `key` is the field that holds the id. An index that does not exist has no documents.

    Raises:
        UnavailableError: the engine does not answer now.
    """
    with translate_errors(engine.url):
        engine.client.indices.refresh(index=index, ignore_unavailable=True)
    return dict(_pages(engine, index, key))


def _pages(engine: Engine, index: str, key: str) -> Iterator[tuple[str, bytes]]:
    after: list[str] | None = None
    while True:
        with translate_errors(engine.url):
            answer = engine.client.search(
                index=index,
                ignore_unavailable=True,
                allow_partial_search_results=False,
                source={"excludes": list(NOT_COMPARED)},
                size=PAGE,
                sort=[{key: "asc"}],
                search_after=after,
                track_total_hits=False,
            )
        with parse_answer(engine.url):
            hits = answer["hits"]["hits"]
            found = [(str(hit["_id"]), content_hash(hit["_source"])) for hit in hits]
            last = list(hits[-1]["sort"]) if hits else None
        yield from found
        if len(hits) < PAGE:
            return
        if last == after:
            raise EscuchaError(f"search engine {engine.url} repeats a page of documents after {after}")
        after = last
