"""Load the training set: labelled sets with their questions and weights."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config.plugins import ROOT
from nlp.inference.model_files import LABELS
from workshop.training.data.decide_madrid import load_platform, load_texts
from workshop.training.data.decontaminate import flag_clean
from workshop.training.data.example import Example, load_json_lines, stable_hash
from workshop.training.data.redacted import redact
from workshop.training.data.sources import load_rows

GUIDED = ("council_posts_es", "decide_madrid_labelled_es", "council_announcements_es")
"""Real posts labelled after the annotation guide."""
NAMED = ", councils named"
"""Suffix of the origin of texts whose council handles are not masked."""
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
WRITTEN = ROOT / "workshop" / "training" / "written"
MAX_LOCATION_TWEETS = 3000
"""Tweets of places_en in the training set: more would cost hours and add place names only."""
HELD_OUT = 10
"""One guided text in ten is held out; scores are calibrated on these."""
MAX_REPORTS = 200
"""Reports per category: enough for rare services, too few to outweigh Spanish posts."""


def load_training_set(data: Path) -> list[Example]:
    """Load every example that may train the shipped weights, in fixed order.

    `data/README.md` says which sets these are. All texts go through the product's redaction. It masks the handles of other councils, while
    the product keeps the handle of its own council: so posts about councils are included in both forms, and each epoch takes one of them.
    """
    posts = load_guided(data, "council_posts_es/train.jsonl", "council_posts_es", weight=3.0)
    proposals = load_guided(data, "decide_madrid_labelled_es/train.jsonl", "decide_madrid_labelled_es", weight=1.0)
    notices = load_guided(data, "council_announcements_es/labelled.jsonl", "council_announcements_es", weight=0.5)
    written = load_written(WRITTEN)
    named = [replace(e, origin=f"{e.origin}{NAMED}") for e in (*posts, *notices, *written) if "@" in e.text]
    others = [*load_sentiment(data), *load_reports(data), *load_locations(data), *load_platform(data)]
    found = [*(replace(e, text=redact(e.text)) for e in (*posts, *proposals, *notices, *written, *others)), *named]
    stays = flag_clean([example.text for example in found], load_evaluation_texts(data))
    return [example for example, allowed in zip(found, stays, strict=True) if allowed]


def load_evaluation_texts(data: Path) -> list[str]:
    """Load every evaluation text, redacted: dev, val and test of all sets."""
    files = ["council_posts_es/dev.jsonl", "places_en/dev.jsonl"]
    files += [f"umsab/{language}_{split}.jsonl" for language in UMSAB for split in ("val", "test")]
    texts = [row["text"] for name in files for row in load_rows(data, name)]
    return [redact(text) for text in [*texts, *(example.text for example in load_written(WRITTEN, "test"))]]


def load_guided(data: Path, name: str, origin: str, weight: float) -> list[Example]:
    """Load a set labelled after the annotation guide; empty if missing.

    Rows without a text are of Decide Madrid and take it from there.
    """
    rows = load_rows(data, name)
    texts = load_texts(data) if any("text" not in row for row in rows) else {}
    rows = [row if "text" in row else row | {"text": texts[row["id"].removeprefix("decide_madrid:")]} for row in rows]
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
        for row in rows
    ]


def load_written(folder: Path, split: str = "train") -> list[Example]:
    """Load the posts written for this project to fill gaps.

    The gaps are rare services, eight other languages, and colloquial Spanish. Posts about a city have every label of the guide; everyday
    tweets have a sentiment only.
    """
    rows = [row for path in sorted(folder.glob("*.jsonl")) for row in load_json_lines(path)]
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


def load_locations(data: Path) -> Iterable[Example]:
    """Load English tweets about disasters with place names of every kind marked."""
    rows = load_rows(data, "places_en/train.jsonl")
    rng = random.Random(0)  # noqa: S311 - a sample, not a secret
    for row in rng.sample(rows, min(MAX_LOCATION_TWEETS, len(rows))):
        names = tuple(dict.fromkeys(location["text"] for location in row["locations"]))
        yield Example(row["text"], "places_en", 1.0, locations=names)


def load_sentiment(data: Path) -> Iterable[Example]:
    """Load tweets in six languages with a sentiment."""
    for language in UMSAB:
        for row in load_rows(data, f"umsab/{language}_train.jsonl"):
            yield Example(row["text"], f"umsab_{language}", 1.0, {"sentiment": row["sentiment"]})


def load_tweets(data: Path, language: str, split: str) -> list[Example]:
    """Load evaluation tweets (`val`, `test`) of one language, redacted as posts are."""
    rows = load_rows(data, f"umsab/{language}_{split}.jsonl")
    return [Example(redact(row["text"]), f"umsab_{language}", 1.0, {"sentiment": row["sentiment"]}) for row in rows]


def load_reports(data: Path) -> Iterable[Example]:
    """Load English reports of city problems and German contributions on cycling.

    They have a topic only.
    """
    rng = random.Random(0)  # noqa: S311 - a sample, not a secret
    reports = load_rows(data, "bengaluru_en/train.jsonl")
    for category, topic in ENGLISH_REPORTS.items():
        rows = [row for row in reports if row["category"] == category]
        for row in rng.sample(rows, min(MAX_REPORTS, len(rows))):
            yield Example(row["text"], "bengaluru_en", 0.3, {"topic": topic})
    for row in rng.sample(load_rows(data, "cimt_cycling_de/train.jsonl"), MAX_REPORTS):
        yield Example(f"{row['title']}. {row['text']}", "cimt_cycling_de", 0.3, {"topic": "cycling_scooters"})


def held_out(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """Flag the held-out examples: a fixed tenth of the guided texts."""
    return np.array([example.guided and stable_hash(example.group) % HELD_OUT == 0 for example in examples], np.bool_)
