"""What the model learns from: the labelled sets, each with the questions it answers and how much it counts."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config.plugins import ROOT
from core.privacy.redaction.text import redact
from nlp.inference.model_files import LABELS
from nlp.training.data.decide_madrid import read_platform
from nlp.training.data.decontaminate import without_leaks
from nlp.training.data.example import Example, number_of, read_lines

GUIDED = ("council_posts_es", "decide_madrid_labelled_es", "council_announcements_es")
"""Real posts labelled after our own guide."""
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
WRITTEN = ROOT / "nlp" / "training" / "written"
LOCATIONS = 3000
"""Tweets of places_en that are taught: more cost hours and teach names only."""
HELD_OUT = 10
"""One guided text in so many never teaches: with them the scores are made honest."""
AT_MOST = 200
"""Of one category of reports: enough for rare services, too few to drown ours."""


def read_training(data: Path) -> list[Example]:
    """Every example the shipped weights may learn from (`data/README.md` says which), in a fixed order.

    All texts go through the product's own redaction. It masks the handles of other councils, and one's own council is named
    in the texts of the product: so posts about councils are there in both forms, and each round of the teaching takes one.
    """
    posts = read_guided(data / "council_posts_es" / "train.jsonl", "council_posts_es", weight=3.0)
    proposals = read_guided(data / "decide_madrid_labelled_es" / "train.jsonl", "decide_madrid_labelled_es", weight=1.0)
    notices = read_guided(data / "council_announcements_es" / "labelled.jsonl", "council_announcements_es", weight=0.5)
    written = read_written(WRITTEN)
    named = [replace(e, origin=f"{e.origin}{NAMED}") for e in (*posts, *notices, *written) if "@" in e.text]
    others = [*read_sentiment(data), *read_reports(data), *read_locations(data), *read_platform(data)]
    found = [*(replace(e, text=redact(e.text)) for e in (*posts, *proposals, *notices, *written, *others)), *named]
    stays = without_leaks([example.text for example in found], read_asked(data))
    return [example for example, allowed in zip(found, stays, strict=True) if allowed]


def read_asked(data: Path) -> list[str]:
    """Every text that the model is examined on, redacted: dev, val and test of all sets."""
    files = [data / "council_posts_es" / "dev.jsonl", data / "places_en" / "dev.jsonl"]
    files += [data / "umsab" / f"{language}_{split}.jsonl" for language in UMSAB for split in ("val", "test")]
    texts = [row["text"] for path in files for row in read_lines(path)]
    return [redact(text) for text in [*texts, *(example.text for example in read_written(WRITTEN, "test"))]]


def read_guided(path: Path, origin: str, weight: float) -> list[Example]:
    """A set labelled after the guide."""
    return [
        Example(
            text=row["text"],
            origin=origin,
            weight=weight,
            answers={question: str(row[question]).lower() for question in LABELS},
            places=tuple(row["places"]),
            guided=True,
            group=row["text"],
        )
        for row in read_lines(path)
    ]


def read_written(folder: Path, split: str = "train") -> list[Example]:
    """Posts that we wrote ourselves, for what real sets lack: rare services, eight other languages, how people talk in Spain.

    Those about a city have every label of the guide; everyday tweets have a sentiment and no more.
    """
    rows = [row for path in sorted(folder.glob("*.jsonl")) for row in read_lines(path)]
    return [
        Example(
            text=row["text"],
            origin=f"written_{row['lang']}",
            weight=1.0,
            answers={question: str(row[question]).lower() for question in LABELS if question in row},
            places=tuple(row["places"]) if "places" in row else None,
            guided="topic" in row,
            group=row["text"],
        )
        for row in rows
        if row.get("split", "train") == split
    ]


def read_locations(data: Path) -> Iterable[Example]:
    """English tweets of disasters whose place names of every kind are marked."""
    rows = read_lines(data / "places_en" / "train.jsonl")
    rng = random.Random(0)  # noqa: S311 - a sample, not a secret
    for row in rng.sample(rows, LOCATIONS):
        names = tuple(dict.fromkeys(location["text"] for location in row["locations"]))
        yield Example(row["text"], "places_en", 1.0, locations=names)


def read_sentiment(data: Path) -> Iterable[Example]:
    """Tweets of six languages with a sentiment."""
    for language in UMSAB:
        for row in read_lines(data / "umsab" / f"{language}_train.jsonl"):
            yield Example(row["text"], f"umsab_{language}", 1.0, {"sentiment": row["sentiment"]})


def read_tweets(data: Path, language: str, split: str) -> list[Example]:
    """Tweets of one language that never teach (`val`, `test`), redacted as posts are."""
    rows = read_lines(data / "umsab" / f"{language}_{split}.jsonl")
    return [Example(redact(row["text"]), f"umsab_{language}", 1.0, {"sentiment": row["sentiment"]}) for row in rows]


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


def held_out(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """Which examples never teach, to ask about them: a tenth of the guided texts, always the same."""
    return np.array([example.guided and number_of(example.group) % HELD_OUT == 0 for example in examples], np.bool_)
