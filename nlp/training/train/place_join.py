"""Learns how much gazetteer and tagger are worth together, and measures both steps with one author left out."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gazetteer import Found, Gazetteer
from gazetteer.context import ELSEWHERE
from gazetteer.scoring import features
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.inference.model_output import Tag
from nlp.questions.places import LEAST, Options, alone_signs, join_signs
from nlp.training.train.logistic import fit, share
from nlp.training.train.place_prior import Taught, as_table, kept_signs, learn, read_source

Rows = list[dict[str, Any]]
_RIDGE = 1.0


class Source(NamedTuple):
    """The posts of one author with what gazetteer and tagger see in them."""

    name: str
    rows: Rows
    tags: Sequence[Sequence[Tag]]
    taught: Taught


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the weights for `nlp/questions/places/__init__.py`, and precision and recall of each author whose posts taught neither step."""
    parser = argparse.ArgumentParser(prog="python -m nlp.training.train.place_join")
    parser.add_argument("folder", type=Path, help="the gazetteer of the city")
    parser.add_argument(
        "other", type=Path, help="posts of proposals: they teach, and are not reported (the tagger knows them)"
    )
    parser.add_argument("posts", type=Path, nargs="+", help="JSON lines with text and places, a file an author")
    parser.add_argument("--home", default="Madrid", help="the name of the city")
    asked = parser.parse_args(arguments)
    gazetteer = Gazetteer.load(asked.folder, asked.home)
    one_pass = InferenceModel(load_weights(MODELS / DEFAULT), threads=1)
    other = read_author(gazetteer, one_pass, asked.other)
    sources = [read_author(gazetteer, one_pass, path) for path in asked.posts]
    scores = []
    for out in range(len(sources)):
        rest = [source for at, source in enumerate(sources) if at != out]
        first, names = chances([other.taught, *(source.taught for source in rest)])
        both = [seen_by_both(gazetteer, source, first, names) for source in [*rest, other]]
        join, alone = fitted(both)
        scores.append(measure(gazetteer, sources[out], first, names, join, alone))
    mean = np.array(scores).mean(axis=0)
    sys.stdout.write(f"# mean precision {mean[0]:.3f} recall {mean[1]:.3f}, worst {min(p for p, _ in scores):.3f} ")
    sys.stdout.write(f"{min(r for _, r in scores):.3f}\n")
    first, names = chances([other.taught, *(source.taught for source in sources)])
    join, alone = fitted([seen_by_both(gazetteer, source, first, names) for source in [*sources, other]])
    sys.stdout.write(f"JOIN = {json.dumps(join, indent=4)}\nALONE = {json.dumps(alone, indent=4)}\n")


def read_author(gazetteer: Gazetteer, one_pass: InferenceModel, path: Path) -> Source:
    """The posts of a file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").strip().split("\n")]
    return Source(
        path.parent.name, rows, one_pass.read([row["text"] for row in rows]).tags, read_source(gazetteer, path)
    )


def chances(taught: Sequence[Taught]) -> tuple[NDArray[np.float64], list[str]]:
    """The weights of the first step, and their names."""
    names = kept_signs(taught)
    return learn([as_table(each.signs, names) for each in taught], [each.right for each in taught]), names


class Seen(NamedTuple):
    """What one post has that may be a place: with the signs of the second step."""

    words: str
    gazetteer: bool
    signs: dict[str, float]
    resolved: bool


def seen_by_both(
    gazetteer: Gazetteer, source: Source, first: NDArray[np.float64], names: list[str]
) -> list[tuple[list[Seen], set[str]]]:
    """For each post what gazetteer and tagger see, and the places that a person marked."""
    posts = []
    for row, tags in zip(source.rows, source.tags, strict=True):
        text, seen, taken = row["text"], [], bytearray(len(row["text"]))
        mentions = gazetteer.mentions(text)
        judged = share(as_table([features(mention) for mention in mentions], names), first)
        for mention, learned in zip(mentions, judged, strict=True):
            chance = learned if ELSEWHERE.isdisjoint(mention.beside) else LEAST
            if chance < LEAST:
                continue
            place = gazetteer.resolve(text[mention.start : mention.end])
            found = Found(mention.start, mention.end, place, float(chance))
            taken[found.start : found.end] = b"\1" * (found.end - found.start)
            words = text[found.start : found.end]
            seen.append(Seen(words, True, join_signs(found, tags), bool(mention.hits) or place.key is not None))
        for tag in tags:
            if 1 not in taken[tag.start : tag.end]:
                words = text[tag.start : tag.end]
                place = gazetteer.resolve(words)
                seen.append(Seen(words, False, alone_signs(tag, place), place.key is not None))
        posts.append((seen, set(row["places"])))
    return posts


def fitted(sources: Sequence[Sequence[tuple[list[Seen], set[str]]]]) -> tuple[dict[str, float], dict[str, float]]:
    """The weights of the second step: with the gazetteer, and of the tagger alone."""
    weights = []
    for gazetteer in (True, False):
        chosen = [
            (one, right) for posts in sources for seen, right in posts for one in seen if one.gazetteer == gazetteer
        ]
        names = sorted({sign for one, _ in chosen for sign in one.signs} - {"always"})
        table = np.array([[*(one.signs.get(name, 0.0) for name in names), 1.0] for one, _ in chosen])
        truth = np.array([float(is_right(one.words, right)) for one, right in chosen])
        found = fit(table, truth, _RIDGE)
        weights.append({name: round(float(value), 2) for name, value in zip([*names, "always"], found, strict=True)})
    return weights[0], weights[1]


def is_right(words: str, marked: set[str]) -> bool:
    """True when the words hold a marked place or are held by one."""
    return any(words in one or one in words for one in marked)


def measure(
    gazetteer: Gazetteer,
    source: Source,
    first: NDArray[np.float64],
    names: list[str],
    join: dict[str, float],
    alone: dict[str, float],
) -> tuple[float, float]:
    """Precision and recall of an author whose posts taught nothing, by the thresholds of the product and others."""
    posts = seen_by_both(gazetteer, source, first, names)
    shipped = Options()
    result = (0.0, 0.0)
    for enough in (0.35, shipped.enough, 0.5, 0.55, 0.6, 0.65):
        right = said = hit = marked = 0
        for seen, gold in posts:
            words = {
                one.words
                for one in seen
                if _sure(one, join, alone) >= (enough if one.resolved else max(enough, shipped.enough_for_text))
            }
            right, said = right + sum(is_right(each, gold) for each in words), said + len(words)
            hit, marked = hit + sum(is_right(each, words) for each in gold), marked + len(gold)
        precision, recall = right / max(said, 1), hit / max(marked, 1)
        sys.stdout.write(
            f"# {source.name} left out, from {enough:.2f}: precision {precision:.3f} recall {recall:.3f}\n"
        )
        if enough == shipped.enough:
            result = precision, recall
    return result


def _sure(one: Seen, join: dict[str, float], alone: dict[str, float]) -> float:
    weights = join if one.gazetteer else alone
    return float(1 / (1 + np.exp(-sum(weights.get(sign, 0.0) * value for sign, value in one.signs.items()))))


if __name__ == "__main__":
    main()
