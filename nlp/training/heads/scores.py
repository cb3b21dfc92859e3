"""Score and calibrate the heads on texts they were not trained on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nlp.evaluation.metrics import Flags, accuracy, macro_f1
from nlp.inference.encoder import MAX_CHARACTERS
from nlp.inference.heads import raw_logits
from nlp.inference.model_files import CORRECTED, LABELS, Head
from nlp.inference.model_output import Floats, softmax
from nlp.text.sanitize import sanitize
from nlp.training.data.example import encode_answers
from nlp.training.export.calibration import fit_calibration
from nlp.training.heads.fit import Tensors
from nlp.training.heads.pooled import Pooled
from nlp.training.heads.sets import CITIZENS, HeadSets
from nlp.training.model_card.thresholds import curve

COMPLAINTS = 0.78
"""Precision at which the recall of complaints is measured."""
Logits = dict[str, Floats]


@dataclass
class Answered:
    """Raw logits by set and head: as trained with the encoder (`before`), and corrected (`after`)."""

    start: Tensors
    pooled: Pooled
    before: dict[str, Logits] = field(default_factory=dict)
    after: dict[str, Logits] = field(default_factory=dict)

    def ask(self, name: str, texts: Sequence[str], corrections: Tensors) -> None:
        """Compute the logits of one set."""
        x = self.pooled.of(texts)
        heard = [sanitize(text[:MAX_CHARACTERS]) for text in texts]
        self.before[name] = raw_logits(self.start, x, heard)
        self.after[name] = raw_logits(self.start | corrections, x, heard)


def calibrate(head: str, answered: Answered, sets: HeadSets) -> Head:
    """Fit the scale on held-out texts: the kept tenth, and authors left out; each set has the same weight."""
    asked = {name: sets.asked()[name] for name in CITIZENS} | sets.incidents
    counts = {name: 1 / len(posts) for name, posts in asked.items()}
    counts |= {name: 1 / sum(map(len, sets.incidents.values())) for name in sets.incidents}
    scale, shift = fit_calibration(
        np.concatenate([answered.after[name][head] for name in asked]),
        np.concatenate([encode_answers(posts)[head] for posts in asked.values()]),
        shift=False,
        counts=np.concatenate([np.full(len(posts), counts[name], np.float32) for name, posts in asked.items()]),
    )
    return Head(labels=LABELS[head], scale=round(scale, 5), shift=shift)


def measures(head: str, logits: Floats, right: NDArray[np.int64]) -> dict[str, float]:
    """Return the figures of one head on one set; none of them depends on the scale."""
    said = logits.argmax(axis=1)
    found = {"macro-F1": macro_f1(said, right), "accuracy": accuracy(said, right)}
    if head == "intent":
        found[f"complaint recall at precision {COMPLAINTS}"] = recall_at(softmax(logits)[:, 0], right == 0, COMPLAINTS)
    return found


def recall_at(score: Floats, truth: Flags, precision: float) -> float:
    """Return the highest recall of a threshold with this precision or more."""
    return max((point.recall for point in curve(score, truth) if point.precision >= precision), default=0.0)


def agreement(answered: Answered, name: str) -> dict[str, float]:
    """Return by head the share of texts of a set whose label is as before."""
    before, after = answered.before[name], answered.after[name]
    return {head: accuracy(after[head].argmax(axis=1), before[head].argmax(axis=1)) for head in CORRECTED}
