"""Find the posts whose meaning is nearest to a post's."""

from collections.abc import Mapping

from search.engine import Engine
from search.filters import Filter, filter_clauses
from search.requests import run
from search.transport import parse_answer
from search.vectors import Near, VectorSource, as_list, knn_body, mapping


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
