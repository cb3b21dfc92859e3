"""Score predictions by set, with intervals where the set is small."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.evaluation.metrics import accuracy, bootstrap, calibration_error, f1, macro_f1, precision, recall
from nlp.inference.model_files import LABELS, Head
from nlp.inference.model_output import Floats, softmax
from workshop.training.data.example import encode_labels
from workshop.training.data.place_tags import true_spans
from workshop.training.train.held_out import Predictions


@dataclass
class Table:
    """Collect rows of a markdown table."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def text(self) -> str:
        """Return the table in markdown."""
        lines = [self.head, ("---",) * len(self.head), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def calibrated(predictions: Predictions, heads: dict[str, Head]) -> dict[str, Floats]:
    """Return calibrated probabilities by head, [posts, labels]."""
    return {
        name: softmax(np.asarray(values * heads[name].scale + np.array(heads[name].shift), np.float32))
        for name, values in predictions.logits.items()
    }


def score_heads(predictions: Predictions, heads: dict[str, Head], actionable_from: float, intervals: bool) -> Table:
    """Score each head in one row.

    Columns: macro-F1 and accuracy, for `actionable` F1, precision and recall of true, and the calibration error.
    """
    right, probabilities = encode_labels(predictions.examples), calibrated(predictions, heads)
    table = Table(("head", "macro-F1", "accuracy", "F1 of true", "precision", "recall", "ECE", "posts"))
    for head in LABELS:
        probable, truth = probabilities[head], right[head]
        if not (truth >= 0).any():
            continue
        predicted = probable.argmax(axis=1)
        if head == "actionable":
            predicted = (probable[:, 1] >= actionable_from).astype(np.int64)
        known = truth >= 0
        cells = [format_metric(measure, predicted[known], truth[known], intervals) for measure in (macro_f1, accuracy)]
        if head == "actionable":
            yes, really = predicted[known] == 1, truth[known] == 1
            cells.append(format_metric(f1, yes, really, intervals))
            cells += [f"{measure(yes, really):.3f}" for measure in (precision, recall)]
            error = calibration_error(probable[known, 1], really)
        else:
            cells += ["", "", ""]
            error = calibration_error(probable[known].max(axis=1), probable[known].argmax(axis=1) == truth[known])
        table.rows.append((head, *cells, f"{error:.3f}", str(int(known.sum()))))
    return table


def score_places(predictions: Predictions, tagger: str = "places") -> str:
    """Score the tagger's spans: exact and overlapping agreement with the labels."""
    exact = marked = labelled = touched = found = 0
    for example, spans in zip(predictions.examples, predictions.spans[tagger], strict=True):
        names = example.places if tagger == "places" else example.locations
        truth, predicted = true_spans(example.text, names or ()), {(start, end) for start, end, _ in spans}
        exact, marked, labelled = exact + len(truth & predicted), marked + len(predicted), labelled + len(truth)
        touched += sum(any(a < d and c < b for c, d in truth) for a, b in predicted)
        found += sum(any(a < d and c < b for c, d in predicted) for a, b in truth)
    return (
        f"exact F1 {2 * exact / max(marked + labelled, 1):.3f}; overlapping: precision {touched / max(marked, 1):.3f}, "
        f"recall {found / max(labelled, 1):.3f} ({labelled} places)"
    )


def by_label(predictions: Predictions, head: str) -> Table:
    """Return F1 of each label of a head."""
    truth, predicted = encode_labels(predictions.examples)[head], predictions.logits[head].argmax(axis=1)
    table = Table((head, "F1", "posts"))
    for number, label in enumerate(LABELS[head]):
        table.rows.append((label, f"{f1(predicted == number, truth == number):.2f}", str(int((truth == number).sum()))))
    return table


def format_metric(measure: Callable[..., float], predicted: NDArray[Any], truth: NDArray[Any], wanted: bool) -> str:
    """Format the metric, with its 95 % bootstrap interval if wanted."""
    return str(bootstrap(measure, predicted, truth)) if wanted else f"{measure(predicted, truth):.3f}"
