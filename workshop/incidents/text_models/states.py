"""Encode posts once: pooled states and vectors of tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp.inference.encoder import Encoder
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from workshop.incidents.dataset import Author
from triage.incident_matching.post_features import STEM
from triage.incident_matching.subjects import text_folded
from triage.incident_matching.vocabulary import Vocabulary

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class States:
    """Hold an author's encoded posts, in the order of `forms`."""

    pooled: Array
    """[posts, layers * width]"""
    tokens: list[Array]
    """By post, [tokens, layers * width]: the states that the tagger of places reads."""
    rarity: list[Array]
    """By post, the weight of each token's word."""


def load_states(author: Author, words: Vocabulary, cache: Path) -> States:
    """Return the states of an author's posts, encoded once and cached."""
    path = cache / f"states-{author.name}.npz"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        found = encode([post.text for post in author.posts], words)
        ends = np.cumsum([len(one) for one in found.tokens])
        part = path.with_suffix(".part.npz")
        np.savez(
            part, pooled=found.pooled.astype(np.float16), tokens=np.concatenate(found.tokens).astype(np.float16),
            rarity=np.concatenate(found.rarity), ends=ends,
        )  # fmt: skip
        part.rename(path)
    with np.load(path, allow_pickle=False) as file:
        cuts = file["ends"][:-1]
        tokens, rarity = np.split(file["tokens"].astype(np.float32), cuts), np.split(file["rarity"], cuts)
        return States(file["pooled"].astype(np.float32), tokens, rarity)


def encode(texts: Sequence[str], words: Vocabulary) -> States:
    """Encode texts; of a long one the first window."""
    weights = load_weights(MODELS / DEFAULT)
    pooled = np.zeros((len(texts), len(weights.tensors["vector.weight"])), np.float32)
    tokens, rarity = [np.zeros((0, 0))] * len(texts), [np.zeros(0)] * len(texts)
    for batch in Encoder(weights.folder, threads=1).encode(texts):
        pooled[batch.rows] = batch.pooled.reshape(len(batch.rows), -1)
        for at, row in enumerate(batch.rows):
            spans = batch.offsets[at]
            own = [k for k, (start, end) in enumerate(spans) if end > start]
            tokens[row] = batch.states[at][own]
            rarity[row] = np.array([_rarity(batch.read[at], *spans[k], words) for k in own])
    return States(pooled, tokens, rarity)


def _rarity(text: str, start: int, end: int, words: Vocabulary) -> float:
    """Return the weight of the word that a token is part of."""
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    folded = text_folded(text[start:end]).split()
    return words.weight(folded[0][:STEM]) if folded else 0.0


def max_sim(one: Sequence[Array], weights: Sequence[Array], earlier: Array, later: Array) -> Array:
    """Return the mean best likeness of the tokens of each pair.

    [pairs, 2]: tokens of the later post in the earlier one, and the other way round; weighted.

    Args:
        one: by post, unit vectors of its tokens.
        weights: by post, the weight of each token.
        earlier, later: the posts of each pair, sorted by `later`.
    """
    found = np.zeros((len(earlier), 2), np.float32)
    starts = np.flatnonzero(np.diff(later, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], len(later)], strict=True):
        own, others = int(later[start]), [int(at) for at in earlier[start:stop]]
        if not len(one[own]):
            continue
        sizes = np.array([len(one[at]) for at in others])
        keep = sizes > 0
        if not keep.any():
            continue
        kept = [at for at, good in zip(others, keep, strict=True) if good]
        likeness = one[own] @ np.concatenate([one[at] for at in kept]).T
        begins = np.concatenate([[0], np.cumsum(sizes[keep])[:-1]])
        there = np.maximum.reduceat(likeness, begins, axis=1)
        back = likeness.max(axis=0) * np.concatenate([weights[at] for at in kept])
        total = np.add.reduceat(np.concatenate([weights[at] for at in kept]), begins)
        rows = start + np.flatnonzero(keep)
        found[rows, 0] = weights[own] @ there / max(1e-6, float(weights[own].sum()))
        found[rows, 1] = np.add.reduceat(back, begins) / np.maximum(1e-6, total)
    return found
