"""Learns how likely words that look like a place's name are meant as one, from posts in which people marked the places."""

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
from gazetteer.context import ELSEWHERE
from gazetteer.scoring import features
from nlp.training.train.logistic import fit, share

_RIDGE = 1.0
_RARE = 4
"""A sign that fewer mentions bear is not learned."""

_STRICT = "decide_madrid"
"""In these the exact words are marked; elsewhere the house number may stand outside the mark or within it."""


class Taught(NamedTuple):
    """The mentions of one source of posts."""

    name: str
    posts: list[int]
    """Number of the post, by mention."""
    signs: list[list[str]]
    right: list[bool]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the weights for `gazetteer/scoring.py`, and what each source gives when its weights come from the others."""
    parser = argparse.ArgumentParser(prog="python -m nlp.training.train.place_prior")
    parser.add_argument("folder", type=Path, help="the gazetteer of the city")
    parser.add_argument("posts", type=Path, nargs="+", help="JSON lines with text and places, a file a source")
    parser.add_argument("--home", default="Madrid", help="the name of the city")
    asked = parser.parse_args(arguments)
    gazetteer = Gazetteer.load(asked.folder, asked.home)
    taught = [read_source(gazetteer, path) for path in asked.posts]
    names = kept_signs(taught)
    tables = [as_table(source.signs, names) for source in taught]
    for out, source in enumerate(taught):
        rest = [at for at in range(len(taught)) if at != out]
        if rest:
            weights = learn([tables[at] for at in rest], [taught[at].right for at in rest])
            report(source, share(tables[out], weights))
    weights = learn(tables, [source.right for source in taught])
    sys.stdout.write(f"_ALWAYS = {weights[-1]:.2f}\nWEIGHTS: dict[str, float] = {{\n")
    for name, weight in zip(names, weights, strict=False):
        sys.stdout.write(f'    "{name}": {weight:.2f},\n')
    sys.stdout.write("}\n")


def read_source(gazetteer: Gazetteer, path: Path) -> Taught:
    """The mentions of a file, each with what speaks for it and whether a person marked a place there."""
    taught = Taught(f"{path.parent.name}/{path.name}", [], [], [])
    loose = _STRICT not in str(path)
    for number, line in enumerate(path.read_text(encoding="utf-8").strip().split("\n")):
        row: dict[str, Any] = json.loads(line)
        for mention in gazetteer.mentions(row["text"]):
            if not ELSEWHERE.isdisjoint(mention.beside):  # never a place of this city, by rule
                continue
            words = row["text"][mention.start : mention.end]
            taught.posts.append(number)
            taught.signs.append(features(mention))
            taught.right.append(
                words in row["places"] or (loose and any(words in one or one in words for one in row["places"]))
            )
    return taught


def kept_signs(taught: Sequence[Taught]) -> list[str]:
    """The signs that enough mentions bear."""
    seen = Counter(sign for source in taught for each in source.signs for sign in each)
    return sorted(sign for sign, count in seen.items() if count >= _RARE)


def as_table(spoken: Sequence[Sequence[str]], names: Sequence[str]) -> NDArray[np.float64]:
    """One row a mention, one column a sign, and a last column of ones."""
    column = {name: at for at, name in enumerate(names)}
    table = np.zeros((len(spoken), len(names) + 1))
    table[:, -1] = 1
    for row, each in enumerate(spoken):
        table[row, [column[sign] for sign in each if sign in column]] = 1
    return table


def learn(tables: Sequence[NDArray[np.float64]], right: Sequence[Sequence[bool]]) -> NDArray[np.float64]:
    """The weights of all these mentions."""
    return fit(np.concatenate(tables), np.concatenate([np.array(each, float) for each in right]), _RIDGE)


def report(source: Taught, shares: NDArray[np.float64]) -> None:
    """How many of the mentions of a source not learned from are judged rightly."""
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
