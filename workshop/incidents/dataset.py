"""Load the authors' posts about incidents, annotated by the shipped model."""

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from zlib import crc32

import numpy as np

from core.config.city import City, load_city
from core.config.plugins import ROOT
from core.config.word_lists import city_folder
from core.records.annotation import Annotation, Label
from core.records.post import Post
from nlp.annotator import Annotator
from nlp.inference.model_files import GRAMS, load_weights
from triage.incident_matching.post_features import STEM, PostFeatures, post_features
from triage.incident_matching.subjects import subjects_of, text_folded
from triage.incident_matching.vocabulary import Vocabulary
from workshop.training.data.example import SHARED
from workshop.training.data.sources import find_folder, load_rows, require_sets
from workshop.training.heads.train import model_without

DATA = SHARED
INCIDENTS = find_folder(DATA, "incidents_es")
BACKGROUND = ("decide_madrid_es/comments_2015_2019", "decide_madrid_es/proposals_2024_2025", "council_posts_es/train")
"""Texts without incident labels, in which words are counted."""
PROFILE = ROOT / "cities" / "madrid.toml"
OTHER_CITIES = Path(__file__).with_name("cities.toml")
"""What the councils of the authors outside Madrid would write in their profile."""
SOURCE_OF = {"webform": "inbox"}
"""Source by channel, where the collector has another name: posts of the council's own form come through `inbox`."""
MAX_CHARACTERS = 400
"""Characters of a text that are counted."""
MIN_TEXTS = 2
"""Words in fewer texts are treated as unknown."""
Row = dict[str, Any]


@dataclass(frozen=True)
class PostLabels:
    """Hold the author's labels of a post."""

    incident: str | None
    actionable: bool
    topic: str
    kind: str


@dataclass(frozen=True)
class Author:
    """Hold the posts of one author, oldest first, with their labels."""

    name: str
    posts: list[Post]
    annotations: dict[str, Annotation]
    """Under Madrid's profile."""
    own: dict[str, Annotation]
    """Under the profile of the author's cities (`profile_of`)."""
    forms: list[PostFeatures]
    gold: dict[str, PostLabels]
    incidents: dict[str, Row]


def author_names() -> list[str]:
    """Return the names of all authors in the data folder."""
    return sorted(folder.name.removeprefix("author_") for folder in INCIDENTS.glob("author_*"))


def load_json_lines(path: Path) -> Iterator[Row]:
    """Yield the records of a JSON-lines file."""
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def load_authors(cache: Path, held_out: bool = True) -> tuple[Vocabulary, list[Author]]:
    """Load all authors; annotations are cached in the folder `cache` by model.

    Without `held_out` the shipped heads annotate, although they were trained on these authors.

    Raises:
        SystemExit: council_posts_es is missing.
        FileNotFoundError: another set, or the model without an author, is missing.
    """
    city = load_city(PROFILE)
    require_sets(DATA, ("council_posts_es",), "incident matching")
    annotator = Annotator(city, threads=1)
    found = {name: _posts(name) for name in author_names()}
    annotators = {name: annotator_for(city, annotator, name) if held_out else annotator for name in found}
    annotations = {name: _annotations(annotators[name], posts, cache) for name, posts in found.items()}
    own = {
        name: annotations[name] if is_of_the_city(name) else _annotations(_under(profile_of(name), annotators[name]), posts, cache / "own")
        for name, posts in found.items()
    }
    vectors = [_vector(annotation) for some in annotations.values() for annotation in some.values()]
    words = count_vocabulary(annotator.model, np.mean(vectors, axis=0))
    return words, [_author(city, words, name, posts, annotations[name], own[name]) for name, posts in found.items()]


def profile_of(name: str) -> City:
    """Return the profile under which an author's posts are judged.

    Madrid's; for authors outside Madrid with the words of their cities, and without its streets.
    """
    city = load_city(PROFILE)
    if is_of_the_city(name):
        return city
    words = _other_cities()[name]
    questions = city.questions | {"relevance": {"names": words["names"], "near": words["near"]}}
    hours = city.working_hours.model_copy(update={"region": None})  # some authors write from several regions
    changed = {"name": words["name"], "handles": tuple(words["handles"]), "questions": questions, "gazetteer_folder": None}
    return city.model_copy(update=changed | {"working_hours": hours})


def _under(city: City, annotator: Annotator) -> Annotator:
    """Return an annotator with the same heads under another profile."""
    return Annotator(city, annotator.inference.weights.folder, threads=1)


