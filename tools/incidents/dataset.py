"""Load the posts that authors wrote about incidents, annotated by the shipped reader."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from zlib import crc32

import numpy as np

from core.annotation import Annotation, Label
from core.config.city import City, load_city
from core.config.plugins import ROOT
from core.post import Post
from gazetteer import gazetteer_of
from nlp.annotator import Annotator
from nlp.inference.model_files import GRAMS, load_weights
from nlp.training.heads.train import model_without
from triage.incident_matching.post_features import CANDIDATE_PLACES, STEM, PostFeatures, post_features
from triage.incident_matching.subjects import text_folded
from triage.incident_matching.vocabulary import Vocabulary

DATA = Path(os.environ.get("ESCUCHA_DATA", ROOT.parent / "shared" / "data"))
BACKGROUND = ("decide_madrid_es/comments_2015_2019", "decide_madrid_es/proposals_2024_2025", "council_posts_es/train")
"""Texts in which words are counted: nobody marked incidents in them."""
HEAD = 400
"""Characters of a text whose words are counted."""
COMMON = 2
"""A word of fewer texts is as rare as an unknown one."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Gold:
    """What the author says of a post."""

    incident: str | None
    actionable: bool
    topic: str
    kind: str


@dataclass(frozen=True)
class Author:
    """The posts of one author, oldest first, with what the author says of them."""

    name: str
    posts: list[Post]
    readings: dict[str, Annotation]
    forms: list[PostFeatures]
    gold: dict[str, Gold]
    incidents: dict[str, Row]


def authors() -> list[str]:
    """Return the names of all authors whose posts are here."""
    return sorted(folder.name.removeprefix("author_") for folder in (DATA / "incidents_es").glob("author_*"))


def rows(path: Path) -> Iterator[Row]:
    """Yield the records of a file of JSON lines."""
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def load(cache: Path) -> tuple[Vocabulary, list[Author]]:
    """Load all authors. Readings are kept in `cache`, a folder, under the model's name.

    Raises:
        FileNotFoundError: ../shared/data is not there; ESCUCHA_DATA names another folder. Or models without an author are missing.
    """
    city = load_city(ROOT / "cities" / "madrid.toml")
    annotator = Annotator(city, threads=1)
    found = {name: _posts(name) for name in authors()}
    if not found:
        raise FileNotFoundError(f"{DATA}/incidents_es: no author_* folder; set ESCUCHA_DATA to the folder that has it")
    readings = {name: _readings(reader_of(city, annotator, name), posts, cache) for name, posts in found.items()}
    vectors = [_vector(reading) for some in readings.values() for reading in some.values()]
    words = vocabulary(annotator.model, np.mean(vectors, axis=0))
    return words, [_author(city, words, name, posts, readings[name]) for name, posts in found.items()]


def reader_of(city: City, shipped: Annotator, author: str) -> Annotator:
    """Return the reader for an author's posts: its heads were not trained on them, as they are not on posts of users.

    Raises:
        FileNotFoundError: the shipped heads were trained on this author, and the model without this author is missing.
    """
    manifest = shipped.one_pass.weights.manifest
    if GRAMS not in shipped.one_pass.weights.tensors:
        return shipped
    folder = model_without(author)
    if not (folder / "manifest.json").exists() or load_weights(folder).manifest.heads != manifest.heads:
        raise FileNotFoundError(
            f"{folder}: the shipped heads were trained on {author}, and the model without {author} is missing; run `make train-heads`"
        )
    return Annotator(city, folder, threads=1)


def vocabulary(model: str, mean: "np.ndarray[Any, np.dtype[np.float32]]") -> Vocabulary:
    """Count in how many background texts each stem occurs."""
    often: Counter[str] = Counter()
    texts = 0
    for name in BACKGROUND:
        for row in rows(DATA / f"{name}.jsonl"):
            often.update({word[:STEM] for word in text_folded(row["text"][:HEAD]).split()})
            texts += 1
    hashed: Counter[int] = Counter()
    for stem, times in often.items():
        if times >= COMMON:
            hashed[crc32(stem.encode())] += times
    keys = np.array(sorted(hashed), dtype=np.uint32)
    counts = np.array([hashed[int(key)] for key in keys], dtype=np.uint32)
    nothing_taught = np.zeros((len(mean), 0), dtype=np.float32)
    return Vocabulary(texts, keys, counts, mean.astype(np.float32), nothing_taught, model)


def raw_rows(name: str) -> list[Row]:
    """Return an author's posts as the author wrote them."""
    return list(rows(DATA / "incidents_es" / f"author_{name}" / "posts.jsonl"))


def is_of_the_city(name: str) -> bool:
    """Tell whether an author's places are those of the city whose gazetteer is used."""
    return name.startswith("m")


def _posts(name: str) -> list[Post]:
    found = []
    for row in raw_rows(name):
        at = datetime.fromisoformat(row["created_at"])
        answered = f"{name}-{row['reply_to']}" if row["reply_to"] else None
        found.append(
            Post(
                post_id=f"{name}-{row['id']}",
                source=row["channel"],
                text=row["text"],
                created_at=at,
                received_at=at,
                author=f"{name}-{row['author']}",
                reply_to=answered,
            )
        )
    return sorted(found, key=lambda post: (post.created_at, post.post_id))


def _readings(annotator: Annotator, posts: list[Post], cache: Path) -> dict[str, Annotation]:
    kept = cache / annotator.model / f"{posts[0].post_id.partition('-')[0]}.jsonl"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        made = [one for one in annotator.annotate(posts) if isinstance(one, Annotation)]
        kept.write_text("".join(_line(one) for one in made), encoding="utf-8")
    return {reading.post_id: reading for reading in (_reading(row) for row in rows(kept))}


def _line(reading: Annotation) -> str:
    labels = {name: label.model_dump(mode="json") for name, label in reading.labels.items()}
    fields = {"post_id": reading.post_id, "model": reading.model, "truncated": reading.truncated, "labels": labels}
    return json.dumps(fields | {"embedding": reading.embedding.hex()}, ensure_ascii=False) + "\n"


def _reading(row: Row) -> Annotation:
    labels = {name: Label.model_validate(label) for name, label in row["labels"].items()}
    return Annotation.model_validate(row | {"labels": labels, "embedding": bytes.fromhex(row["embedding"])})


def _vector(reading: Annotation) -> "np.ndarray[Any, np.dtype[np.float32]]":
    return np.frombuffer(reading.embedding, dtype="<f2").astype(np.float32)


def _author(city: City, words: Vocabulary, name: str, posts: list[Post], readings: dict[str, Annotation]) -> Author:
    """Build the forms of an author's posts. Places of another city are not looked for in this one's gazetteer."""
    forms = []
    for post in posts:
        found = (
            gazetteer_of(city).find(post.text, enough=CANDIDATE_PLACES)
            if is_of_the_city(name) and gazetteer_of(city)
            else []
        )
        forms.append(post_features(post, readings[post.post_id], words, [one.place for one in found]))
    gold = {
        f"{name}-{row['id']}": Gold(row["incident"], bool(row["actionable"]), row["topic"], row["kind"])
        for row in raw_rows(name)
    }
    about = rows(DATA / "incidents_es" / f"author_{name}" / "incidents.jsonl")
    return Author(name, posts, readings, forms, gold, {cast(str, row["incident"]): row for row in about})
