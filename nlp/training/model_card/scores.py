"""How good the model is: scores by set, with intervals where the set is small."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.evaluation.metrics import accuracy, bootstrap, calibration_error, f1, macro_f1, precision, recall
from nlp.inference.model_files import LABELS, Head
from nlp.inference.model_output import Floats, softmax
from nlp.training.data.example import encode_answers
from nlp.training.data.place_tags import right_stretches
from nlp.training.train.held_out import Answers


@dataclass
class Table:
    """Rows of a markdown table."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def text(self) -> str:
        """The table in markdown."""
        lines = [self.head, ("---",) * len(self.head), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def calibrated(answers: Answers, heads: dict[str, Head]) -> dict[str, Floats]:
    """By head, [posts, labels]: what the answers are worth as probabilities."""
    return {
        name: softmax(np.asarray(values * heads[name].scale + np.array(heads[name].shift), np.float32))
        for name, values in answers.logits.items()
    }


def score_heads(answers: Answers, heads: dict[str, Head], actionable_from: float, intervals: bool) -> Table:
    """One row a head: macro-F1 and accuracy (for `actionable`: F1, precision, recall of true), and the calibration error."""
    right, probabilities = encode_answers(answers.examples), calibrated(answers, heads)
    table = Table(("head", "macro-F1", "accuracy", "F1 of true", "precision", "recall", "ECE", "posts"))
    for head in LABELS:
        probable, truth = probabilities[head], right[head]
        if not (truth >= 0).any():
            continue
        said = probable.argmax(axis=1)
        if head == "actionable":
            said = (probable[:, 1] >= actionable_from).astype(np.int64)
        known = truth >= 0
        cells = [in_words(measure, said[known], truth[known], intervals) for measure in (macro_f1, accuracy)]
        if head == "actionable":
            yes, really = said[known] == 1, truth[known] == 1
            cells.append(in_words(f1, yes, really, intervals))
            cells += [f"{measure(yes, really):.3f}" for measure in (precision, recall)]
            error = calibration_error(probable[known, 1], really)
        else:
            cells += ["", "", ""]
            error = calibration_error(probable[known].max(axis=1), probable[known].argmax(axis=1) == truth[known])
        table.rows.append((head, *cells, f"{error:.3f}", str(int(known.sum()))))
    return table


def score_places(answers: Answers, tagger: str = "places") -> str:
    """Exact and overlapping agreement of the tagger alone with the labelled places."""
    exact = marked = labelled = touched = found = 0
    for example, stretches in zip(answers.examples, answers.stretches[tagger], strict=True):
        names = example.places if tagger == "places" else example.locations
        truth, said = right_stretches(example.text, names or ()), {(start, end) for start, end, _ in stretches}
        exact, marked, labelled = exact + len(truth & said), marked + len(said), labelled + len(truth)
        touched += sum(any(a < d and c < b for c, d in truth) for a, b in said)
        found += sum(any(a < d and c < b for c, d in said) for a, b in truth)
    return (
        f"exact F1 {2 * exact / max(marked + labelled, 1):.3f}; overlapping: precision {touched / max(marked, 1):.3f}, "
        f"recall {found / max(labelled, 1):.3f} ({labelled} places)"
    )


def by_label(answers: Answers, head: str) -> Table:
    """F1 of each label of a head."""
    truth, said = encode_answers(answers.examples)[head], answers.logits[head].argmax(axis=1)
    table = Table((head, "F1", "posts"))
    for number, label in enumerate(LABELS[head]):
        table.rows.append((label, f"{f1(said == number, truth == number):.2f}", str(int((truth == number).sum()))))
    return table


def in_words(measure: Callable[..., float], said: NDArray[Any], truth: NDArray[Any], wanted: bool) -> str:
    """The measure, with its 95 % bootstrap interval when that is wanted."""
    return str(bootstrap(measure, said, truth)) if wanted else f"{measure(said, truth):.3f}"
