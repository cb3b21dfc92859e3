"""Train incident matching on the authors' posts: `make train-incidents`.

Two models of boosted trees: the probability that two posts are about one incident, and that a post belongs to a whole incident. The second
is trained on out-of-fold scores of the first, first along the labelled incidents, then on the mistakes of the model's runs.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.config.settings import Settings
from triage.incident_matching.index import WINDOW_S, IncidentIndex
from triage.incident_matching.matcher import COMPARED, Matcher
from triage.incident_matching.pair_features import PAIR_FEATURES, pair_features
from triage.incident_matching.post_features import map_embedding
from triage.incident_matching.trees import Trees, average, from_boosting
from triage.incident_matching.vocabulary import Vocabulary
from triage.incident_matching.weights import SHIPPED, Weights, save
from workshop.incidents.dataset import Author, load_authors
from workshop.incidents.linear_map import fit_map, with_map

NEGATIVE_SHARE = 0.05
"""Share of the pairs without common features that is sampled for training."""
RUN_THRESHOLDS = (0.3, 0.6)
"""Thresholds of the runs whose mistakes the second model is trained on."""
JOIN, SUGGEST = 0.60, 0.06
"""Thresholds chosen by leave-one-author-out: `make score-incidents` prints the table."""
NEAR_MISS = 3.0
"""Weight of pairs of easily confused incidents."""
PAIR_TREES = 200
FEATURE_SHARE, DEPTH, AVERAGED = 0.4, 6, 2
"""Share of the features a split chooses among, depth of a tree, and number of second models averaged."""
MAPPED_COSINE = PAIR_FEATURES.index("mapped cosine")
Rows = npt.NDArray[np.float32]
Row = tuple[list[float], bool, float]


@dataclass
class Pairs:
    """Hold pairs of one author's posts: positions, features, labels, weights."""

    earlier: npt.NDArray[np.int64]
    later: npt.NDArray[np.int64]
    rows: Rows
    same: npt.NDArray[np.bool_]
    weights: npt.NDArray[np.float64]

    def with_map(self, centred: Rows, fitted: Rows) -> Rows:
        """Return the features under a fitted map."""
        mapped = np.vstack([map_embedding(one, fitted) for one in centred])
        rows = self.rows.copy()
        rows[:, MAPPED_COSINE] = (mapped[self.earlier] * mapped[self.later]).sum(axis=1)
        return rows


@dataclass
class Trainer:
    """Train models for any set of authors, each once.

    Training rows of an author never use a map or a pair model fitted on the same author: else the second model would trust these more than
    they deserve for a new author.
    """

    authors: dict[str, Author]
    seed: int = 0

    def __post_init__(self) -> None:
        self._tables = {name: pair_table(author, self.seed) for name, author in self.authors.items()}
        self._centred = {name: np.vstack([one.centred for one in a.forms]) for name, a in self.authors.items()}
        self._pairs: dict[frozenset[str], Trees] = {}
        self._maps: dict[frozenset[str], Rows] = {}

    def weights(self, names: Iterable[str], words: Vocabulary) -> Weights:
        """Train on these authors and return all weights, with shipped thresholds."""
        names = sorted(names)
        matcher = self.matcher(names)
        return Weights(matcher.pairs, matcher.incidents, replace(words, map=self.map_of(names)), JOIN, SUGGEST)

    def map_of(self, names: Iterable[str]) -> Rows:
        """Return the map of embeddings fitted on these authors."""
        key = frozenset(names)
        if key not in self._maps:
            self._maps[key] = fit_map([self.authors[name] for name in sorted(key)])
        return self._maps[key]

    def pairs(self, names: Iterable[str]) -> Trees:
        """Return the pair model of these authors."""
        key = frozenset(names)
        if key not in self._pairs:
            tables = [(self._tables[name], self._centred[name], self.map_of(key - {name})) for name in sorted(key)]
            rows = np.vstack([table.with_map(centred, fitted) for table, centred, fitted in tables])
            same, weights = (
                np.concatenate([getattr(table, field) for table, *_ in tables]) for field in ("same", "weights")
            )
            self._pairs[key] = boost_pairs(rows, same, weights, self.seed)
        return self._pairs[key]

    def matcher(self, names: Sequence[str]) -> Matcher:
        """Return the matcher (both models) of these authors."""
        others = {name: frozenset(names) - {name} for name in names}
        seen = {name: replace(self.authors[name], forms=with_map(self.authors[name].forms, self.map_of(others[name])))
                for name in names}  # fmt: skip
        inner = {name: self.pairs(others[name]) for name in names}
        rows: list[Row] = []
        for name in names:
            rows += training_rows(seen[name], Matcher(inner[name], inner[name], 2.0, 2.0), follow_gold=True)
        second = _fit_second(rows, [self.seed])
        for bar in RUN_THRESHOLDS:
            for name in names:
                rows += training_rows(seen[name], Matcher(inner[name], second, bar, SUGGEST))
        return Matcher(self.pairs(names), _fit_second(rows, range(self.seed, self.seed + AVERAGED)), JOIN, SUGGEST)


