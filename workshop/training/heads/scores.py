"""Score and calibrate the heads on texts they were not trained on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nlp.evaluation.metrics import accuracy, average_precision, macro_f1, recall_at
from nlp.evaluation.report import ACTIONABLE_PRECISION, ACTIONABLE_RECALL, COMPLAINT_PRECISION, COMPLAINT_RECALL
from nlp.inference.encoder import MAX_CHARACTERS
from nlp.inference.heads import raw_logits
from nlp.inference.model_files import CORRECTED, LABELS, Head
from nlp.inference.model_output import Floats, softmax
from nlp.text.sanitize import sanitize
from workshop.training.data.example import encode_labels
from workshop.training.export.calibration import BIASED_HEADS, fit_calibration
from workshop.training.heads.fit import Tensors
from workshop.training.heads.pooled import PooledCache
from workshop.training.heads.sets import CITIZENS, HeadSets

Logits = dict[str, Floats]


@dataclass
class HeadLogits:
    """Hold raw logits by set and head, before and after correction.

    `before`: as trained with the encoder.
    """

    start: Tensors
    pooled: PooledCache
    before: dict[str, Logits] = field(default_factory=dict)
    after: dict[str, Logits] = field(default_factory=dict)

    def compute(self, name: str, texts: Sequence[str], corrections: Tensors) -> None:
        """Compute the logits of one set."""
        x = self.pooled.of(texts)
        sanitized = [sanitize(text[:MAX_CHARACTERS]) for text in texts]
        self.before[name] = raw_logits(self.start, x, sanitized)
        self.after[name] = raw_logits(self.start | corrections, x, sanitized)


def calibrate(head: str, head_logits: HeadLogits, sets: HeadSets) -> Head:
    """Fit the scale on held-out texts, all sets weighted the same.

    These are the held-out tenth and the left-out authors.
    """
    calibration = {name: sets.evaluation_sets()[name] for name in CITIZENS} | sets.incidents
    counts = {name: 1 / len(posts) for name, posts in calibration.items()}
    counts |= {name: 1 / sum(map(len, sets.incidents.values())) for name in sets.incidents}
    scale, shift = fit_calibration(
        np.concatenate([head_logits.after[name][head] for name in calibration]),
        np.concatenate([encode_labels(posts)[head] for posts in calibration.values()]),
        shift=head in BIASED_HEADS,
        counts=np.concatenate([np.full(len(posts), counts[name], np.float32) for name, posts in calibration.items()]),
    )
    return Head(labels=LABELS[head], scale=round(scale, 5), shift=shift)


def score_head(head: str, logits: Floats, right: NDArray[np.int64]) -> dict[str, float]:
    """Return the metrics of one head on one set.

    None of them depends on the scale.
    """
    predicted = logits.argmax(axis=1)
    found = {"macro-F1": macro_f1(predicted, right), "accuracy": accuracy(predicted, right)}
    if head == "actionable":
        scores, truth = softmax(logits)[:, 1], right == 1
        found = {"average precision": average_precision(scores, truth), ACTIONABLE_RECALL: recall_at(scores, truth, ACTIONABLE_PRECISION)}
    if head == "intent":
        found[COMPLAINT_RECALL] = recall_at(softmax(logits)[:, 0], right == 0, COMPLAINT_PRECISION)
    return found


def agreement(head_logits: HeadLogits, name: str) -> dict[str, float]:
    """Return the share of unchanged labels in a set, by head."""
    before, after = head_logits.before[name], head_logits.after[name]
    return {head: accuracy(after[head].argmax(axis=1), before[head].argmax(axis=1)) for head in CORRECTED}
