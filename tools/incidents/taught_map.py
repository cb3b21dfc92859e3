"""Learn a linear map of embeddings in which posts of one incident lie closer together than others.

Linear discriminant analysis with shrinkage: what differs between posts of one incident (who writes, how, in which language) counts
less, what differs between incidents counts more. Learned from other authors than those whose posts are compared.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.incidents.dataset import Author
from triage.incident_matching.post_features import PostFeatures, map_embedding

SHRINKAGE = 0.3
DIMENSIONS = 64
Matrix = npt.NDArray[np.float32]


def teach_map(authors: Sequence[Author]) -> Matrix:
    """Return the map [embedding, DIMENSIONS] learned from these authors' incidents, as it is stored."""
    everything = np.vstack([form.centred for author in authors for form in author.forms]).astype(np.float64)
    size = everything.shape[1]
    within = _within(authors)
    within = (1 - SHRINKAGE) * within + SHRINKAGE * np.trace(within) / size * np.eye(size)
    values, vectors = np.linalg.eigh(within)
    whiten = vectors / np.sqrt(values)
    values, vectors = np.linalg.eigh(whiten.T @ np.cov(everything.T) @ whiten)
    best = np.argsort(-values)[:DIMENSIONS]
    taught = whiten @ vectors[:, best] * np.sqrt(values[best] / values[best[0]])
    stored: Matrix = (taught / np.abs(taught).max()).astype(np.float16).astype(np.float32)
    return stored


def with_map(forms: Sequence[PostFeatures], taught: Matrix) -> list[PostFeatures]:
    """Return the forms as they are with this map."""
    return [replace(form, mapped=map_embedding(form.centred, taught)) for form in forms]


def _within(authors: Sequence[Author]) -> npt.NDArray[Any]:
    """Return the mean scatter inside incidents; a large incident does not rule."""
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
