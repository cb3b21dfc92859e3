"""How far further readings of a text agree with its label and with each other: `python -m nlp.training.studies.agreement`.

What several careful readers do not agree on, no model can learn from one of them.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.evaluation.metrics import accuracy, f1, macro_f1
from nlp.inference.model_files import LABELS
from nlp.training.data.example import READINGS, SHARED, read_lines
from nlp.training.data.soft_labels import read_answer
from nlp.training.model_card.scores import Table

SETS = {"council_posts_es": "council_posts_es/train.jsonl", "umsab_spanish": "umsab/spanish_train.jsonl"}


def main() -> int:
    """A row for each pair of opinions and each question."""
    table = Table(("set", "question", "compared", "same", "macro-F1", "F1 of true", "texts"))
    for name, path in SETS.items():
        table.rows += compare(name, read_lines(SHARED / path), READINGS)
    sys.stdout.write(f"{table.text()}\n")
    return 0


def compare(name: str, rows: Sequence[dict[str, Any]], readings: Path) -> list[tuple[str, ...]]:
    """The rows of one set: each reading against the labels, and the readings against each other."""
    places = {row.get("id", number): number for number, row in enumerate(rows)}
    read = [read_lines(path) for path in sorted(readings.glob(f"{name}_?.jsonl"))]
    found = []
    for question in (question for question in LABELS if question in rows[0]):
        label = np.array([LABELS[question].index(str(row[question]).lower()) for row in rows])
        opinions = {"label": label} | {f"reading {n}": column(each, question, places) for n, each in enumerate(read, 1)}
        names = list(opinions)
        for at, one in enumerate(names):
            for other in names[at + 1 :]:
                found.append(
                    (name, question, f"{other} against {one}", *measured(question, opinions[other], opinions[one]))
                )
    return found


def column(reading: Sequence[dict[str, Any]], question: str, places: dict[Any, int]) -> NDArray[np.int64]:
    """The label that a graded reading comes to, text by text; `actionable` is true from a half."""
    said = np.zeros(len(places), np.int64)
    for row in reading:
        said[places[row.get("id", row.get("line"))]] = read_answer(question, row[question]).argmax()
    return said


def measured(question: str, one: NDArray[np.int64], other: NDArray[np.int64]) -> tuple[str, ...]:
    """How often they are the same, macro-F1, F1 of the second label where there are two, and how many."""
    of_true = f"{f1(one == 1, other == 1):.3f}" if len(LABELS[question]) == 2 else ""
    return f"{accuracy(one, other):.3f}", f"{macro_f1(one, other):.3f}", of_true, str(len(one))


if __name__ == "__main__":
    sys.exit(main())
