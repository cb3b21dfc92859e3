"""Find issues that no service covers: groups of near vectors.

A group is a post and its near neighbours (a star). The post with most neighbours comes first, of equals the one with the lowest id: the
order of the input changes nothing, and a further post that is near to none changes no group.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NEAR = 0.5
"""Cosine of centred vectors from which two posts are about the same issue (`tests/unit/trends/test_emerging.py`)."""
REPRESENTATIVE = 3
Vectors = NDArray[np.float32]


def centred(vectors: Vectors) -> Vectors:
    """Return unit vectors without the direction that all posts share."""
    moved = vectors - vectors.mean(axis=0, keepdims=True)
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    unit: Vectors = (moved / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit


def groups(ids: Sequence[str], people: Sequence[str], vectors: Vectors, least: int, near: float = NEAR) -> list[list[int]]:
    """Return groups of posts by at least `least` people, centres first.

    Args:
        ids: of the posts; they decide between equals.
        people: authors of the posts.
        vectors: centred unit vectors, one row a post.
        least: different people of a group.
        near: cosine from which two posts are neighbours.
    """
    if not len(ids):
        return []
    close = vectors @ vectors.T >= near
    np.fill_diagonal(close, True)
    free = np.ones(len(ids), dtype=bool)
    found: list[list[int]] = []
    while True:
        degrees = (close & free).sum(axis=1) * free
        best = min((n for n in range(len(ids)) if free[n]), key=lambda n: (-int(degrees[n]), ids[n]), default=None)
        if best is None or degrees[best] < least:
            return found
        members = [int(n) for n in np.flatnonzero(close[best] & free)]
        free[members if len({people[n] for n in members}) >= least else [best]] = False
        if len({people[n] for n in members}) >= least:
            found.append([best, *(n for n in members if n != best)])


def neighbours(centre: Vectors, vectors: Vectors, near: float = NEAR) -> list[int]:
    """Return the rows of `vectors` that are near to a centre."""
    return [int(n) for n in np.flatnonzero(vectors @ centre >= near)]


def representative(vectors: Vectors, members: Sequence[int], ids: Sequence[str]) -> list[str]:
    """Return the ids of the posts nearest to the group's mean."""
    mean = vectors[list(members)].mean(axis=0)
    ordered = sorted(members, key=lambda n: (-float(vectors[n] @ mean), ids[n]))
    return [ids[n] for n in ordered[:REPRESENTATIVE]]
