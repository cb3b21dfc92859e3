"""What the model learns from: the labelled sets, each with the questions it answers and how much it counts."""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.redact import redact
from nlp.weights import LABELS

GUIDED = ("council_posts_es", "decide_madrid_labelled_es", "council_announcements_es")
"""Labelled after our own guide: these are cross-validated, and have places."""
NAMED = ", councils named"
"""Ends the origin of texts whose handles of councils stay."""
UMSAB = ("spanish", "english", "portuguese", "french", "italian", "german")
ENGLISH_REPORTS = {
    "Waste/Garbage": "waste_cleaning",
    "Plastic": "waste_cleaning",
    "Potholes": "roads_pavements",
    "Water": "water_sewage",
    "Sewage": "water_sewage",
    "Streetlights": "street_lighting",
    "Traffic/Parking": "traffic_parking",
    "Air": "environment_animals",
}
AT_MOST = 200
"""Of one category of reports: enough for rare services, too few to drown ours."""


@dataclass(frozen=True)
class Example:
    """One labelled text. A question without an answer is absent; `places` is None where nobody looked for places."""

    text: str
    origin: str
    weight: float
    answers: dict[str, str] = field(default_factory=dict)
    places: tuple[str, ...] | None = None
    fold_by: str | None = None
    """Examples with the same words here are always in the same fold; None: teaches in every fold."""


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON-lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def read_training(data: Path) -> list[Example]:
    """Every example the shipped weights may learn from (`data/README.md` says which), in a fixed order.

    All texts go through the product's own redaction. It masks the handles of other councils, and one's own council is named
    in the texts of the product: so posts about councils are taught both ways.
    """
    posts = read_guided(data / "council_posts_es" / "train.jsonl", "council_posts_es", weight=1.5)
    proposals = read_guided(data / "decide_madrid_labelled_es" / "train.jsonl", "decide_madrid_labelled_es", weight=1.0)
    notices = read_guided(data / "council_announcements_es" / "labelled.jsonl", "council_announcements_es", weight=0.5)
    named = [replace(e, origin=f"{e.origin}{NAMED}", weight=e.weight / 2) for e in (*posts, *notices) if "@" in e.text]
    others = [*read_sentiment(data), *read_reports(data)]
    return [*(replace(e, text=redact(e.text)) for e in (*posts, *proposals, *notices, *others)), *named]


def read_guided(path: Path, origin: str, weight: float) -> list[Example]:
    """A set labelled after the guide."""
    return [
        Example(
            text=row["text"],
            origin=origin,
            weight=weight,
            answers={question: str(row[question]).lower() for question in LABELS},
            places=tuple(row["places"]),
            fold_by=row["text"],
        )
        for row in read_lines(path)
    ]


def read_sentiment(data: Path) -> Iterable[Example]:
    """Tweets of six languages with a sentiment."""
    for language in UMSAB:
        for row in read_lines(data / "umsab" / f"{language}_train.jsonl"):
            yield Example(row["text"], f"umsab_{language}", 0.5, {"sentiment": row["sentiment"]})


def read_reports(data: Path) -> Iterable[Example]:
    """Reports of city problems in English and contributions on cycling in German: they know their service only."""
    rng = random.Random(0)  # noqa: S311 - a sample, not a secret
    reports = read_lines(data / "bengaluru_en" / "train.jsonl")
    for category, topic in ENGLISH_REPORTS.items():
        rows = [row for row in reports if row["category"] == category]
        for row in rng.sample(rows, min(AT_MOST, len(rows))):
            yield Example(row["text"], "bengaluru_en", 0.3, {"topic": topic})
    for row in rng.sample(read_lines(data / "cimt_cycling_de" / "train.jsonl"), AT_MOST):
        yield Example(f"{row['title']}. {row['text']}", "cimt_cycling_de", 0.3, {"topic": "cycling_scooters"})
