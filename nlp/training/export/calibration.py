"""Makes scores honest: of the answers given with 0.8, eight in ten should be right. Fitted on answers to unseen posts."""

import numpy as np
import torch
from numpy.typing import NDArray

from nlp.inference.model_output import Floats, softmax


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
        value.backward()  # type: ignore[no-untyped-call, unused-ignore]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call, unused-ignore]
    return float(scale.detach()), tuple(round(float(move), 5) for move in moves.detach())


def apply(logits: Floats, scale: float, shift: tuple[float, ...]) -> Floats:
    """Probabilities from logits with a fitted scale and shift."""
    return softmax(np.asarray(logits * scale + np.array(shift, np.float32), np.float32))
