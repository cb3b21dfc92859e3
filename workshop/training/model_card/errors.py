"""List the most confident errors of sets whose texts are publishable."""

from collections.abc import Iterator

from nlp.inference.model_files import LABELS, Head
from workshop.training.data.example import encode_labels
from workshop.training.model_card.scores import Table, calibrated
from workshop.training.train.held_out import Predictions

PER_QUESTION = 2
"""Examples per question."""
LONGEST = 240
"""Characters of a text that are shown at most."""


def surest_errors(predictions: Predictions, heads: dict[str, Head]) -> str:
    """Tabulate the wrong predictions with the highest scores, by question."""
    table = Table(("text", "question", "label", "taken for", "score"))
    for question in LABELS:
        table.rows += errors_of(predictions, heads, question)
    return table.text()


def errors_of(predictions: Predictions, heads: dict[str, Head], question: str) -> Iterator[tuple[str, ...]]:
    """Yield the table rows of one question."""
    probable, right = calibrated(predictions, heads)[question], encode_labels(predictions.examples)[question]
    predicted, labels = probable.argmax(axis=1), LABELS[question]
    wrong = [at for at in probable.max(axis=1).argsort()[::-1] if right[at] >= 0 and predicted[at] != right[at]]
    for at in wrong[:PER_QUESTION]:
        text = shorten_for_table(predictions.examples[at].text)
        yield text, question, labels[right[at]], labels[predicted[at]], f"{probable[at, predicted[at]]:.2f}"


def shorten_for_table(text: str) -> str:
    """Format a text for a table cell: one line, no `|`, shortened.

    >>> shorten_for_table("uno | dos\\ntres")
    'uno / dos tres'
    """
    line = " ".join(text.replace("|", "/").split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST].rsplit(' ', 1)[0]} …"
