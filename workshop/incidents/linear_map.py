"""Fit a linear map that brings posts of one incident together.

Linear discriminant analysis with shrinkage: variation within incidents (author, style, language) is scaled down, variation between
incidents up. It is fitted on other authors than those whose posts are compared.
"""

from collections import defaultdict
from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from workshop.incidents.dataset import Author

SHRINKAGE = 0.3
DIMENSIONS = 64
Matrix = npt.NDArray[np.float32]


def fit_map(authors: Sequence[Author]) -> Matrix:
    """Fit the map [embedding, DIMENSIONS] on these authors' incidents, in storage precision."""
    everything = np.vstack([form.centred for author in authors for form in author.forms]).astype(np.float64)
    size = everything.shape[1]
    within = _within(authors)
    within = (1 - SHRINKAGE) * within + SHRINKAGE * np.trace(within) / size * np.eye(size)
    values, vectors = np.linalg.eigh(within)
    whiten = vectors / np.sqrt(values)
    values, vectors = np.linalg.eigh(whiten.T @ np.cov(everything.T) @ whiten)
    best = np.argsort(-values)[:DIMENSIONS]
    fitted = whiten @ vectors[:, best] * np.sqrt(values[best] / values[best[0]])
    stored: Matrix = (fitted / np.abs(fitted).max()).astype(np.float16).astype(np.float32)
    return stored


def _within(authors: Sequence[Author]) -> npt.NDArray[Any]:
    """Return the mean within-incident scatter; weights grow with the root of size."""
    total, weight = 0.0, 0.0
    for author in authors:
        incidents: dict[str, list[npt.NDArray[Any]]] = defaultdict(list)
        for form in author.forms:
            if (name := author.gold[form.post_id].incident) is not None:
                incidents[name].append(form.centred)
        for vectors in incidents.values():
            if len(vectors) < 2:
                continue
            apart = np.array(vectors, dtype=np.float64) - np.mean(vectors, axis=0)
            total = total + apart.T @ apart / (len(vectors) - 1) * sqrt(len(vectors))
            weight += sqrt(len(vectors))
    return np.asarray(total) / weight
