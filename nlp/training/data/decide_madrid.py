"""Comments and proposals of Decide Madrid that nobody had labelled, with the labels that language models gave them by reading.

The labels are ours (`readings/decide_madrid_es.jsonl`); the texts are the city's open data and stay where they are.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from nlp.inference.model_files import LABELS
from nlp.training.data.example import READINGS, Example, read_lines

LABELLED = READINGS / "decide_madrid_es.jsonl"
ORIGIN = "decide_madrid_es"
FILES = {"comments_2015_2019": "comment", "proposals_2015_2019": "proposal", "proposals_2024_2025": "proposal"}
LONGEST, SHORTEST = 420, 150
"""Characters: longer texts end with the last whole sentence before, unless that leaves too little."""
TRUE = 5
"""Of nine: from here `actionable` was rather true than false."""


def read_platform(data: Path) -> Iterator[Example]:
    """Every text that was read, with the answers that came first."""
    texts = read_texts(data / "decide_madrid_es")
    for row in read_lines(LABELLED):
        answers = {
            "sentiment": LABELS["sentiment"][max(range(3), key=row["sentiment"].__getitem__)],
            "intent": row["intent"][0],
            "topic": row["topic"][0],
            "actionable": str(row["actionable"] >= TRUE).lower(),
        }
        text = texts[row["id"]]
        yield Example(text, ORIGIN, 1.0, answers, places=tuple(row["places"]), group=text)


def read_texts(folder: Path) -> dict[str, str]:
    """By id (`comment:97723`), the text as it was read: spaces made one, long ones cut, a proposal behind its title."""
    rows = ((kind, row) for name, kind in FILES.items() for row in read_lines(folder / f"{name}.jsonl"))
    return {
        f"{kind}:{row['id']}": shortened(f"{row['title']}. {row['text']}" if "title" in row else row["text"])
        for kind, row in rows
    }


def shortened(text: str) -> str:
    """The text's first whole sentences."""
    text = re.sub(r"\s+", " ", text).strip()
    if len(text) <= LONGEST:
        return text
    end = max(text.rfind(mark, 0, LONGEST) for mark in (". ", "? ", "! "))
    return text[: end + 1] if end > SHORTEST else text[: text.rfind(" ", 0, LONGEST)]
