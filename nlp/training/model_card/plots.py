"""The pictures of one examination: for each question whether its scores mean what they say, and what is taken for what."""

from pathlib import Path

import numpy as np

from nlp.inference.model_files import LABELS, Head
from nlp.training.data.example import encode_answers
from nlp.training.model_card.charts import confusion, reliability
from nlp.training.model_card.scores import calibrated
from nlp.training.model_card.svg import words_of
from nlp.training.model_card.thresholds import precision_at_recall, precision_recall
from nlp.training.train.held_out import Answers

CURVE = "actionable-curve"


def draw_album(answers: Answers, heads: dict[str, Head], limit: float, title: str) -> dict[str, str]:
    """By name of its file (without `.svg`), each picture.

    Args:
        answers: what the model said of posts that taught nothing.
        heads: what makes its scores honest.
        limit: from which probability `actionable` is true.
        title: which posts they are.
    """
    right, probable = encode_answers(answers.examples), calibrated(answers, heads)
    pictures = {}
    for head, labels in LABELS.items():
        truth, shares = right[head], probable[head]
        if head == "actionable":
            yes = truth == 1
            said = (shares[:, 1] >= limit).astype(np.int64)
            pictures[CURVE] = precision_recall(f"actionable, {title}", shares[:, 1], yes, limit)
            pictures[f"{head}-reliability"] = reliability(f"{head}, {title}", shares[:, 1], yes)
        else:
            said = shares.argmax(axis=1)
            pictures[f"{head}-reliability"] = reliability(f"{head}, {title}", shares.max(axis=1), said == truth)
        pictures[f"{head}-confusion"] = confusion(f"{head}, {title}", labels, truth, said)
    return pictures


def in_words(answers: Answers, heads: dict[str, Head]) -> str:
    """What the curve of `actionable` says in one number."""
    yes = encode_answers(answers.examples)["actionable"] == 1
    score = calibrated(answers, heads)["actionable"][:, 1]
    return f"At 90 % recall `actionable` has a precision of {precision_at_recall(score, yes):.3f}."


def hang(pictures: dict[str, str], folder: Path) -> str:
    """Write the pictures into this folder, beside the card's own; the lines of the card that show them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        (folder / f"{name}.svg").write_text(picture + "\n", encoding="utf-8")
    return "\n\n".join(
        f"![{words_of(picture)}]({folder.name}/{name}.svg)" for name, picture in sorted(pictures.items())
    )
