"""Train incident matching on whole streams: `make train-incidents`.

Two models of boosted trees: the probability that two posts are about one incident, and that a post belongs to a whole incident. Both are
trained on streams in time order with their true base rates. Streams of one author or one month are one group; groups are dealt into folds.
The second model is trained on scores of pair models that have not seen the fold, along the labelled incidents, then on the mistakes of
a run. Weights without a fold are written too: with these `make score-incidents` measures.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.config.settings import Settings
from triage.decide import build_features
from triage.eligibility import exclusion_reason
from triage.identity import threads
from triage.incident_matching.index import WINDOW_S, IncidentIndex
from triage.incident_matching.matcher import COMPARED, Matcher
from triage.incident_matching.post_features import PostFeatures
from triage.incident_matching.trees import Trees, average, from_boosting
from triage.incident_matching.vocabulary import Vocabulary
from triage.incident_matching.weights import SHIPPED, Weights, load_vocabulary, save
from workshop.incidents.dataset import load_authors
from workshop.incidents.labelled_streams import LabelledStream, streams
from workshop.incidents.linear_map import fit_map
from workshop.incidents.streams import annotated

FOLDS = 5
JOIN, SUGGEST = 0.45, 0.1
"""Probabilities from which a post joins and is suggested: `make score-incidents` prints what others give."""
RUN_BAR = 0.4
"""Bar of the run whose mistakes the second model is taught on."""
UNRELATED_SHARE = 0.01
"""Share of the pairs without common features that is sampled."""
PAIR_SHARE = 0.35
"""Share of the unlike pairs that is kept; each then counts as `1 / PAIR_SHARE`."""
PAIR_WEIGHT = {"written": 1.0, "author": 1.0, "notices": 0.5}
WEIGHT = {"written": 2.0, "author": 0.6, "notices": 1.0}
"""Weight of a row by its origin: there are few written days with the base rate of life, and they say most."""
DENSE = 2.5
"""Weight of an unlike row of an author: most of these posts have a partner, in life one in ten."""
AVERAGED = 2
"""Number of second models averaged."""
Rows = npt.NDArray[np.float32]
Labels = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StreamFeatures:
    """Hold a stream with the features of its posts that are matched."""

    stream: LabelledStream
    posts: Sequence[PostFeatures]
    """Oldest first."""
    fold: int


@dataclass(frozen=True)
class Table:
    """Hold rows of features with their labels and weights."""

    rows: Rows
    same: Labels
    weights: Floats


class Trainer:
    """Train the models of any fold, each once."""

    def __init__(self, prepared: Sequence[StreamFeatures], words: Vocabulary) -> None:
        self.prepared, self.words = prepared, words
        self._pairs: dict[int | None, Trees] = {}

    def weights(self, without: int | None = None) -> Weights:
        """Return weights that have not seen a fold; None: on all."""
        tables = [table for fold, table in self.second_tables if fold != without]
        second = average([_boost_second(_stacked(tables), seed) for seed in range(AVERAGED)])
        return Weights(self.pairs(without), second, self.words, JOIN, SUGGEST)

    def pairs(self, without: int | None) -> Trees:
        """Return the pair model that has not seen a fold."""
        if without not in self._pairs:
            tables = [table for fold, table in self.pair_tables if fold != without]
            self._pairs[without] = _boost_pairs(_stacked(tables))
        return self._pairs[without]

    @cached_property
    def pair_tables(self) -> list[tuple[int, Table]]:
        """Return the pairs of each stream, with its fold."""
        random = np.random.default_rng(0)
        return [(one.fold, pair_table(one, random)) for one in self.prepared]

    @cached_property
    def second_tables(self) -> list[tuple[int, Table]]:
        """Return the rows of posts against incidents, with their folds."""
        along = [(one.fold, second_table(one, self._matcher(self.pairs(one.fold), None))) for one in self.prepared]
        firsts = {
            fold: _boost_second(_stacked([table for other, table in along if other != fold]), 0)
            for fold in sorted({one.fold for one in self.prepared})
        }
        run = [(one.fold, second_table(one, self._matcher(self.pairs(one.fold), firsts[one.fold]))) for one in self.prepared]
        return along + run

    def _matcher(self, pairs: Trees, second: Trees | None) -> Matcher:
        """Return a matcher.

        Without a second model it joins nothing by likeness.
        """
        return Matcher(pairs, second or pairs, RUN_BAR if second else 2.0, SUGGEST if second else 2.0)


def prepare(words: Vocabulary) -> Iterator[StreamFeatures]:
    """Annotate all streams and deal their groups into folds."""
    found = list(streams())
    folds = folds_of(found)
    for stream in found:
        posts = [
            build_features(stream.city, words, post, annotation)
            for post, annotation in annotated(stream)
            if exclusion_reason(post, annotation) is None
        ]
        yield StreamFeatures(stream, posts, folds[stream.name])


def folds_of(found: Sequence[LabelledStream]) -> dict[str, int]:
    """Assign the groups of each origin to folds.

    All streams of a group are in one.
    """
    groups = {origin: sorted({one.group for one in found if one.origin == origin}) for origin in WEIGHT}
    return {one.name: groups[one.origin].index(one.group) % FOLDS for one in found}


def pair_table(one: StreamFeatures, random: np.random.Generator) -> Table:
    """Return the pairs that share a feature, and a sample of others."""
    index, members, stream = IncidentIndex(), defaultdict[str, list[str]](list), one.stream
    rows: list[Rows] = []
    labels: list[bool] = []
    for features in one.posts:
        thing = stream.thing[features.post_id]
        near = index.near(features, COMPARED)
        missed = [key for key in members[thing] if key not in near and features.at - index.posts[key].at <= WINDOW_S]
        others = [key for key in index.posts if random.random() < UNRELATED_SHARE and key not in near]
        kept = [key for key in dict.fromkeys([*near, *missed, *others]) if _is_kept(stream, key, features, random)]
        if kept:
            rows.append(np.asarray(index.pairs.compare(features, index.of(kept)), dtype=np.float32))
            labels += [stream.same(key, features.post_id) is True for key in kept]
        index.add(features, features.post_id)
        members[thing].append(features.post_id)
    same = np.array(labels)
    weights = np.where(same, 1.0, 1 / PAIR_SHARE) * PAIR_WEIGHT[stream.origin]
    return Table(np.vstack(rows), same, weights)


def _is_kept(stream: LabelledStream, key: str, features: PostFeatures, random: np.random.Generator) -> bool:
    same = stream.same(key, features.post_id)
    return same is True or (same is False and random.random() < PAIR_SHARE)


def second_table(one: StreamFeatures, matcher: Matcher) -> Table:
    """Run a matcher over a stream; return a row for each candidate.

    With a bar that joins nothing the posts go where the labels put them. What the law forbids has no row.
    """
    index, stream, rows, labels = IncidentIndex(), one.stream, list[list[float]](), list[bool]()
    follows_labels = matcher.join > 1
    for features in one.posts:
        thing = stream.thing[features.post_id]
        parent = index.parent(features)
        is_reply = parent is not None and not threads.leaves_thread(features, index.known(parent)[0])
        if not is_reply:
            for candidate in matcher.candidates(features, index):
                others = index.members[candidate.incident]
                if not candidate.judged.veto and all(stream.same(features.post_id, key) is not None for key in others):
                    rows.append(candidate.row)
                    labels.append(majority(stream, others) == thing)
        joined = thing if follows_labels else matcher.match(features, index).join
        index.add(features, joined or features.post_id)
    same = np.array(labels)
    weights = np.where(same | (stream.origin != "author"), 1.0, DENSE) * WEIGHT[stream.origin]
    return Table(np.array(rows, dtype=np.float32), same, weights)


def majority(stream: LabelledStream, post_ids: Sequence[str]) -> str:
    """Return what most of these posts are about."""
    return Counter(stream.thing[key] for key in post_ids).most_common(1)[0][0]


def _stacked(tables: Sequence[Table]) -> Table:
    rows, same, weights = zip(*((one.rows, one.same, one.weights) for one in tables if len(one.same)), strict=True)
    return Table(np.vstack(rows), np.concatenate(same), np.concatenate(weights))


def _boost_pairs(table: Table) -> Trees:
    return _boost(table, 0, trees=200, leaves=15, depth=6, least=40, ridge=5, share=0.4)


def _boost_second(table: Table, seed: int) -> Trees:
    return _boost(table, seed, trees=150, leaves=8, depth=5, least=25, ridge=8, share=0.3)


def _boost(table: Table, seed: int, trees: int, leaves: int, depth: int, least: int, ridge: float, share: float) -> Trees:
    """Train boosted trees. Each split chooses among a share of the features."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # takes 1 s of CPU

    model = HistGradientBoostingClassifier(
        max_iter=trees,
        max_leaf_nodes=leaves,
        max_depth=depth,
        min_samples_leaf=least,
        l2_regularization=ridge,
        max_features=share,
        learning_rate=0.06,
        random_state=seed,
        early_stopping=False,
    )
    return from_boosting(model.fit(table.rows, table.same, sample_weight=table.weights))


