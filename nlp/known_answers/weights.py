"""Load and save the trained weights of the matcher.

`make train-answers` writes them.
"""

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.runtime.one_filler import one_filler
from nlp.known_answers.features import ACCEPT, RANK

SHIPPED = Path(__file__).with_name("weights.npz")
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Space:
    """Move embeddings so that phrasings of one question lie close together.

    The mean of all phrasings is subtracted, and the directions in which phrasings of the same question differ most are shortened.
    """

    mean: Doubles
    """[384]"""
    directions: Doubles
    """[384, 16], orthonormal."""
    scales: Doubles
    """[16], what is kept of each direction."""

    def move(self, embeddings: NDArray[np.floating]) -> Doubles:
        """Return embeddings in this space, [posts, 384], unit length."""
        centred = _unit(np.asarray(embeddings, np.float64) - self.mean)
        return _unit(centred + (centred @ self.directions) * (self.scales - 1.0) @ self.directions.T)


def _unit(rows: Doubles) -> Doubles:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9), np.float64)


@dataclass(frozen=True)
class AnswerWeights:
    """Hold everything that was trained or calibrated."""

    model: str
    """`name@revision` of the encoder whose embeddings it was trained on."""
    space: Space
    rank: Doubles
    """By `RANK`: how much each likeness counts in the order of the answers."""
    accept: Doubles
    """By `ACCEPT`: the logistic regression that tells whether the first answer is the right one."""
    bias: float
    threshold: float
    """Probability from which on a post is answered."""
    promised: float
    """Bound on the share of all questions that get a wrong answer."""
    questions: int
    """Labelled questions that the threshold was derived from."""


def save(weights: AnswerWeights, path: Path = SHIPPED) -> None:
    """Write weights to a file of arrays."""
    scalars = [weights.bias, weights.threshold, weights.promised, weights.questions]
    np.savez_compressed(
        path,
        model=np.array(weights.model),
        rank_names=np.array(RANK),
        accept_names=np.array(ACCEPT),
        mean=weights.space.mean.astype(np.float32),
        directions=weights.space.directions.astype(np.float32),
        scales=weights.space.scales.astype(np.float32),
        rank=weights.rank,
        accept=weights.accept,
        scalars=np.array(scalars),
    )


@one_filler(maxsize=16)
def load(path: Path = SHIPPED) -> AnswerWeights:
    """Load trained weights.

    Raises:
        ModelError: the file is missing, damaged, or was trained for other features.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = dict(file)
        if (tuple(arrays["rank_names"].tolist()), tuple(arrays["accept_names"].tolist())) != (RANK, ACCEPT):
            raise ValueError("trained for other features")
        bias, threshold, promised, questions = arrays["scalars"].tolist()
        doubles = {name: arrays[name].astype(np.float64) for name in ("mean", "directions", "scales", "rank", "accept")}
        return AnswerWeights(
            model=str(arrays["model"].item()),
            space=Space(doubles["mean"], doubles["directions"], doubles["scales"]),
            rank=doubles["rank"],
            accept=doubles["accept"],
            bias=bias,
            threshold=threshold,
            promised=promised,
            questions=int(questions),
        )
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise ModelError(f"{path}: {error}; write it again: make train-answers") from None
