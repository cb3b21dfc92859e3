"""What the card says of labels and of errors is counted from what readers and model said."""

import json
from pathlib import Path

import numpy as np

from nlp.inference.model_files import LABELS, Head
from workshop.training.data.example import Example
from workshop.training.model_card.errors import surest_errors
from workshop.training.studies.agreement import border_rows, compare
from workshop.training.train.held_out import Predictions

ROWS = [
    {"id": number, "sentiment": sentiment, "intent": "other", "topic": "noise", "actionable": acts}
    for number, (sentiment, acts) in enumerate(
        [("negative", True), ("negative", False), ("neutral", False), ("positive", False)]
    )
]


def reading(folder: Path, number: int, sentiments: list[list[int]], acts: list[int]) -> None:
    rows = [
        {"id": at, "sentiment": sentiment, "intent": ["other"], "topic": ["noise", "other"], "actionable": act}
        for at, (sentiment, act) in reversed(list(enumerate(zip(sentiments, acts, strict=True))))
    ]
    (folder / f"posts_{number}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_readings_are_compared_with_the_labels_and_with_each_other_text_by_text(tmp_path: Path) -> None:
    reading(tmp_path, 1, [[9, 1, 0], [2, 8, 0], [0, 10, 0], [0, 3, 7]], [9, 5, 0, 0])
    reading(tmp_path, 2, [[9, 1, 0], [2, 8, 0], [0, 10, 0], [0, 6, 4]], [9, 4, 0, 0])
    found = {row[1:3]: row[3:] for row in compare("posts", ROWS, tmp_path)}
    assert found["sentiment", "reading 1 against label"][0] == "0.750"
    assert found["sentiment", "reading 2 against reading 1"][0] == "0.750"
    assert found["actionable", "reading 1 against label"] == ("0.750", "0.733", "0.667", "4")
    assert found["actionable", "reading 2 against label"] == ("1.000", "1.000", "1.000", "4")
    assert found["topic", "reading 2 against reading 1"][2] == ""


def test_texts_that_two_readings_answer_differently_are_the_border_of_a_question(tmp_path: Path) -> None:
    reading(tmp_path, 1, [[9, 1, 0], [2, 8, 0], [0, 10, 0], [0, 3, 7]], [9, 5, 0, 0])
    reading(tmp_path, 2, [[9, 1, 0], [2, 8, 0], [0, 10, 0], [0, 6, 4]], [9, 4, 0, 0])
    assert border_rows("posts", tmp_path, {1}) == [
        ("posts", "sentiment", "4", "1", "0"),
        ("posts", "intent", "4", "0", "0"),
        ("posts", "topic", "4", "0", "0"),
        ("posts", "actionable", "4", "1", "1"),
    ]


def test_the_surest_errors_are_shown_with_what_was_right_and_a_text_that_keeps_its_row() -> None:
    texts = ["Bien | dicho", "Mal", "Así  así", "x " * 200]
    examples = [Example(text, "here", 1.0, {"sentiment": "neutral"}) for text in texts]
    logits = {name: np.zeros((4, len(labels)), np.float32) for name, labels in LABELS.items()}
    logits["sentiment"] = np.array([[0, 0, 3], [0, 5, 0], [1, 0, 0], [2, 0, 0]], np.float32)
    heads = {name: Head(labels=labels, shift=(0.0,) * len(labels)) for name, labels in LABELS.items()}
    lines = surest_errors(Predictions(examples, logits, {}), heads).splitlines()[2:]
    assert lines[0] == "| Bien / dicho | sentiment | neutral | positive | 0.91 |"
    assert lines[1].startswith("| x x")
    assert lines[1].endswith("x … | sentiment | neutral | negative | 0.79 |")
    assert len(lines) == 2
