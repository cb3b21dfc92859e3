"""Fit a projection that brings posts of one incident together, by contrast.

Supervised contrastive loss (Khosla 2020): each post of an incident is pulled to the others of it and pushed from all other posts of its
author, harder from those of a near miss, of the same street or of the same topic. Adam, all posts of an author at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from workshop.incidents.dataset import Author
from workshop.incidents.train import near_miss_pairs

Array = npt.NDArray[Any]
TEMPERATURE, STEPS, RATE = 0.1, 120, 2e-3
DROPPED = 0.2
"""Share of the inputs that are dropped at each step."""
NEAR_MISS, SAME_STREET, SAME_TOPIC = 4.0, 2.0, 1.5
"""How many posts of another incident each such post counts for."""


@dataclass(frozen=True)
class ProjectionHead:
    """Hold a projection: linear, or with one hidden layer beside it."""

    linear: Array
    hidden: Array | None = None
    out: Array | None = None

    def __call__(self, x: Array) -> Array:
        """Return unit vectors of these embeddings."""
        z = x @ self.linear
        if self.hidden is not None and self.out is not None:
            z = z + np.maximum(x @ self.hidden, 0) @ self.out
        return unit(z)


@dataclass(frozen=True)
class Contrast:
    """Hold which posts of one author attract and repel each other."""

    x: Array
    same: Array
    """[posts, posts] 1: of one incident."""
    pushes: Array
    """[posts, posts] logarithm of what a post counts for among those pushed away; the post itself -inf."""


def contrast(author: Author, x: Array) -> Contrast:
    """Return the contrast of an author's posts, with their embeddings `x`."""
    names = [author.gold[form.post_id].incident for form in author.forms]
    known = np.array([name is not None for name in names])
    same = np.array([[a is not None and a == b for b in names] for a in names]) & ~np.eye(len(names), dtype=bool)
    mistaken = near_miss_pairs(author)
    near = np.array([[frozenset((a, b)) in mistaken for b in names] for a in names])
    street = np.array([[not a.candidates.isdisjoint(b.candidates) for b in author.forms] for a in author.forms])
    topic = np.array([form.topic for form in author.forms])
    weight = np.where(near, NEAR_MISS, 1.0) * np.where(street & ~same, SAME_STREET, 1.0)
    weight = weight * np.where((topic[:, None] == topic[None, :]) & ~same, SAME_TOPIC, 1.0)
    pushes = np.where(np.eye(len(names), dtype=bool), -np.inf, np.log(weight))
    return Contrast(x.astype(np.float32), (same & known[:, None]).astype(np.float32), pushes.astype(np.float32))


def fit_head(some: Sequence[Contrast], start: Array, hidden: int, seed: int) -> ProjectionHead:
    """Fit a projection on these authors, from `start` [embedding, space] on."""
    random = np.random.default_rng(seed)
    size, space = start.shape
    values: list[Array] = [start.astype(np.float32)]
    if hidden:
        values.append((random.standard_normal((size, hidden)) / np.sqrt(size)).astype(np.float32))
        values.append(np.zeros((hidden, space), np.float32))
    first, second = [np.zeros_like(v) for v in values], [np.zeros_like(v) for v in values]
    for step in range(1, STEPS + 1):
        slopes = [np.zeros_like(v) for v in values]
        for one in some:
            kept = (random.random(one.x.shape) >= DROPPED).astype(np.float32) / (1 - DROPPED)
            for at, slope in enumerate(derivatives(one, one.x * kept, values)):
                slopes[at] += slope / len(some)
        for at, slope in enumerate(slopes):
            first[at] = 0.9 * first[at] + 0.1 * slope
            second[at] = 0.99 * second[at] + 0.01 * slope * slope
            scaled = first[at] / (1 - 0.9**step) / (np.sqrt(second[at] / (1 - 0.99**step)) + 1e-8)
            values[at] = values[at] - RATE * np.std(start) * size**0.5 * scaled
    return ProjectionHead(*values)


def derivatives(one: Contrast, x: Array, values: Sequence[Array]) -> list[Array]:
    """Return the derivative of the loss by each matrix."""
    z = x @ values[0]
    active = np.maximum(x @ values[1], 0) if len(values) > 1 else None
    if active is not None:
        z = z + active @ values[2]
    length = np.linalg.norm(z, axis=1, keepdims=True) + 1e-9
    u = z / length
    logits = u @ u.T / TEMPERATURE + one.pushes
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    friends = one.same.sum(axis=1, keepdims=True)
    anchors = friends > 0
    wrong = np.where(anchors, odds - one.same / np.maximum(friends, 1), 0) / max(1, int(anchors.sum()))
    by_u = (wrong + wrong.T) @ u / TEMPERATURE
    by_z = (by_u - u * (by_u * u).sum(axis=1, keepdims=True)) / length
    found = [x.T @ by_z]
    if active is not None:
        by_hidden = (by_z @ values[2].T) * (active > 0)
        found += [x.T @ by_hidden, active.T @ by_z]
    return found


def unit(x: Array) -> Array:
    """Scale rows to length one."""
    return np.asarray(x / (np.linalg.norm(x, axis=1, keepdims=True) + 1e-9))
