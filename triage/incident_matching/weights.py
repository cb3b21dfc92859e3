"""Load and save what was trained: both models, the vocabulary and the bars, in one file of arrays."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ConfigurationError
from triage.incident_matching.incident_features import INCIDENT_FEATURES
from triage.incident_matching.matcher import Matcher
from triage.incident_matching.pair_features import PAIR_FEATURES
from triage.incident_matching.trees import Trees
from triage.incident_matching.vocabulary import Vocabulary

SHIPPED = Path(__file__).with_name("weights.npz")


@dataclass(frozen=True)
class Weights:
    """What `make train-incidents` writes."""

    pairs: Trees
    incidents: Trees
    vocabulary: Vocabulary
    join: float
    """Probability from which on the machine joins by itself."""
    suggest: float
    """Probability from which on a person is asked."""

    def matcher(self, join: float | None = None) -> Matcher:
        """Return the matcher; `join` is a bar of the city's own."""
        bar = self.join if join is None else join
        return Matcher(self.pairs, self.incidents, bar, min(bar, self.suggest))


@cache
def load(path: Path = SHIPPED) -> Weights:
    """Load trained weights.

    Raises:
        ConfigurationError: the file is missing, damaged, or was trained for other features.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        names = (tuple(arrays["pair_features"].tolist()), tuple(arrays["incident_features"].tolist()))
        join, suggest, documents = arrays["scalars"].tolist()
        vocabulary = Vocabulary(
            int(documents),
            arrays["hashes"],
            arrays["counts"],
            arrays["mean"],
            arrays["map"].astype(np.float32),
            str(arrays["model"].item()),
        )
        weights = Weights(Trees.load(arrays, "pairs"), Trees.load(arrays, "incidents"), vocabulary, join, suggest)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(f"{path}: {error}; write it anew: make train-incidents") from None
    if names != (PAIR_FEATURES, INCIDENT_FEATURES):
        raise ConfigurationError(f"{path}: trained for other features than this version has; make train-incidents")
    return weights


def save(weights: Weights, path: Path) -> None:
    """Write trained weights; the same weights give the same bytes."""
    words = weights.vocabulary
    arrays: dict[str, Any] = {
        **weights.pairs.arrays("pairs"),
        **weights.incidents.arrays("incidents"),
        "pair_features": np.array(PAIR_FEATURES),
        "incident_features": np.array(INCIDENT_FEATURES),
        "scalars": np.array([weights.join, weights.suggest, float(words.documents)]),
        "hashes": words.hashes,
        "counts": words.counts,
        "mean": words.mean,
        "map": words.map.astype(np.float16),
        "model": np.array(words.model),
    }
    np.savez_compressed(path, **arrays)
