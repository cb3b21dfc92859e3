"""Sets of short posts that the encoder was not taught: with them the heads are trained after it."""

from pathlib import Path

from core.redact import redact
from nlp.training.dataset import read_asked
from nlp.training.example import Example, read_lines
from nlp.training.leaks import without_leaks
from nlp.weights import LABELS

INCIDENTS = "incidents_es"
TASS = "tass_es"


def read_incidents(data: Path) -> dict[str, list[Example]]:
    """Return the posts about incidents by author, redacted."""
    folders = sorted((data / INCIDENTS).glob("author_*"))
    return {
        folder.name.removeprefix("author_"): without_asked(
            data,
            [
                Example(
                    text=redact(row["text"]),
                    origin=INCIDENTS,
                    weight=1.0,
                    answers={question: str(row[question]).lower() for question in LABELS},
                    places=tuple(row["places"]),
                    guided=True,
                    group=row["text"],
                )
                for row in read_lines(folder / "posts.jsonl")
            ],
        )
        for folder in folders
    }


def read_tass(data: Path) -> list[Example]:
    """Return the tweets of Spain, Costa Rica and Peru with a sentiment, redacted."""
    rows = read_lines(data / TASS / "train.jsonl")
    return without_asked(
        data, [Example(redact(row["text"]), TASS, 1.0, {"sentiment": row["sentiment"]}) for row in rows]
    )


def without_asked(data: Path, examples: list[Example]) -> list[Example]:
    """Leave out near copies of what the model is examined on."""
    stays = without_leaks([example.text for example in examples], read_asked(data))
    return [example for example, allowed in zip(examples, stays, strict=True) if allowed]
