"""Measure what text models add to the pair model.

`python -m workshop.incidents.text_models.score`: each author is left out in turn; features for the others' pairs come from models
that did not see these authors either. Prints average precision and recall at precision .9 over compared pairs.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from statistics import fmean, pstdev

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, precision_recall_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.config.settings import Settings
from core.runtime.stdio import set_up_stdio
from workshop.incidents.dataset import Row, load_authors
from workshop.incidents.measures import format_table
from workshop.incidents.text_models.features import Array, Names, TextFeatures
from workshop.incidents.train import PAIR_TREES, boost_pairs, pair_table

Feature = Callable[[Names, str], Array]
"""Authors trained on, author whose pairs are scored -> [pairs, columns]."""
Scores = tuple[float, float]
"""Average precision, and recall at PRECISION."""
PRECISION = 0.9


def rows_of(features: TextFeatures, used: Sequence[Feature], names: Names, name: str) -> Array:
    """Return the features of an author's pairs with these features beside them."""
    table = features.tables[name]
    rows = table.with_map(features.x[name], features.map_of(names))
    return np.hstack([rows, *(feature(names, name) for feature in used)]).astype(np.float32)


def measure(features: TextFeatures, used: Sequence[Feature], out: str, seed: int, trees: int) -> Scores:
    """Return the scores of an author, with features in the pair model."""
    return scores(features.tables[out].same, logits_of(features, used, out, seed, trees))


def logits_of(features: TextFeatures, used: Sequence[Feature], out: str, seed: int, trees: int) -> Array:
    """Return the log-odds of the pairs of the author left out."""
    others = frozenset(features.authors) - {out}
    rows = np.vstack([rows_of(features, used, others - {name}, name) for name in sorted(others)])
    same = np.concatenate([features.tables[name].same for name in sorted(others)])
    weights = np.concatenate([features.tables[name].weights for name in sorted(others)])
    return boost_pairs(rows, same, weights, seed, trees).logits(rows_of(features, used, others, out))


def scores(same: Array, logits: Array) -> Scores:
    """Return average precision and recall at PRECISION."""
    precision, recall, _ = precision_recall_curve(same, logits)
    return float(average_precision_score(same, logits)), float(recall[precision >= PRECISION].max())


class Stack:
    """Measure what features add beside the finished pair model.

    A logistic model over the log-odds of the pair model, which did not see the author, and the features.
    """

    def __init__(self, features: TextFeatures, trees: int) -> None:
        self.logits = {name: logits_of(features, [], name, 0, trees) for name in features.authors}

    def measure(self, features: TextFeatures, used: Sequence[Feature], out: str) -> Scores:
        """Return the scores of the author left out."""
        every = frozenset(features.authors)
        rows = {
            name: np.hstack([self.logits[name][:, None], *(feature(every - {name}, name) for feature in used)])
            for name in sorted(every)
        }
        others = sorted(every - {out})
        model = make_pipeline(StandardScaler(), LogisticRegression())
        model.fit(np.vstack([rows[name] for name in others]), np.concatenate([features.tables[n].same for n in others]))
        return scores(features.tables[out].same, model.decision_function(rows[out]))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m workshop.incidents.text_models.score", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trees", type=int, default=PAIR_TREES, help="of each pair model")
    parser.add_argument("--rows", nargs="*", default=[], help="rows to measure; default: all")
    parser.add_argument("--stack", action="store_true", help="weigh features beside the finished pair model (minutes)")
    options = parser.parse_args()
    set_up_stdio()
    home = Settings().home / "incidents"
    words, found = load_authors(home)
    authors = {author.name: author for author in found}
    tables = {name: pair_table(author, 0) for name, author in authors.items()}
    kept: dict[str, list[dict[str, Scores]]] = {}
    stack = None
    for seed in range(options.seeds):
        features = TextFeatures(authors, tables, words, home, seed)
        if options.stack and stack is None:
            stack = Stack(features, options.trees)
        for title, used in variants(features).items():
            if options.rows and title not in options.rows:
                continue
            one = {
                name: stack.measure(features, used, name)
                if stack
                else measure(features, used, name, seed, options.trees)
                for name in authors
            }
            kept.setdefault(title, []).append(one)
            sys.stderr.write(f"seed {seed}, {title}: {fmean(ap for ap, _ in one.values()):.4f}\n")
    sys.stdout.write(table_of(kept))


def variants(features: TextFeatures) -> dict[str, list[Feature]]:
    """Return the features beside those that ship, by row."""
    return {
        "ships": [],
        "contrastive, linear": [features.linear],
        "contrastive, two layers": [features.two_layers],
        "contrastive, all layers of the encoder": [features.all_layers],
        "cross scorer": [features.cross],
        "tokens": [features.tokens],
        "tokens, trained": [features.trained_tokens],
        "all of them": [features.linear, features.all_layers, features.cross, features.trained_tokens],
    }


def table_of(kept: dict[str, list[dict[str, Scores]]]) -> str:
    """Format means over seeds, author by author."""
    rows = []
    for title, seeds in kept.items():
        row: Row = {"feature": title}
        for at, what in enumerate(("AP", f"R at P {PRECISION}")):
            means = [fmean(one[at] for one in seed.values()) for seed in seeds]
            row |= {what: fmean(means), f"{what} +-": pstdev(means)}
            row |= {f"{name} {what}": fmean(seed[name][at] for seed in seeds) for name in seeds[0]}
        rows.append(row)
    return format_table(rows)


if __name__ == "__main__":
    main()
