"""Draw the charts of one evaluation: reliability and confusion of each question."""

from pathlib import Path

import numpy as np

from nlp.inference.model_files import LABELS, Head
from workshop.training.data.example import encode_labels
from workshop.training.model_card.charts import confusion, reliability
from workshop.training.model_card.scores import calibrated
from workshop.training.model_card.svg import alt_text
from workshop.training.model_card.thresholds import precision_at_recall, precision_recall
from workshop.training.train.held_out import Predictions

CURVE = "actionable-curve"


def draw_charts(predictions: Predictions, heads: dict[str, Head], threshold: float, title: str) -> dict[str, str]:
    """Return the charts by file name (without `.svg`).

    Args:
        predictions: predictions for held-out posts.
        heads: the fitted calibration.
        threshold: probability from which `actionable` is true.
        title: which posts they are.
    """
    right, probable = encode_labels(predictions.examples), calibrated(predictions, heads)
    pictures = {}
    for head, labels in LABELS.items():
        truth, shares = right[head], probable[head]
        if head == "actionable":
            yes = truth == 1
            predicted = (shares[:, 1] >= threshold).astype(np.int64)
            pictures[CURVE] = precision_recall(f"actionable, {title}", shares[:, 1], yes, threshold)
            pictures[f"{head}-reliability"] = reliability(f"{head}, {title}", shares[:, 1], yes)
        else:
            predicted = shares.argmax(axis=1)
            pictures[f"{head}-reliability"] = reliability(f"{head}, {title}", shares.max(axis=1), predicted == truth)
        pictures[f"{head}-confusion"] = confusion(f"{head}, {title}", labels, truth, predicted)
    return pictures


def describe_curve(predictions: Predictions, heads: dict[str, Head]) -> str:
    """Describe the precision-recall curve of `actionable` in one number."""
    yes = encode_labels(predictions.examples)["actionable"] == 1
    score = calibrated(predictions, heads)["actionable"][:, 1]
    return f"At 90 % recall `actionable` has a precision of {precision_at_recall(score, yes):.3f}."


def write_charts(pictures: dict[str, str], folder: Path) -> str:
    """Write the charts into this folder; return the card's image lines."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        (folder / f"{name}.svg").write_text(picture + "\n", encoding="utf-8")
    return "\n\n".join(f"![{alt_text(picture)}]({folder.name}/{name}.svg)" for name, picture in sorted(pictures.items()))