def pair_table(author: Author, seed: int) -> Pairs:
    """Return the pairs that share a feature, and a sample of others."""
    random = np.random.default_rng(seed)
    index = IncidentIndex()
    members: dict[str | None, list[str]] = defaultdict(list)
    place = {form.post_id: at for at, form in enumerate(author.forms)}
    mistaken = near_miss_pairs(author)
    found: list[tuple[int, int, tuple[float, ...], bool, float]] = []
    for form in author.forms:
        near = set(index.near(form, COMPARED))
        gold = author.gold[form.post_id].incident
        missed = [one for one in members[gold] if one not in near and form.at - index.posts[one].at <= WINDOW_S]
        others = [one for one in index.posts if one not in near and random.random() < NEGATIVE_SHARE]
        for one in [*sorted(near), *missed, *others]:
            other = author.gold[one].incident
            same = gold is not None and other == gold
            weight = NEAR_MISS if frozenset((gold, other)) in mistaken else 1.0
            found.append((place[one], place[form.post_id], pair_features(index.posts[one], form), same, weight))
        index.add(form, form.post_id)
        if gold is not None:
            members[gold].append(form.post_id)
    earlier, later, rows, same_, weights = zip(*found, strict=True)
    return Pairs(
        np.array(earlier), np.array(later), np.array(rows, dtype=np.float32), np.array(same_), np.array(weights)
    )


def near_miss_pairs(author: Author) -> set[frozenset[str | None]]:
    """Return the pairs of incidents that are easily confused.

    They have more weight in training; the mark is not a feature.
    """
    return {frozenset((name, one["near_miss_of"])) for name, one in author.incidents.items() if one["near_miss_of"]}


def training_rows(author: Author, matcher: Matcher, follow_gold: bool = False) -> list[Row]:
    """Run the matcher over an author's posts and collect training rows.

    A row has the features of a candidate incident, whether the post belongs to it, and a weight.
    """
    index, rows, mistaken = IncidentIndex(), [], near_miss_pairs(author)
    for form in author.forms:
        gold = author.gold[form.post_id].incident
        for candidate in matcher.candidates(form, index):
            other = majority(author, index.members[candidate.incident])
            weight = NEAR_MISS if frozenset((gold, other)) in mistaken else 1.0
            rows.append((candidate.row, gold is not None and other == gold, weight))
        joined = gold if follow_gold else matcher.match(form, index).join
        index.add(form, joined or form.post_id)
    return rows


def majority(author: Author, post_ids: Sequence[str]) -> str | None:
    """Return the incident of most of these posts; None: no incident."""
    return Counter(author.gold[one].incident for one in post_ids).most_common(1)[0][0]


def boost_pairs(
    rows: Rows, same: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64], seed: int, trees: int = PAIR_TREES
) -> Trees:
    """Train the pair model."""
    return _boost(rows, same, weights, [seed], trees=trees, leaves=15, least=40, ridge=5)


def _fit_second(rows: Sequence[Row], seeds: Iterable[int]) -> Trees:
    features, same, weights = (np.array(column) for column in zip(*rows, strict=True))
    return _boost(features.astype(np.float32), same, weights, seeds, trees=180, leaves=10, least=20, ridge=8)


def _boost(
    rows: Rows, same: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64], seeds: Iterable[int],
    trees: int, leaves: int, least: int, ridge: float,
) -> Trees:  # fmt: skip
    """Train boosted trees and average one run per seed.

    Each split chooses among a sample of the features.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier  # takes 1 s of CPU

    models = [
        HistGradientBoostingClassifier(
            max_iter=trees, max_leaf_nodes=leaves, max_depth=DEPTH, min_samples_leaf=least, l2_regularization=ridge,
            max_features=FEATURE_SHARE, learning_rate=0.06, random_state=seed, early_stopping=False,
        ).fit(rows, same, sample_weight=weights)
        for seed in seeds
    ]  # fmt: skip
    return average([from_boosting(model) for model in models])


def main() -> None:
    """Train on all authors, or all but one, and write the weights."""
    parser = argparse.ArgumentParser(prog="python -m workshop.incidents.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=SHIPPED, help="file to write; default: the shipped weights")
    parser.add_argument("--without", default="", help="author to hold out; several with commas")
    options = parser.parse_args()
    words, found = load_authors(Settings().home / "incidents")
    authors = {author.name: author for author in found if author.name not in options.without.split(",")}
    sys.stderr.write(f"training on {', '.join(authors)}\n")
    save(Trainer(authors).weights(authors, words), options.out)
    sys.stderr.write(f"written: {options.out} ({options.out.stat().st_size:,} bytes)\n")


if __name__ == "__main__":
    main()
