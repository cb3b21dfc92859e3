"""Fit how likely a gazetteer mention is meant as a place."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gazetteer import Gazetteer
from gazetteer.finding.context import RULED_OUT
from gazetteer.finding.scoring import features
from workshop.training.train.logistic import fit, predict_probability

_RIDGE = 1.0
_MIN_MENTIONS = 4
"""Features of fewer mentions are not used."""

_STRICT = "decide_madrid"
"""Sets with exact spans; in others the house number may be outside or inside the marked span."""


class LabelledMentions(NamedTuple):
    """Hold the mentions of one source of posts with their features."""

    name: str
    posts: list[int]
    """Row number of the post, by mention."""
    features: list[list[str]]
    right: list[bool]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print `gazetteer/finding/place_weights.json`, and the scores of each left-out source."""
    parser = argparse.ArgumentParser(prog="python -m workshop.training.train.place_prior")
    parser.add_argument("folder", type=Path, help="the gazetteer of the city")
    parser.add_argument("posts", type=Path, nargs="+", help="JSON lines with text and places, one file per source")
    parser.add_argument("--home", default="Madrid", help="the name of the city")
    options = parser.parse_args(arguments)
    gazetteer = Gazetteer.load(options.folder, options.home)
    sources = [load_mentions(gazetteer, path) for path in options.posts]
    names = frequent_features(sources)
    tables = [feature_matrix(source.features, names) for source in sources]
    for out, source in enumerate(sources):
        rest = [at for at in range(len(sources)) if at != out]
        if rest:
            weights = fit_weights([tables[at] for at in rest], [sources[at].right for at in rest])
            report(source, predict_probability(tables[out], weights))
    weights = fit_weights(tables, [source.right for source in sources])
    found = {name: round(float(weight), 2) for name, weight in zip(names, weights, strict=False)}
    sys.stdout.write(json.dumps({"always": round(float(weights[-1]), 2), "weights": found}, indent=1) + "\n")


def load_mentions(gazetteer: Gazetteer, path: Path) -> LabelledMentions:
    """Load a file's mentions with features and labels."""
    found = LabelledMentions(f"{path.parent.name}/{path.name}", [], [], [])
    loose = _STRICT not in str(path)
    for number, line in enumerate(path.read_text(encoding="utf-8").strip().split("\n")):
        row: dict[str, Any] = json.loads(line)
        for mention in gazetteer.mentions(row["text"]):
            if not RULED_OUT.isdisjoint(mention.beside):  # ruled out, whatever its features
                continue
            words = row["text"][mention.start : mention.end]
            found.posts.append(number)
            found.features.append(features(mention))
            found.right.append(words in row["places"] or (loose and any(words in one or one in words for one in row["places"])))
    return found


def frequent_features(sources: Sequence[LabelledMentions]) -> list[str]:
    """Return the features that enough mentions have."""
    seen = Counter(name for source in sources for each in source.features for name in each)
    return sorted(name for name, count in seen.items() if count >= _MIN_MENTIONS)


def feature_matrix(rows: Sequence[Sequence[str]], names: Sequence[str]) -> NDArray[np.float64]:
    """Return the feature matrix: one row per mention, intercept column last.

    >>> feature_matrix([["upper"], []], ["street", "upper"]).tolist()
    [[0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]
    """
    column = {name: at for at, name in enumerate(names)}
    table = np.zeros((len(rows), len(names) + 1))
    table[:, -1] = 1
    for row, each in enumerate(rows):
        table[row, [column[name] for name in each if name in column]] = 1
    return table


def fit_weights(tables: Sequence[NDArray[np.float64]], right: Sequence[Sequence[bool]]) -> NDArray[np.float64]:
    """Fit the weights to all these mentions."""
    return fit(np.concatenate(tables), np.concatenate([np.array(each, float) for each in right]), _RIDGE)


def report(source: LabelledMentions, shares: NDArray[np.float64]) -> None:
    """Print precision and recall on a left-out source."""
    right = np.array(source.right)
    for enough in (0.35, 0.45, 0.55):
        taken = shares >= enough
        hit = int((taken & right).sum())
        sys.stdout.write(
            f"# {source.name} left out, chance >= {enough:.2f}: precision {hit / max(int(taken.sum()), 1):.3f} "
            f"recall {hit / max(int(right.sum()), 1):.3f} of {int(right.sum())} right of {len(right)} mentions\n"
        )


if __name__ == "__main__":
    main()
