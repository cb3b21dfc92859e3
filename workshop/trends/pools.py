"""Read the posts and notices from which the back-test draws its cities."""

import csv
import gzip
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from trends.subjects import words_of

ROOT = Path(__file__).resolve().parents[2]
AVISA = ROOT / "data" / "trends" / "avisa_2016.csv.gz"
TOPICS = ROOT / "data" / "trends" / "decide_madrid_topics.csv.gz"
SAMPLE = ROOT / "samples" / "decide_madrid.jsonl.gz"


@dataclass(frozen=True)
class Row:
    """Hold one real post or notice."""

    at: datetime
    """Local time."""
    service: str
    places: tuple[tuple[str, str], ...]
    """Kind and name: street, barrio, district."""
    words: tuple[str, ...]
    timed: bool = True
    """False: only the day is known."""


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _places(street: str, barrio: str, district: str) -> tuple[tuple[str, str], ...]:
    named = (("street", street), ("barrio", barrio), ("district", district))
    return tuple((kind, name) for kind, name in named if name)


def avisa(month: str = "2016-07") -> list[Row]:
    """Return the notices of Madrid of July 2016, or of January 2016."""
    return [
        Row(
            datetime.fromisoformat(one["received"]),
            one["section"],
            _places(one["street"], one["barrio"], one["district"]),
            words_of(one["problem"]),
        )
        for one in _rows(AVISA)
        if one["received"].startswith(month)
    ]


def decide_madrid() -> list[Row]:
    """Return the messages of Decide Madrid with their predicted service."""
    labelled = {one["id"]: one for one in _rows(TOPICS)}
    found = []
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as file:
        for line in file:
            one = json.loads(line)
            label = labelled.get(one["id"])
            if label is None:
                continue
            text = f"{one.get('title') or ''} {one.get('text') or ''}"
            places = _places(label["place"], label["barrio"], label["district"])
            at = one["created_at"]
            found.append(Row(datetime.fromisoformat(at), label["topic"], places, words_of(text), len(at) > 10))
    return found
