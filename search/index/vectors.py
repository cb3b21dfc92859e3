"""Index the embeddings of posts.

Elasticsearch and OpenSearch have approximate nearest neighbours. The embedded engine has none: its caller compares every post exactly
(`ledger.read.Vectors`), which also needs no memory of the engine.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from search.connection.engine import Flavour

Json = dict[str, Any]

FIELD: Final = "embedding"
DIMENSIONS = 384
"""Of the annotator's embedding (`core.records.annotation.Annotation`): little-endian float16."""


def mapping(flavour: Flavour) -> Json | None:
    """Return the mapping of the embedding; None without vector support."""
    if flavour == "elasticsearch":
        return {"type": "dense_vector", "dims": DIMENSIONS, "index": True, "similarity": "cosine", "index_options": {"type": "int8_hnsw"}}
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
