"""Check that labels do not depend on order, batch, threads or precision.

Compares shuffled, split, single and multi-threaded runs, and the 32-bit encoder.
"""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.config.city import City
from core.records.annotation import Annotation, Quarantined
from core.records.post import Post
from nlp.annotator import Annotator
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import Weights
from nlp.inference.model_output import ModelOutput
from workshop.bench_reading.lanes import write_float_model
from workshop.bench_reading.sample import SEED, as_posts


def count_changed_labels(city: City, texts: Sequence[str], cores: int) -> tuple[int, int]:
    """Count the compared annotations, and those that differ in any bit.

    Each post is annotated in two shuffled orders, in parts of 1 to 40, alone, and on all cores, and compared with the run over all posts.
    """
    posts = as_posts(texts)
    rng = random.Random(SEED)  # noqa: S311
    whole = _annotate(Annotator(city, threads=1), [posts])
    orders = [rng.sample(posts, len(posts)), rng.sample(posts, len(posts))]
    found = [_annotate(Annotator(city, threads=1), [order]) for order in orders]
    found.append(_annotate(Annotator(city, threads=1), _random_batches(posts, rng)))
    found.append(_annotate(Annotator(city, threads=1), [[post] for post in posts]))
    found.append(_annotate(Annotator(city, threads=cores), [posts]))
    changed = sum(other[key] != annotation for other in found for key, annotation in whole.items())
    return len(found) * len(posts), changed


def _random_batches(posts: Sequence[Post], rng: random.Random) -> list[Sequence[Post]]:
    parts, start = [], 0
    while start < len(posts):
        size = rng.randint(1, 40)
        parts.append(posts[start : start + size])
        start += size
    return parts


def _annotate(annotator: Annotator, batches: Sequence[Sequence[Post]]) -> dict[str, Annotation | Quarantined]:
    return {one.post_id: one for batch in batches for one in annotator.annotate(batch)}


def float_agreement(weights: Weights, texts: Sequence[str], folder: Path) -> dict[str, float]:
    """Return the share of labels equal to those in 32 bits.

    The shares are by head.

    `embedding` is the lowest cosine similarity.
    """
    ours = InferenceModel(weights, 1).read(texts)
    plain = InferenceModel(write_float_model(weights, folder), 1).read(texts)
    found = {head: float(np.mean(_labels(ours, head) == _labels(plain, head))) for head in ours.logits}
    same = [{(t.start, t.end) for t in a} == {(t.start, t.end) for t in b} for a, b in zip(ours.tags, plain.tags, strict=True)]
    return {**found, "places": float(np.mean(same)), "embedding": float((ours.embedding * plain.embedding).sum(axis=1).min())}


def _labels(output: ModelOutput, head: str) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    probable = output.probabilities(head)
    if head == "actionable":
        return np.asarray(probable[:, 1] >= output.actionable_from, np.int64)
    return np.asarray(probable.argmax(axis=1), np.int64)
