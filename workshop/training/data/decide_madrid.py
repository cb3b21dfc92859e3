"""Load comments and proposals of Decide Madrid that language models labelled.

The labels are in `readings/decide_madrid_es.jsonl`; the texts are the city's open data: the published files in ../shared/data, else the
sample that ships with Escucha, whose personal data is masked (5 of 8,389 texts are then cut at another sentence).
"""

import re
from collections.abc import Iterator
from pathlib import Path

from core.config.plugins import ROOT
from nlp.inference.model_files import LABELS
from workshop.training.data.example import READINGS, Example, load_json_lines

LABELLED = READINGS / "decide_madrid_es.jsonl"
ORIGIN = "decide_madrid_es"
SAMPLE = ROOT / "samples" / "decide_madrid.jsonl.gz"
FILES = {"comments_2015_2019": "comment", "proposals_2015_2019": "proposal", "proposals_2024_2025": "proposal"}
LONGEST, SHORTEST = 420, 150
"""Characters: longer texts are cut after the last whole sentence, unless fewer than SHORTEST remain."""
ACTIONABLE_FROM = 5
"""Of nine: `actionable` is true from this annotated value."""


def load_platform(data: Path) -> Iterator[Example]:
    """Load every text that was labelled, with the label ranked first."""
    texts = load_texts(data)
    for row in load_json_lines(LABELLED):
        answers = {
            "sentiment": LABELS["sentiment"][max(range(3), key=row["sentiment"].__getitem__)],
            "intent": row["intent"][0],
            "topic": row["topic"][0],
            "actionable": str(row["actionable"] >= ACTIONABLE_FROM).lower(),
        }
        text = texts[row["id"]]
        yield Example(text, ORIGIN, 1.0, answers, places=tuple(row["places"]), group=text)


def load_texts(data: Path) -> dict[str, str]:
    """Load the texts by id (`comment:97723`): title first, white space collapsed, shortened."""
    if (data / ORIGIN).is_dir():
        published = ((kind, row) for name, kind in FILES.items() for row in load_json_lines(data / ORIGIN / f"{name}.jsonl"))
        rows = {f"{kind}:{row['id']}": row for kind, row in published}
    else:
        rows = {row["id"]: row for row in load_json_lines(SAMPLE)}
    return {key: shorten(f"{row['title']}. {row['text']}" if "title" in row else row["text"]) for key, row in rows.items()}


def shorten(text: str) -> str:
    """Shorten a text to its first whole sentences.

    >>> shorten("La   farola está rota.")
    'La farola está rota.'
    """
    text = re.sub(r"\s+", " ", text).strip()
    if len(text) <= LONGEST:
        return text
    end = max(text.rfind(mark, 0, LONGEST) for mark in (". ", "? ", "! "))
    return text[: end + 1] if end > SHORTEST else text[: text.rfind(" ", 0, LONGEST)]
