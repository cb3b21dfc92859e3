"""Find the posts whose meaning is nearest to a post's."""

from collections.abc import Sequence
from typing import Any, Protocol

from search.connection.engine import Engine
from search.connection.transport import parse_answer
from search.index.vectors import FIELD, as_list, mapping
from search.queries.requests import run

Json = dict[str, Any]
Near = tuple[str, float]
"""A post id and its cosine similarity."""
CANDIDATES = 4
"""How many times `k` neighbours each shard looks at."""


class VectorSource(Protocol):
    """Give the embeddings of posts, and their exact neighbours."""

    def embedding(self, post_id: str) -> bytes | None:
        """Return a post's embedding, float16; None without one."""

    def nearest(self, vector: bytes, k: int) -> list[Near]:
        """Return the `k` nearest posts, nearest first."""


def similar_posts(engine: Engine | None, post_id: str, k: int, vectors: VectorSource) -> list[Near]:
    """Return the `k` posts most similar to this one.

    Each with its cosine similarity, the most similar first.

    Without an engine, or on one without vectors, every post is compared exactly. Empty for a post that has no embedding.

    Raises:
        UnavailableError: the engine does not answer.
    """
    vector = vectors.embedding(post_id)
    found = [] if vector is None else _nearest(engine, vector, k + 1, vectors)
    return [one for one in found if one[0] != post_id][:k]


def _nearest(engine: Engine | None, vector: bytes, k: int, vectors: VectorSource) -> list[Near]:
    numbers = as_list(vector)
    if engine is None or numbers is None or mapping(engine.flavour) is None:
        return vectors.nearest(vector, k)
    answer = run(engine, "posts", _knn_body(engine, numbers, k))
    with parse_answer(engine.url):
        # Both engines score (1 + cosine) / 2.
        return [(str(hit["_id"]), 2 * float(hit["_score"]) - 1) for hit in answer["hits"]["hits"]][:k]


def _knn_body(engine: Engine, vector: Sequence[float], k: int) -> Json:
    """Return the search for the `k` nearest posts."""
    if engine.flavour == "opensearch":
        query = {"knn": {FIELD: {"vector": list(vector), "k": k}}}
        return {"query": query, "size": k, "_source": False}
    knn = {"field": FIELD, "query_vector": list(vector), "k": k, "num_candidates": max(100, CANDIDATES * k)}
    return {"knn": knn, "size": k, "_source": False}
