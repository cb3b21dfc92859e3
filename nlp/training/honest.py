"""Makes scores honest: of the answers given with 0.8, eight in ten should be right. Fitted on answers to unseen posts."""

import numpy as np
import torch
from numpy.typing import NDArray

from nlp.encoded import Floats, softmax

BINS = 10


def fit_calibration(logits: Floats, right: NDArray[np.int64], shift: bool) -> tuple[float, tuple[float, ...]]:
    """Scale and shift for logits that were given to unseen posts, by greatest likelihood.

    Args:
        logits: [posts, labels].
        right: the column of the right answer.
        shift: also move each label; else one temperature for all, which never changes an answer.
    """
    x, y = torch.tensor(logits), torch.tensor(right)
    scale = torch.ones((), requires_grad=True)
    moves = torch.zeros(logits.shape[1], requires_grad=shift)
    optimizer = torch.optim.LBFGS([scale, moves] if shift else [scale], max_iter=200)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.cross_entropy(x * scale + moves, y)
        value.backward()
        return value

    optimizer.step(loss)
    return float(scale.detach()), tuple(round(float(move), 5) for move in moves.detach())


def calibration_error(probabilities: Floats, right: NDArray[np.int64]) -> float:
    """Expected calibration error (ECE): the mean gap between score and share right, over ten bins of equal width."""
    answered = probabilities.argmax(axis=1)
    return gap(probabilities.max(axis=1), answered == right)


def gap(scores: Floats, hits: NDArray[np.bool_]) -> float:
    """The mean gap between score and share of hits, over ten bins of equal width."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    total = 0.0
    for number in range(BINS):
        chosen = bins == number
        if chosen.any():
            total += float(chosen.mean()) * abs(float(scores[chosen].mean()) - float(hits[chosen].mean()))
    return total


def macro_f1(answered: NDArray[np.int64], right: NDArray[np.int64]) -> float:
    """The mean F1 over the labels that occur in `right`."""
    return float(np.mean([f1(answered == label, right == label) for label in np.unique(right)]))


def f1(answered: NDArray[np.bool_], right: NDArray[np.bool_]) -> float:
    """Harmonic mean of precision and recall of one yes-or-no answer."""
    both = float((answered & right).sum())
    return 2 * both / max(float(answered.sum() + right.sum()), 1.0)


def apply(logits: Floats, scale: float, shift: tuple[float, ...]) -> Floats:
    """Probabilities from logits with a fitted scale and shift."""
    return softmax(np.asarray(logits * scale + np.array(shift, np.float32), np.float32))