def annotator_for(city: City, shipped: Annotator, author: str) -> Annotator:
    """Return an annotator whose heads were not trained on this author.

    So annotations are as good as on users' posts, not better.

    Raises:
        FileNotFoundError: the shipped heads were trained on this author, and the model without this author is missing.
    """
    manifest = shipped.inference.weights.manifest
    if GRAMS not in shipped.inference.weights.tensors:
        return shipped
    folder = model_without(author)
    if not (folder / "manifest.json").exists() or load_weights(folder).manifest.heads != manifest.heads:
        raise FileNotFoundError(
            f"{folder}: the shipped heads were trained on {author}, and the model without {author} is missing; run `make train-heads`"
        )
    return Annotator(city, folder, threads=1)


def count_vocabulary(model: str, mean: "np.ndarray[Any, np.dtype[np.float32]]") -> Vocabulary:
    """Count the background texts in which each stem occurs."""
    often: Counter[str] = Counter()
    texts = 0
    for name in BACKGROUND:
        rows = load_rows(DATA, f"{name}.jsonl")
        if not rows:
            raise FileNotFoundError(f"{DATA}/{name}.jsonl is missing: set ESCUCHA_DATA to the folder of the source sets")
        for row in rows:
            often.update({word[:STEM] for word in text_folded(row["text"][:MAX_CHARACTERS]).split()})
            texts += 1
    hashed: Counter[int] = Counter()
    for stem, times in often.items():
        if times >= MIN_TEXTS:
            hashed[crc32(stem.encode())] += times
    keys = np.array(sorted(hashed), dtype=np.uint32)
    counts = np.array([hashed[int(key)] for key in keys], dtype=np.uint32)
    no_map = np.zeros((len(mean), 0), dtype=np.float32)
    return Vocabulary(texts, keys, counts, mean.astype(np.float32), no_map, model)


def raw_rows(name: str) -> list[Row]:
    """Return an author's posts as written."""
    return list(load_json_lines(INCIDENTS / f"author_{name}" / "posts.jsonl"))


def is_of_the_city(name: str) -> bool:
    """Return whether an author's places are in the gazetteer's city."""
    return name not in _other_cities()


@lru_cache(maxsize=1)
def _other_cities() -> dict[str, Row]:
    return tomllib.loads(OTHER_CITIES.read_text(encoding="utf-8"))


def _posts(name: str) -> list[Post]:
    found = []
    for row in raw_rows(name):
        at = datetime.fromisoformat(row["created_at"])
        answered = f"{name}-{row['reply_to']}" if row["reply_to"] else None
        found.append(
            Post(
                post_id=f"{name}-{row['id']}",
                source=SOURCE_OF.get(row["channel"], row["channel"]),
                text=row["text"],
                created_at=at,
                received_at=at,
                author=f"{name}-{row['author']}",
                reply_to=answered,
            )
        )
    return sorted(found, key=lambda post: (post.created_at, post.post_id))


def _annotations(annotator: Annotator, posts: list[Post], cache: Path) -> dict[str, Annotation]:
    kept = cache / annotator.model / f"{posts[0].post_id.partition('-')[0]}.jsonl"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        made = [one for one in annotator.annotate(posts) if isinstance(one, Annotation)]
        kept.write_text("".join(_format_annotation(one) for one in made), encoding="utf-8")
    return {annotation.post_id: annotation for annotation in (_parse_annotation(row) for row in load_json_lines(kept))}


def _format_annotation(annotation: Annotation) -> str:
    labels = {name: label.model_dump(mode="json") for name, label in annotation.labels.items()}
    fields = {"post_id": annotation.post_id, "model": annotation.model, "truncated": annotation.truncated, "labels": labels}
    return json.dumps(fields | {"embedding": annotation.embedding.hex()}, ensure_ascii=False) + "\n"


def _parse_annotation(row: Row) -> Annotation:
    labels = {name: Label.model_validate(label) for name, label in row["labels"].items()}
    return Annotation.model_validate(row | {"labels": labels, "embedding": bytes.fromhex(row["embedding"])})


def _vector(annotation: Annotation) -> "np.ndarray[Any, np.dtype[np.float32]]":
    return np.frombuffer(annotation.embedding, dtype="<f2").astype(np.float32)


def _author(
    city: City, words: Vocabulary, name: str, posts: list[Post], annotations: dict[str, Annotation], own: dict[str, Annotation]
) -> Author:
    """Compute the features of an author's posts."""
    forms, lexicon = [], subjects_of(city_folder(city))
    for post in posts:
        forms.append(post_features(post, annotations[post.post_id], words, lexicon))
    gold = {
        f"{name}-{row['id']}": PostLabels(row["incident"], bool(row["actionable"]), row["topic"], row["kind"]) for row in raw_rows(name)
    }
    about = load_json_lines(INCIDENTS / f"author_{name}" / "incidents.jsonl")
    return Author(name, posts, annotations, own, forms, gold, {cast(str, row["incident"]): row for row in about})
