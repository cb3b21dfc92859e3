"""Load and save the trained weights of incident matching.

Both models, the vocabulary and the thresholds, in one file of arrays.
"""

from collections.abc import Mapping
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
    """Hold what `make train-incidents` writes."""

    pairs: Trees
    incidents: Trees
    vocabulary: Vocabulary
    join: float
    """Probability from which a post joins automatically."""
    suggest: float
    """Probability from which a match is suggested to a person."""

    def matcher(self, join: float | None = None) -> Matcher:
        """Return the matcher; `join` is the city's threshold, if it sets one."""
        threshold = self.join if join is None else join
        return Matcher(self.pairs, self.incidents, threshold, min(threshold, self.suggest))


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
        join, suggest, _ = arrays["scalars"].tolist()
        vocabulary = _vocabulary(arrays)
        weights = Weights(Trees.load(arrays, "pairs"), Trees.load(arrays, "incidents"), vocabulary, join, suggest)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(f"{path}: {error}; run `make train-incidents` to write it again") from None
    if names != (PAIR_FEATURES, INCIDENT_FEATURES):
        raise ConfigurationError(f"{path}: trained for other features than this version has; run `make train-incidents`")
    return weights


def load_vocabulary(path: Path = SHIPPED) -> Vocabulary:
    """Load the words and the map of trained weights, whatever their features.

    Raises:
        OSError: the file is missing or damaged.
    """
    with np.load(path, allow_pickle=False) as file:
        return _vocabulary(dict(file))


def _vocabulary(arrays: Mapping[str, Any]) -> Vocabulary:
    return Vocabulary(
        int(arrays["scalars"][2]),
        arrays["hashes"],
        arrays["counts"],
        arrays["mean"],
        arrays["map"].astype(np.float32),
        str(arrays["model"].item()),
    )


def save(weights: Weights, path: Path) -> None:
    """Write trained weights; the same weights give the same bytes."""
    vocabulary = weights.vocabulary
    arrays: dict[str, Any] = {
        **weights.pairs.arrays("pairs"),
        **weights.incidents.arrays("incidents"),
        "pair_features": np.array(PAIR_FEATURES),
        "incident_features": np.array(INCIDENT_FEATURES),
        "scalars": np.array([weights.join, weights.suggest, float(vocabulary.documents)]),
        "hashes": vocabulary.hashes,
        "counts": vocabulary.counts,
        "mean": vocabulary.mean,
        "map": vocabulary.map.astype(np.float16),
        "model": np.array(vocabulary.model),
    }
    np.savez_compressed(path, **arrays)
