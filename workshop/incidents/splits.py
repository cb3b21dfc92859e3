"""Measure proposals to split cases: `make score-splits`.

The posts of each stream are put into cases by weights that have not seen it (`make train-incidents`), then each case is searched for posts
to split off. A proposal is right if no incident has posts on both sides of it.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.runtime.stdio import set_up_stdio
from triage.incident_matching import load as load_weights
from triage.incident_matching.post_features import PostFeatures
from triage.incident_matching.weights import Weights
from triage.incidents.split_proposal import LEAST, LOOSE, MOST, loosest
from workshop.incidents.dataset import Row
from workshop.incidents.labelled_streams import ALONE, LabelledStream, streams
from workshop.incidents.measures import format_table
from workshop.incidents.score import matched, run_matcher
from workshop.incidents.streams import annotated
from workshop.incidents.train import fold_folder, folds_of

THRESHOLDS = (0.1, 0.2, 0.3, LOOSE, 0.5, 0.6)
Cases = list[list[PostFeatures]]


def main() -> None:
    """Print what is proposed at each threshold, by origin."""
    parser = argparse.ArgumentParser(prog="python -m workshop.incidents.splits", description=__doc__)
    parser.add_argument("--folds", type=Path, help="folder of `make train-incidents`; default: beside the ledger")
    options = parser.parse_args()
    set_up_stdio()
    found = list(streams())
    folds, folder = folds_of(found), options.folds or fold_folder()
    sums: defaultdict[tuple[str, float], Counter[str]] = defaultdict(Counter)
    for stream in found:
        weights = load_weights(folder / f"fold_{folds[stream.name]}.npz")
        joined, labelled = cases_of(stream, weights)
        for loose in THRESHOLDS:
            counts = sums[stream.origin, loose]
            counts["cases"] += len(joined)
            counts["mixed"] += sum(len(_incidents(stream, case)) > 1 for case in joined)
            counts += count(stream, joined, weights, loose)
            counts["labelled incidents"] += len(labelled)
            counts["wrong there"] += count(stream, labelled, weights, loose)["wrong"]
            sums[stream.origin, loose] = counts
    sys.stdout.write(format_table([_row(origin, loose, counts) for (origin, loose), counts in sums.items()]))


def _row(origin: str, loose: float, counts: Counter[str]) -> Row:
    names = ("cases", "mixed", "right", "wrong", "labelled incidents", "wrong there")
    return {"origin": origin, "threshold": loose} | {name: counts[name] for name in names}


def cases_of(stream: LabelledStream, weights: Weights) -> tuple[Cases, Cases]:
    """Return the cases that the weights make, and the labelled ones."""
    read = annotated(stream)
    where, _ = run_matcher(stream, read, weights, None, confirm=False)
    forms = matched(stream, read, weights)
    things = ((stream.thing[one.post_id], one) for one in forms)
    return _cases((where[one.post_id], one) for one in forms), _cases((thing, one) for thing, one in things if not thing.startswith(ALONE))


def count(stream: LabelledStream, cases: Cases, weights: Weights, loose: float) -> Counter[str]:
    """Count the right and wrong proposals for these cases."""
    found: Counter[str] = Counter()
    for case in cases:
        proposal = loosest(case, weights, loose)
        if proposal is not None:
            named = _incidents(stream, [one for one in case if one.post_id in proposal.post_ids])
            others = _incidents(stream, [one for one in case if one.post_id not in proposal.post_ids])
            found["wrong" if named & others else "right"] += 1
    return found


def _cases(placed: Iterator[tuple[str, PostFeatures]]) -> Cases:
    """Group posts by case; replies follow their thread and count in none."""
    cases: defaultdict[str, list[PostFeatures]] = defaultdict(list)
    for key, form in placed:
        if form.reply_to is None:
            cases[key].append(form)
    return [case for case in cases.values() if LEAST <= len(case) <= MOST]


def _incidents(stream: LabelledStream, posts: Sequence[PostFeatures]) -> set[str]:
    return {stream.thing[one.post_id] for one in posts}


if __name__ == "__main__":
    main()
