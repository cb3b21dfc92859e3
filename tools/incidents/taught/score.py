"""Measure what taught text models add to the pair model.

`python -m tools.incidents.taught.score`: each author is left out in turn; signs for the others' pairs come from models that did not see
these authors either. Prints average precision and recall at precision .9 over compared pairs.
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
from tools.incidents.dataset import Row, load_authors
from tools.incidents.measures import format_table
from tools.incidents.taught.signs import Array, Names, Signs
from tools.incidents.train import PAIR_TREES, boost_pairs, pair_table

Sign = Callable[[Names, str], Array]
"""Authors taught, author whose pairs are scored -> [pairs, columns]."""
Scores = tuple[float, float]
"""Average precision, and recall at PRECISION."""
PRECISION = 0.9


def rows_of(signs: Signs, used: Sequence[Sign], names: Names, name: str) -> Array:
    """Return the features of an author's pairs with these signs beside them."""
    table = signs.tables[name]
    rows = table.with_map(signs.x[name], signs.map_of(names))
    return np.hstack([rows, *(sign(names, name) for sign in used)]).astype(np.float32)


def measure(signs: Signs, used: Sequence[Sign], out: str, seed: int, trees: int) -> Scores:
    """Return the scores of an author, with signs in the pair model."""
    return scores(signs.tables[out].same, logits_of(signs, used, out, seed, trees))


def logits_of(signs: Signs, used: Sequence[Sign], out: str, seed: int, trees: int) -> Array:
    """Return the log-odds of the pairs of the author left out."""
    others = frozenset(signs.authors) - {out}
    rows = np.vstack([rows_of(signs, used, others - {name}, name) for name in sorted(others)])
    same = np.concatenate([signs.tables[name].same for name in sorted(others)])
    weights = np.concatenate([signs.tables[name].weights for name in sorted(others)])
    return boost_pairs(rows, same, weights, seed, trees).logits(rows_of(signs, used, others, out))


def scores(same: Array, logits: Array) -> Scores:
    """Return average precision and recall at PRECISION."""
    precision, recall, _ = precision_recall_curve(same, logits)
    return float(average_precision_score(same, logits)), float(recall[precision >= PRECISION].max())


class Stack:
    """Measure what signs add beside the finished pair model.

    A logistic model over the log-odds of the pair model, which did not see the author, and the signs.
    """

    def __init__(self, signs: Signs, trees: int) -> None:
        self.logits = {name: logits_of(signs, [], name, 0, trees) for name in signs.authors}

    def measure(self, signs: Signs, used: Sequence[Sign], out: str) -> Scores:
        """Return the scores of the author left out."""
        every = frozenset(signs.authors)
        rows = {
            name: np.hstack([self.logits[name][:, None], *(sign(every - {name}, name) for sign in used)])
            for name in sorted(every)
        }
        others = sorted(every - {out})
        model = make_pipeline(StandardScaler(), LogisticRegression())
        model.fit(np.vstack([rows[name] for name in others]), np.concatenate([signs.tables[n].same for n in others]))
        return scores(signs.tables[out].same, model.decision_function(rows[out]))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tools.incidents.taught.score", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trees", type=int, default=PAIR_TREES, help="of each pair model")
    parser.add_argument("--rows", nargs="*", default=[], help="rows to measure; default: all")
    parser.add_argument("--stack", action="store_true", help="weigh signs beside the finished pair model (minutes)")
    options = parser.parse_args()
    set_up_stdio()
    home = Settings().home / "incidents"
    words, found = load_authors(home)
    authors = {author.name: author for author in found}
    tables = {name: pair_table(author, 0) for name, author in authors.items()}
    kept: dict[str, list[dict[str, Scores]]] = {}
    stack = None
    for seed in range(options.seeds):
        signs = Signs(authors, tables, words, home, seed)
        if options.stack and stack is None:
            stack = Stack(signs, options.trees)
        for title, used in variants(signs).items():
            if options.rows and title not in options.rows:
                continue
            one = {
                name: stack.measure(signs, used, name) if stack else measure(signs, used, name, seed, options.trees)
                for name in authors
            }
            kept.setdefault(title, []).append(one)
            sys.stderr.write(f"seed {seed}, {title}: {fmean(ap for ap, _ in one.values()):.4f}\n")
    sys.stdout.write(table_of(kept))


def variants(signs: Signs) -> dict[str, list[Sign]]:
    """Return the signs beside those that ship, by row."""
    return {
        "ships": [],
        "contrastive, linear": [signs.linear],
        "contrastive, two layers": [signs.two_layers],
        "contrastive, all layers of the encoder": [signs.all_layers],
        "cross scorer": [signs.cross],
        "tokens": [signs.tokens],
        "tokens, taught": [signs.taught_tokens],
        "all of them": [signs.linear, signs.all_layers, signs.cross, signs.taught_tokens],
    }


def table_of(kept: dict[str, list[dict[str, Scores]]]) -> str:
    """Format means over seeds, author by author."""
    rows = []
    for title, seeds in kept.items():
        row: Row = {"sign": title}
        for at, what in enumerate(("AP", f"R at P {PRECISION}")):
            means = [fmean(one[at] for one in seed.values()) for seed in seeds]
            row |= {what: fmean(means), f"{what} +-": pstdev(means)}
            row |= {f"{name} {what}": fmean(seed[name][at] for seed in seeds) for name in seeds[0]}
        rows.append(row)
    return format_table(rows)


if __name__ == "__main__":
    main()
