"""Index the embeddings of posts, and find the posts nearest to one.

Elasticsearch and OpenSearch have approximate nearest neighbours. The embedded engine has none: its caller compares every post exactly
(`ledger.read.Vectors`), which also needs no memory of the engine.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np

from search.engine import Engine, Flavour

Json = dict[str, Any]
Near = tuple[str, float]
"""A post id and its cosine similarity."""

FIELD: Final = "embedding"
DIMENSIONS = 384
"""Of the annotator's embedding (`core.records.annotation.Annotation`): little-endian float16."""
CANDIDATES = 4
"""How many times `k` neighbours each shard looks at."""


class VectorSource(Protocol):
    """Give the embeddings of posts, and their exact neighbours."""

    def embedding(self, post_id: str) -> bytes | None:
        """Return a post's embedding, float16; None without one."""

    def nearest(self, vector: bytes, k: int) -> list[Near]:
        """Return the `k` nearest posts, nearest first."""


def mapping(flavour: Flavour) -> Json | None:
    """Return the mapping of the embedding; None without vector support."""
    if flavour == "elasticsearch":
        return {
            "type": "dense_vector",
            "dims": DIMENSIONS,
            "index": True,
            "similarity": "cosine",
            "index_options": {"type": "int8_hnsw"},
        }
    if flavour == "opensearch":
        method = {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"}
        return {"type": "knn_vector", "dimension": DIMENSIONS, "method": method}
    return None


def as_list(vector: bytes) -> list[float] | None:
    """Return an embedding as numbers.

    None for one of another length, or with a zero norm.
    """
    numbers = np.frombuffer(vector, dtype="<f2").astype(np.float32)
    if len(numbers) != DIMENSIONS or not np.isfinite(numbers).all() or not numbers.any():
        return None
    return [float(one) for one in numbers]


def documents_with(documents: Mapping[str, bytes], post_id: str) -> Json:
    """Return the embedding as a part of a post's document."""
    numbers = as_list(documents[post_id]) if post_id in documents else None
    return {FIELD: numbers} if numbers else {}


def knn_body(engine: Engine, vector: Sequence[float], k: int, filters: Sequence[Json]) -> Json:
    """Return the search for the `k` nearest posts that pass the filters."""
    condition = {"filter": {"bool": {"filter": list(filters)}}} if filters else {}
    if engine.flavour == "opensearch":
        query = {"knn": {FIELD: {"vector": list(vector), "k": k, **condition}}}
        return {"query": query, "size": k, "_source": False}
    knn = {
        "field": FIELD,
        "query_vector": list(vector),
        "k": k,
        "num_candidates": max(100, CANDIDATES * k),
        **condition,
    }
    return {"knn": knn, "size": k, "_source": False}
