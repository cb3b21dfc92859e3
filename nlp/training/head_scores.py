"""What the heads say of texts that did not teach them, how sure they may be, and how good they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from nlp.encoded import Floats, softmax
from nlp.grams import gram_logits
from nlp.measures import accuracy, f1, macro_f1
from nlp.training.example import Example, encode_answers
from nlp.training.head_fit import Trained
from nlp.training.head_sets import CITIZENS, HeadSets
from nlp.training.honest import SHIFTED, apply, fit_calibration
from nlp.training.pooled import Pooled
from nlp.training.thresholds import curve
from nlp.weights import LABELS, Head

SURE, COMPLAINTS = 0.9, 0.78
"""Precisions at which recall is read: of `actionable`, and of complaints."""


@dataclass
class Answered:
    """Logits of one head by set: as taught with the encoder (`before`), and as trained (`after`)."""

    head: str
    start: tuple[Floats, Floats, float]
    pooled: Pooled | None
    before: dict[str, Floats] = field(default_factory=dict)
    after: dict[str, Floats] = field(default_factory=dict)

    def ask(self, name: str, examples: Sequence[Example], trained: Trained) -> None:
        """Answer one set; what is written in half precision is asked in half precision."""
        if self.pooled is None:
            raise ValueError("what was sent from another process can answer nothing more")
        texts = [example.text for example in examples]
        x = self.pooled.of(texts)
        weight, bias, _ = self.start
        self.before[name] = x @ weight + bias
        halved = [
            np.asarray(part.astype(np.float16), np.float32) for part in (trained.weight, trained.bias, trained.grams)
        ]
        self.after[name] = np.asarray(x @ halved[0] + halved[1] + gram_logits(texts, halved[2]), np.float32)

    def without_pooled(self) -> "Answered":
        """Return it without what need not be sent to another process."""
        return replace(self, pooled=None)


def unseen(answered: Answered, sets: HeadSets) -> tuple[list[str], dict[str, tuple[Floats, NDArray[np.int64]]]]:
    """Return logits and right answers by set that chooses scale and threshold: the kept tenth, and authors left out."""
    found = {}
    for name in CITIZENS:
        examples = sets.examined(answered.head)[name]
        found[name] = (answered.after[name], encode_answers(examples)[answered.head])
    logits = np.concatenate([answered.after[author] for author in sets.incidents])
    posts = [post for author in sets.incidents for post in sets.incidents[author]]
    found["incidents_es"] = (logits, encode_answers(posts)[answered.head])
    return list(found), found


def calibrate(head: str, answered: Answered, sets: HeadSets) -> Head:
    """Fit scale and shift; each set counts the same."""
    _, found = unseen(answered, sets)
    logits = np.concatenate([logits for logits, _ in found.values()])
    right = np.concatenate([right for _, right in found.values()])
    counts = np.concatenate([np.full(len(right), 1 / len(right), np.float32) for _, right in found.values()])
    scale, shift = fit_calibration(logits, right, head in SHIFTED, counts)
    return Head(labels=LABELS[head], scale=round(scale, 5), shift=shift)


def limit_of(answered: Answered, fitted: Head, sets: HeadSets) -> float:
    """Return the probability from which a post is `actionable`: the best mean F1 over what citizens wrote (`CITIZENS`)."""
    _, found = unseen(answered, sets)
    probable = {name: apply(found[name][0], fitted.scale, fitted.shift)[:, 1] for name in CITIZENS}
    candidates = [round(float(value), 2) for value in np.arange(0.2, 0.71, 0.02)]
    return max(candidates, key=lambda value: sum(f1(p >= value, found[n][1] == 1) for n, p in probable.items()))


def measures(head: str, logits: Floats, right: NDArray[np.int64]) -> dict[str, float]:
    """Return the figures of one head on one set; none of them depends on scale or threshold."""
    if head == "actionable":
        score = softmax(logits)[:, 1]
        found = {"average precision": float(average_precision_score(right, logits[:, 1] - logits[:, 0]))}
        return found | {f"recall at precision {SURE}": recall_at(score, right == 1, SURE)}
    said = logits.argmax(axis=1)
    found = {"macro-F1": macro_f1(said, right), "accuracy": accuracy(said, right)}
    if head == "intent":
        found[f"complaint recall at precision {COMPLAINTS}"] = recall_at(softmax(logits)[:, 0], right == 0, COMPLAINTS)
    return found


def recall_at(score: Floats, truth: Any, precision: float) -> float:
    """Return the highest recall of a threshold with this precision or more."""
    return max((point.recall for point in curve(score, truth) if point.precision >= precision), default=0.0)
