"""What the model says wrongly and surely, shown with real texts: only of sets whose texts may be published."""

from collections.abc import Iterator

from nlp.inference.model_files import LABELS, Head
from nlp.training.data.example import encode_answers
from nlp.training.model_card.scores import Table, calibrated
from nlp.training.train.held_out import Answers

EACH = 2
"""Examples a question."""
LONGEST = 240
"""Characters of a text that are shown."""


def surest_errors(answers: Answers, heads: dict[str, Head]) -> str:
    """Of each question, the wrong answers that were given with the highest scores."""
    table = Table(("text", "question", "label", "taken for", "score"))
    for question in LABELS:
        table.rows += errors_of(answers, heads, question)
    return table.text()


def errors_of(answers: Answers, heads: dict[str, Head], question: str) -> Iterator[tuple[str, ...]]:
    """The rows of one question."""
    probable, right = calibrated(answers, heads)[question], encode_answers(answers.examples)[question]
    said, labels = probable.argmax(axis=1), LABELS[question]
    wrong = [at for at in probable.max(axis=1).argsort()[::-1] if right[at] >= 0 and said[at] != right[at]]
    for at in wrong[:EACH]:
        text = shown(answers.examples[at].text)
        yield text, question, labels[right[at]], labels[said[at]], f"{probable[at, said[at]]:.2f}"


def shown(text: str) -> str:
    """A text as it stands in a table: on one line, without the table's own mark, not too long."""
    line = " ".join(text.replace("|", "/").split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST].rsplit(' ', 1)[0]} …"
