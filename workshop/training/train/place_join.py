"""Fit the weights of gazetteer and tagger, leaving out each author."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gazetteer import Found, Gazetteer
from gazetteer.finding.context import RULED_OUT
from gazetteer.finding.scoring import features
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.inference.model_output import Tag
from nlp.questions.places import MIN_PROBABILITY, Options, joint_features, tagger_features
from workshop.training.train.logistic import fit, predict_probability
from workshop.training.train.place_prior import LabelledMentions, feature_matrix, fit_weights, frequent_features, load_mentions

Rows = list[dict[str, Any]]
_RIDGE = 1.0


class Source(NamedTuple):
    """Hold the posts of one author with mentions and tags."""

    name: str
    rows: Rows
    tags: Sequence[Sequence[Tag]]
    mentions: LabelledMentions


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the weights for `nlp/questions/places/__init__.py`, and leave-one-author-out scores.

    The scores are precision and recall of each author when neither step was fitted on that author's posts.
    """
    parser = argparse.ArgumentParser(prog="python -m workshop.training.train.place_join")
    parser.add_argument("folder", type=Path, help="the gazetteer of the city")
    parser.add_argument("other", type=Path, help="labelled proposals: fitted on but not reported (the tagger was trained on them)")
    parser.add_argument("posts", type=Path, nargs="+", help="JSON lines with text and places, one file per author")
    parser.add_argument("--home", default="Madrid", help="the name of the city")
    options = parser.parse_args(arguments)
    gazetteer = Gazetteer.load(options.folder, options.home)
    model = InferenceModel(load_weights(MODELS / DEFAULT), threads=1)
    other = load_author(gazetteer, model, options.other)
    sources = [load_author(gazetteer, model, path) for path in options.posts]
    scores = []
    for out in range(len(sources)):
        rest = [source for at, source in enumerate(sources) if at != out]
        first, names = fit_prior([other.mentions, *(source.mentions for source in rest)])
        both = [find_candidates(gazetteer, source, first, names) for source in [*rest, other]]
        join, alone = fit_join(both)
        scores.append(measure(gazetteer, sources[out], first, names, join, alone))
    mean = np.array(scores).mean(axis=0)
    sys.stdout.write(f"# mean precision {mean[0]:.3f} recall {mean[1]:.3f}, worst {min(p for p, _ in scores):.3f} ")
    sys.stdout.write(f"{min(r for _, r in scores):.3f}\n")
    first, names = fit_prior([other.mentions, *(source.mentions for source in sources)])
    join, alone = fit_join([find_candidates(gazetteer, source, first, names) for source in [*sources, other]])
    sys.stdout.write(f"JOIN = {json.dumps(join, indent=4)}\nALONE = {json.dumps(alone, indent=4)}\n")


def load_author(gazetteer: Gazetteer, model: InferenceModel, path: Path) -> Source:
    """Load the posts of a file and annotate them."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").strip().split("\n")]
    return Source(path.parent.name, rows, model.read([row["text"] for row in rows]).tags, load_mentions(gazetteer, path))


def fit_prior(mentions: Sequence[LabelledMentions]) -> tuple[NDArray[np.float64], list[str]]:
    """Fit the weights of the gazetteer step; return their names too."""
    names = frequent_features(mentions)
    return fit_weights([feature_matrix(each.features, names) for each in mentions], [each.right for each in mentions]), names


class Candidate(NamedTuple):
    """Describe one candidate place with its features for the second step."""

    words: str
    gazetteer: bool
    features: dict[str, float]
    resolved: bool


def find_candidates(
    gazetteer: Gazetteer, source: Source, first: NDArray[np.float64], names: list[str]
) -> list[tuple[list[Candidate], set[str]]]:
    """Return candidates of gazetteer and tagger by post, and labelled places."""
    posts = []
    for row, tags in zip(source.rows, source.tags, strict=True):
        text, seen, taken = row["text"], [], bytearray(len(row["text"]))
        mentions = gazetteer.mentions(text)
        judged = predict_probability(feature_matrix([features(mention) for mention in mentions], names), first)
        for mention, learned in zip(mentions, judged, strict=True):
            chance = learned if RULED_OUT.isdisjoint(mention.beside) else MIN_PROBABILITY
            if chance < MIN_PROBABILITY:
                continue
            place = gazetteer.resolve(text[mention.start : mention.end])
            found = Found(mention.start, mention.end, place, float(chance))
            taken[found.start : found.end] = b"\1" * (found.end - found.start)
            words = text[found.start : found.end]
            seen.append(Candidate(words, True, joint_features(found, tags), bool(mention.hits) or place.key is not None))
        for tag in tags:
            if 1 not in taken[tag.start : tag.end]:
                words = text[tag.start : tag.end]
                place = gazetteer.resolve(words)
                seen.append(Candidate(words, False, tagger_features(tag, place), place.key is not None))
        posts.append((seen, set(row["places"])))
    return posts


def fit_join(sources: Sequence[Sequence[tuple[list[Candidate], set[str]]]]) -> tuple[dict[str, float], dict[str, float]]:
    """Fit the second step's weights: with gazetteer, and tagger alone."""
    weights = []
    for gazetteer in (True, False):
        chosen = [(one, right) for posts in sources for seen, right in posts for one in seen if one.gazetteer == gazetteer]
        names = sorted({name for one, _ in chosen for name in one.features} - {"always"})
        table = np.array([[*(one.features.get(name, 0.0) for name in names), 1.0] for one, _ in chosen])
        truth = np.array([float(overlaps_marked(one.words, right)) for one, right in chosen])
        found = fit(table, truth, _RIDGE)
        weights.append({name: round(float(value), 2) for name, value in zip([*names, "always"], found, strict=True)})
    return weights[0], weights[1]


def overlaps_marked(words: str, marked: set[str]) -> bool:
    """Return whether the words contain a marked place or reverse.

    >>> overlaps_marked("calle Mayor 5", {"calle Mayor"})
    True
    """
    return any(words in one or one in words for one in marked)


def measure(
    gazetteer: Gazetteer, source: Source, first: NDArray[np.float64], names: list[str], join: dict[str, float], alone: dict[str, float]
) -> tuple[float, float]:
    """Return precision and recall of a left-out author.

    Prints them for several thresholds.
    """
    posts = find_candidates(gazetteer, source, first, names)
    shipped = Options()
    result = (0.0, 0.0)
    for enough in (0.35, shipped.enough, 0.5, 0.55, 0.6, 0.65):
        right = predicted = hit = marked = 0
        for seen, gold in posts:
            words = {
                one.words for one in seen if _score(one, join, alone) >= (enough if one.resolved else max(enough, shipped.enough_for_text))
            }
            right, predicted = right + sum(overlaps_marked(each, gold) for each in words), predicted + len(words)
            hit, marked = hit + sum(overlaps_marked(each, words) for each in gold), marked + len(gold)
        precision, recall = right / max(predicted, 1), hit / max(marked, 1)
        sys.stdout.write(f"# {source.name} left out, from {enough:.2f}: precision {precision:.3f} recall {recall:.3f}\n")
        if enough == shipped.enough:
            result = precision, recall
    return result


def _score(one: Candidate, join: dict[str, float], alone: dict[str, float]) -> float:
    weights = join if one.gazetteer else alone
    return float(1 / (1 + np.exp(-sum(weights.get(name, 0.0) * value for name, value in one.features.items()))))


if __name__ == "__main__":
    main()
