"""Measure agreement of annotations: `python -m workshop.training.studies.agreement`.

Where careful annotators disagree, a model cannot learn the label of one of them. Such texts are the border of a question
(`data/training/GUIDE.md`).
"""

import sys
from collections.abc import Sequence, Set
from operator import eq
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.evaluation.metrics import accuracy, f1, macro_f1
from nlp.inference.model_files import LABELS
from workshop.training.data.example import READINGS, SHARED, load_json_lines
from workshop.training.data.soft_labels import parse_annotation
from workshop.training.model_card.scores import Table

DEV = {"council_posts_es": "council_posts_es/dev.jsonl"}
SETS = {"council_posts_es": "council_posts_es/train.jsonl", "umsab_spanish": "umsab/spanish_train.jsonl"}


def main() -> int:
    """Print agreement by pair of annotations and question, then the border."""
    table = Table(("set", "question", "compared", "same", "macro-F1", "F1 of true", "texts"))
    for name, path in SETS.items():
        table.rows += compare(name, load_json_lines(SHARED / path), READINGS)
    sys.stdout.write(f"{table.text()}\n\n")
    border = Table(("set", "question", "read twice", "readings differ", "of them in dev"))
    for name in SETS:
        dev = {row["id"] for row in load_json_lines(SHARED / DEV[name])} if name in DEV else set()
        border.rows += border_rows(name, READINGS, dev)
    sys.stdout.write(f"{border.text()}\n")
    return 0


def border_rows(name: str, readings: Path, dev: Set[Any]) -> list[tuple[str, ...]]:
    """Count by question the texts that two blind annotations read differently."""
    first, second = (
        {row.get("id", row.get("line")): row for row in load_json_lines(path)}
        for path in sorted(readings.glob(f"{name}_?.jsonl"))
    )
    twice = [one for one in first if one in second]
    found: list[tuple[str, ...]] = []
    for question in (question for question in LABELS if question in first[twice[0]]):
        one, other = (
            [parse_annotation(question, each[key][question]).argmax() for key in twice] for each in (first, second)
        )
        border = {key for key, is_same in zip(twice, map(eq, one, other), strict=True) if not is_same}
        found.append((name, question, str(len(twice)), str(len(border)), str(len(border & dev))))
    return found


def compare(name: str, rows: Sequence[dict[str, Any]], readings: Path) -> list[tuple[str, ...]]:
    """Compare each annotation with the labels and the other annotations."""
    places = {row.get("id", number): number for number, row in enumerate(rows)}
    annotations = [load_json_lines(path) for path in sorted(readings.glob(f"{name}_?.jsonl"))]
    found = []
    for question in (question for question in LABELS if question in rows[0]):
        label = np.array([LABELS[question].index(str(row[question]).lower()) for row in rows])
        opinions = {"label": label} | {
            f"reading {n}": most_probable(each, question, places) for n, each in enumerate(annotations, 1)
        }
        names = list(opinions)
        for at, one in enumerate(names):
            for other in names[at + 1 :]:
                found.append(
                    (
                        name,
                        question,
                        f"{other} against {one}",
                        *agreement_cells(question, opinions[other], opinions[one]),
                    )
                )
    return found


def most_probable(reading: Sequence[dict[str, Any]], question: str, places: dict[Any, int]) -> NDArray[np.int64]:
    """Return the most probable label of each text in an annotation.

    `actionable` is true from 0.5.
    """
    predicted = np.zeros(len(places), np.int64)
    for row in reading:
        predicted[places[row.get("id", row.get("line"))]] = parse_annotation(question, row[question]).argmax()
    return predicted


def agreement_cells(question: str, one: NDArray[np.int64], other: NDArray[np.int64]) -> tuple[str, ...]:
    """Return accuracy, macro-F1, F1 of true and the number of texts.

    F1 of true is empty unless there are two labels.
    """
    of_true = f"{f1(one == 1, other == 1):.3f}" if len(LABELS[question]) == 2 else ""
    return f"{accuracy(one, other):.3f}", f"{macro_f1(one, other):.3f}", of_true, str(len(one))


if __name__ == "__main__":
    sys.exit(main())
