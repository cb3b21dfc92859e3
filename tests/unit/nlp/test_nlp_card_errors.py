"""What the card says of errors is counted from what the model said."""

import numpy as np

from nlp.inference.model_files import LABELS, Head
from workshop.training.data.example import Example
from workshop.training.model_card.errors import surest_errors
from workshop.training.train.held_out import Predictions


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