def main() -> None:
    """Train on all streams, and without each fold; write the weights."""
    parser = argparse.ArgumentParser(prog="python -m workshop.incidents.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=SHIPPED, help="file to write; default: the shipped weights")
    parser.add_argument("--folds", type=Path, help="folder for weights without each fold; default: beside the ledger")
    parser.add_argument("--words", action="store_true", help="count words and fit the map anew: the encoder changed")
    options = parser.parse_args()
    words, folds = new_words() if options.words else load_vocabulary(), options.folds or fold_folder()
    trainer = Trainer(list(prepare(words)), words)
    sys.stderr.write(f"{len(trainer.prepared)} streams in {FOLDS} folds\n")
    save(trainer.weights(), options.out)
    sys.stderr.write(f"written: {options.out} ({options.out.stat().st_size:,} bytes)\n")
    folds.mkdir(parents=True, exist_ok=True)
    for fold in range(FOLDS):
        save(trainer.weights(fold), folds / f"fold_{fold}.npz")


def new_words() -> Vocabulary:
    """Count words in unlabelled texts, and fit the map on authors."""
    words, authors = load_authors(fold_folder())
    return replace(words, map=fit_map(authors))


def fold_folder() -> Path:
    """Return where weights without each fold are kept."""
    return Settings().home / "incidents"


if __name__ == "__main__":
    main()
