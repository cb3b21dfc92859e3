"""Train incident matching on posts that authors wrote about incidents: `make train-incidents`.

Two models of boosted trees: how likely two posts are of one incident, and how likely a post belongs to a whole incident. The second
learns from pair scores of models that never saw the author, first on gold incidents, then on the mistakes of its own runs.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from core.settings import Settings
from tools.incidents.dataset import Author, load
from triage.incident_matching.index import WINDOW_S, IncidentIndex
from triage.incident_matching.matcher import COMPARED, Matcher
from triage.incident_matching.pair_signs import compare
from triage.incident_matching.trees import Trees, from_boosting
from triage.incident_matching.weights import SHIPPED, Weights, save

UNLIKELY = 0.05
"""Part of the pairs that share nothing which is learned from too."""
OWN_RUNS = (0.3, 0.6)
"""Bars of the runs whose mistakes the second model learns from."""
JOIN, SUGGEST = 0.60, 0.10
"""Chosen on authors left out: `make score-incidents` prints the table they were read from."""
Table = tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]
Row = tuple[list[float], bool]


@dataclass
class Trainer:
    """Trains models for any set of authors; a model is trained once."""

    authors: dict[str, Author]
    seed: int = 0

    def __post_init__(self) -> None:
        self._tables = {name: pair_table(author, self.seed) for name, author in self.authors.items()}
        self._pairs: dict[frozenset[str], Trees] = {}

    def pairs(self, names: Iterable[str]) -> Trees:
        """Return the pair model of these authors."""
        key = frozenset(names)
        if key not in self._pairs:
            tables = [self._tables[name] for name in sorted(key)]
            rows, same = np.vstack([rows for rows, _ in tables]), np.concatenate([same for _, same in tables])
            self._pairs[key] = _boost(rows, same, self.seed, trees=200, leaves=15, least=40, ridge=5)
        return self._pairs[key]

    def matcher(self, names: Sequence[str]) -> Matcher:
        """Return both models of these authors, with the bars of the shipped weights."""
        inner = {name: self.pairs(set(names) - {name}) for name in names}
        rows: list[Row] = []
        for name in names:
            rows += states(self.authors[name], Matcher(inner[name], inner[name], 2.0, 2.0), follow_gold=True)
        second = _second(rows, self.seed)
        for bar in OWN_RUNS:
            for name in names:
                rows += states(self.authors[name], Matcher(inner[name], second, bar, SUGGEST))
        return Matcher(self.pairs(names), _second(rows, self.seed), JOIN, SUGGEST)


def pair_table(author: Author, seed: int) -> Table:
    """Return features and truth of the pairs that share something, and of a part of the others."""
    random = np.random.default_rng(seed)
    index = IncidentIndex()
    members: dict[str | None, list[str]] = defaultdict(list)
    rows, same = [], []
    for form in author.forms:
        near = set(index.near(form, COMPARED))
        gold = author.gold[form.post_id].incident
        missed = [one for one in members[gold] if one not in near and form.at - index.posts[one].at <= WINDOW_S]
        others = [one for one in index.posts if one not in near and random.random() < UNLIKELY]
        for one in [*sorted(near), *missed, *others]:
            rows.append(compare(index.posts[one], form))
            same.append(gold is not None and author.gold[one].incident == gold)
        index.add(form, form.post_id)
        if gold is not None:
            members[gold].append(form.post_id)
    return np.array(rows, dtype=np.float32), np.array(same)


def states(author: Author, matcher: Matcher, follow_gold: bool = False) -> list[Row]:
    """Run over an author's posts: the features of every candidate incident, and whether the post belongs to it."""
    index, rows = IncidentIndex(), []
    for form in author.forms:
        gold = author.gold[form.post_id].incident
        for candidate in matcher.candidates(form, index):
            rows.append(
                (candidate.row, gold is not None and majority(author, index.members[candidate.incident]) == gold)
            )
        joined = gold if follow_gold else matcher.match(form, index).join
        index.add(form, joined or form.post_id)
    return rows


def majority(author: Author, post_ids: Sequence[str]) -> str | None:
    """Return the incident that most of these posts are about; None: no incident."""
    return Counter(author.gold[one].incident for one in post_ids).most_common(1)[0][0]


def _second(rows: Sequence[Row], seed: int) -> Trees:
    features = np.array([row for row, _ in rows], dtype=np.float32)
    return _boost(features, np.array([same for _, same in rows]), seed, trees=180, leaves=10, least=20, ridge=8)


def _boost(
    rows: npt.NDArray[np.float32], same: npt.NDArray[np.bool_], seed: int, trees: int, leaves: int, least: int, ridge: float
) -> Trees:  # fmt: skip
    model = HistGradientBoostingClassifier(
        max_iter=trees, max_leaf_nodes=leaves, min_samples_leaf=least, l2_regularization=ridge, learning_rate=0.06,
        random_state=seed, early_stopping=False,
    )  # fmt: skip
    return from_boosting(model.fit(rows, same))


def main() -> None:
    """Train on all authors, or all but one, and write the weights."""
    parser = argparse.ArgumentParser(prog="python -m tools.incidents.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=SHIPPED, help="file to write; default: the shipped one")
    parser.add_argument("--without", default="", help="an author to leave out, to measure on")
    given = parser.parse_args()
    words, found = load(Settings().home / "incidents")
    authors = {author.name: author for author in found if author.name != given.without}
    sys.stderr.write(f"training on {', '.join(authors)}\n")
    matcher = Trainer(authors).matcher(sorted(authors))
    save(Weights(matcher.pairs, matcher.incidents, words, JOIN, SUGGEST), given.out)
    sys.stderr.write(f"written: {given.out} ({given.out.stat().st_size:,} bytes)\n")


if __name__ == "__main__":
    main()
