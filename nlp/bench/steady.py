"""Whether labels stay the same: shuffled, split, alone, on more threads; and how many are those of the encoder in 32 bits."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.annotation import Annotation, Quarantined
from core.config.city import City
from core.post import Post
from nlp.annotator import Annotator
from nlp.bench.lanes import make_plain
from nlp.bench.sample import SEED, as_posts
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import Weights
from nlp.inference.model_output import ModelOutput


def count_changes(city: City, texts: Sequence[str], cores: int) -> tuple[int, int]:
    """How many readings were compared, and how many differ in any label or in the last bit of a score.

    Each post is read shuffled twice, in parts of 1 to 40, alone, and on all cores, and compared with the reading of the whole.
    """
    posts = as_posts(texts)
    dice = random.Random(SEED)  # noqa: S311
    whole = _read(Annotator(city, threads=1), [posts])
    orders = [dice.sample(posts, len(posts)), dice.sample(posts, len(posts))]
    found = [_read(Annotator(city, threads=1), [order]) for order in orders]
    found.append(_read(Annotator(city, threads=1), _parts(posts, dice)))
    found.append(_read(Annotator(city, threads=1), [[post] for post in posts]))
    found.append(_read(Annotator(city, threads=cores), [posts]))
    changed = sum(other[key] != reading for other in found for key, reading in whole.items())
    return len(found) * len(posts), changed


def _parts(posts: Sequence[Post], dice: random.Random) -> list[Sequence[Post]]:
    parts, start = [], 0
    while start < len(posts):
        size = dice.randint(1, 40)
        parts.append(posts[start : start + size])
        start += size
    return parts


def _read(annotator: Annotator, batches: Sequence[Sequence[Post]]) -> dict[str, Annotation | Quarantined]:
    return {one.post_id: one for batch in batches for one in annotator.annotate(batch)}


def agreement(weights: Weights, texts: Sequence[str], folder: Path) -> dict[str, float]:
    """By head, the share of texts with the same label as the encoder in 32 bits gives; `embedding`: the least cosine."""
    ours = InferenceModel(weights, 1).read(texts)
    plain = InferenceModel(make_plain(weights, folder), 1).read(texts)
    found = {head: float(np.mean(_labels(ours, head) == _labels(plain, head))) for head in ours.logits}
    same = [
        {(t.start, t.end) for t in a} == {(t.start, t.end) for t in b}
        for a, b in zip(ours.tags, plain.tags, strict=True)
    ]
    return {
        **found,
        "places": float(np.mean(same)),
        "embedding": float((ours.embedding * plain.embedding).sum(axis=1).min()),
    }


def _labels(encoded: ModelOutput, head: str) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    probable = encoded.probabilities(head)
    if head == "actionable":
        return np.asarray(probable[:, 1] >= encoded.actionable_from, np.int64)
    return np.asarray(probable.argmax(axis=1), np.int64)
