"""Measure how the corrections for short posts grow with their posts.

`python -m workshop.training.studies.learning_curve [--seeds 2]`, or `make learning-curve`: a quarter, half, three quarters and all of the posts
that `make train-heads` fits the corrections on, with another draw for each seed; the encoder and the other texts of the n-gram table stay.
Scored on each author of `incidents_es` left out in turn and on dev of `council_posts_es`. Encoded texts and n-gram tables are kept in
`var/training`: a run that was stopped goes on there.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from core.runtime.stdio import set_up_stdio
from nlp.evaluation.metrics import accuracy, average_precision, macro_f1
from nlp.inference.encoder import MAX_CHARACTERS
from nlp.inference.model_files import DEFAULT, MODELS, PLATFORM, load_weights
from nlp.inference.model_output import Floats, softmax
from nlp.inference.short_posts import class_share
from nlp.text.ngrams import gram_logits
from nlp.text.sanitize import sanitize
from workshop.training.data.example import SHARED, Example, encode_labels
from workshop.training.data.sources import require_sets
from workshop.training.heads.fit import HYPERPARAMETERS, Tensors, fit_correction, load_or_fit_ngrams
from workshop.training.heads.pooled import PooledCache
from workshop.training.heads.sets import COUNCIL, HeadSets, load_sets
from workshop.training.heads.short_posts import INCIDENTS
from workshop.training.heads.train import CACHE, uncorrected_tensors
from workshop.training.model_card.scores import Table

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
HEADS = ("topic", "actionable")
FIGURES = ("topic accuracy", "topic macro-F1", "actionable AP")
Figures = tuple[float, ...]


class Study:
    """Hold the sets, the encoded texts and the heads before correction."""

    def __init__(self, sets: HeadSets, cache: Path, threads: int, grams: bool = True) -> None:
        weights = load_weights(MODELS / DEFAULT)
        self.sets, self.cache, self.grams = sets, cache, grams
        self.start: Tensors = uncorrected_tensors(weights)
        self.platform = {name: tensor for name, tensor in weights.tensors.items() if name.startswith(PLATFORM)}
        self.pooled = PooledCache(weights, cache, threads)

    def score(self, share: float, seed: int, without: str) -> Figures:
        """Fit on a share of posts; score the left-out author, or dev."""
        judged = self.sets.incidents[without] if without else self.sets.dev
        short = draw(self.sets.short_posts(without), share, seed)
        logits = {head: self.logits(head, judged, short, without) for head in HEADS}
        right = encode_labels(judged)
        predicted = logits["topic"].argmax(axis=1)
        return (
            accuracy(predicted, right["topic"]),
            macro_f1(predicted, right["topic"]),
            average_precision(softmax(logits["actionable"])[:, 1], right["actionable"] == 1),
        )

    def logits(self, head: str, judged: Sequence[Example], short: list[Example], without: str) -> Floats:
        """Return the logits of a head with the correction fitted on `short`."""
        weight, bias = self.start[f"{head}.weight"], self.start[f"{head}.bias"]
        x = self.pooled.of([one.text for one in judged])
        before = x @ weight + bias
        if not short:
            return np.asarray(before, np.float32)
        more, moved = fit_correction(head, weight, bias, short, self.sets.anchors(), self.pooled)
        strength = 1 - class_share(self.platform, PLATFORM, x.astype(np.float64))[:, None]
        return np.asarray(
            before + strength * (x @ more + moved + self.gram_logits(head, judged, short, without)), np.float32
        )

    def gram_logits(self, head: str, judged: Sequence[Example], short: list[Example], without: str) -> Floats:
        """Return what the n-gram table adds to the logits."""
        if not self.grams:
            return np.zeros(1, np.float32)
        drawn = set(map(id, short))
        known = [e for e in self.sets.ngram_texts(without) if e.origin not in (COUNCIL, INCIDENTS) or id(e) in drawn]
        table, table_bias = load_or_fit_ngrams(head, known, self.cache)
        texts = [sanitize(one.text[:MAX_CHARACTERS]) for one in judged]
        return np.asarray(HYPERPARAMETERS[head].grams * (gram_logits(texts, table) + table_bias), np.float32)


def draw(posts: Sequence[Example], share: float, seed: int) -> list[Example]:
    """Return a share of the posts, in their order."""
    chosen = np.random.default_rng(seed).permutation(len(posts))[: round(share * len(posts))]
    return [posts[at] for at in sorted(chosen.tolist())]


def rows(study: Study, seeds: int) -> Iterator[tuple[str, ...]]:
    """Yield a row per share: posts, mean and range of each figure."""
    for share in SHARES:
        drawn = range(seeds if 0 < share < 1 else 1)
        authors = [np.mean([study.score(share, seed, one) for one in study.sets.incidents], axis=0) for seed in drawn]
        dev = [study.score(share, seed, "") for seed in drawn]
        count = round(share * len(study.sets.short_posts()))
        found = (f"{share:.0%}", str(count), *_cells(authors), *_cells(dev))
        sys.stderr.write(f"{' '.join(found)}\n")
        yield found


def _cells(runs: Sequence[Figures | Floats]) -> Iterator[str]:
    for values in np.array(runs).T:
        low, high = values.min(), values.max()
        yield f"{values.mean():.3f}" + (f" ({low:.3f} to {high:.3f})" if len(values) > 1 else "")


def main() -> int:
    """Print the learning curve."""
    parser = argparse.ArgumentParser(prog="python -m workshop.training.studies.learning_curve", description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED, help="folder of the labelled sets")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of encoded texts and n-gram tables")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--no-grams", action="store_true", help="fit the linear correction alone, in a tenth of the time"
    )
    arguments = parser.parse_args()
    set_up_stdio()
    require_sets(arguments.data, ("council_posts_es", "council_announcements_es", "umsab"), "learning-curve")
    study = Study(load_sets(arguments.data), arguments.cache, arguments.threads, not arguments.no_grams)
    heads = [f"{where}: {figure}" for where in ("authors left out", "dev") for figure in FIGURES]
    table = Table(("share", "posts", *heads))
    table.rows += rows(study, arguments.seeds)
    sys.stdout.write(f"{table.text()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
