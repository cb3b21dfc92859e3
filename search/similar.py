"""Find posts by meaning: similar to a post, or to a search."""

from collections.abc import Mapping

from search.engine import Engine
from search.filters import Filter, filter_clauses
from search.post_search import search_posts
from search.requests import run
from search.transport import parse_answer
from search.vectors import Near, VectorSource, as_list, fuse, knn_body, mapping

DEPTH = 100
"""Posts of each ranking that hybrid search merges."""


def similar_posts(
    engine: Engine | None,
    post_id: str,
    k: int,
    vectors: VectorSource,
    filters: Mapping[str, Filter] | None = None,
) -> list[Near]:
    """Return the `k` posts most similar to this one.

    Each with its cosine similarity, the most similar first.

    Without an engine, or on one without vectors, every post is compared exactly; `filters` then have no effect. Empty for a post that
    has no embedding.

    Raises:
        UnavailableError: the engine does not answer.
    """
    vector = vectors.embedding(post_id)
    found = [] if vector is None else _nearest(engine, vector, k + 1, vectors, filters or {})
    return [one for one in found if one[0] != post_id][:k]


def hybrid_posts(
    engine: Engine,
    words: str,
    vector: bytes,
    filters: Mapping[str, Filter],
    vectors: VectorSource,
    *,
    limit: int = 50,
) -> list[str]:
    """Return posts that match the words or their meaning, best first.

    `vector`: the embedding of the words. The two rankings are merged by reciprocal rank fusion.

    Raises:
        UnavailableError: the engine does not answer.
    """
    by_words = search_posts(engine, words, filters, limit=DEPTH).ids
    near = [post_id for post_id, _ in _nearest(engine, vector, DEPTH, vectors, filters)]
    if near and filters and mapping(engine.flavour) is None:  # the exact neighbours were not filtered
        near = _passing(engine, near, filters)
    return [post_id for post_id, _ in fuse(by_words, near)][:limit]


def _nearest(
    engine: Engine | None,
    vector: bytes,
    k: int,
    vectors: VectorSource,
    filters: Mapping[str, Filter],
) -> list[Near]:
    numbers = as_list(vector)
    if engine is None or numbers is None or mapping(engine.flavour) is None:
        return vectors.nearest(vector, k)
    answer = run(engine, "posts", knn_body(engine, numbers, k, list(filter_clauses(filters).values())))
    with parse_answer(engine.url):
        # Both engines score (1 + cosine) / 2.
        return [(str(hit["_id"]), 2 * float(hit["_score"]) - 1) for hit in answer["hits"]["hits"]][:k]


def _passing(engine: Engine, post_ids: list[str], filters: Mapping[str, Filter]) -> list[str]:
    clauses = [*filter_clauses(filters).values(), {"terms": {"post_id": post_ids}}]
    answer = run(engine, "posts", {"query": {"bool": {"filter": clauses}}, "size": len(post_ids), "_source": False})
    with parse_answer(engine.url):
        passing = {hit["_id"] for hit in answer["hits"]["hits"]}
    return [one for one in post_ids if one in passing]
