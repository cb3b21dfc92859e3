"""Measure proposals to split cases: `make score-splits`.

The posts of each author of the profile's city are put into cases by models trained without that author, then each case is searched for
posts to split off. A proposal is right if no incident has posts on both sides of it. Models that are missing are trained (minutes).
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.config.settings import Settings
from core.runtime.stdio import set_up_stdio
from triage.incident_matching import load as load_weights, save
from triage.incident_matching.post_features import PostFeatures
from triage.incident_matching.vocabulary import Vocabulary
from triage.incident_matching.weights import Weights
from triage.incidents.split_proposal import LEAST, LOOSE, MOST, loosest
from workshop.incidents.dataset import Author, is_of_the_city, load_authors
from workshop.incidents.linear_map import with_map
from workshop.incidents.measures import format_table
from workshop.incidents.score import run_matcher
from workshop.incidents.train import JOIN, Trainer

THRESHOLDS = (0.2, 0.3, LOOSE, 0.38, 0.42, 0.5, 0.6)
Cases = list[list[PostFeatures]]


def main() -> None:
    """Print what is proposed at each threshold, author by author."""
    parser = argparse.ArgumentParser(prog="python -m workshop.incidents.splits", description=__doc__)
    parser.add_argument(
        "--shipped-heads", action="store_true",
        help="annotate with the shipped heads, which were trained on these authors: where models without them are missing",
    )  # fmt: skip
    options = parser.parse_args()
    set_up_stdio()
    home = Settings().home / "incidents"
    cache, folds = (home / "shipped-heads",) * 2 if options.shipped_heads else (home, home / "folds")
    words, authors = load_authors(cache, held_out=not options.shipped_heads)
    train_missing(folds, words, {author.name: author for author in authors})
    rows = []
    for author in filter(lambda one: is_of_the_city(one.name), authors):
        weights = load_weights(folds / f"without_{author.name}.npz")
        forms = {one.post_id: one for one in with_map(author.forms, weights.vocabulary.map)}
        joined, labelled = machine_cases(author, weights, forms), labelled_cases(author, forms)
        for loose in THRESHOLDS:
            found = count(author, joined, weights, loose)
            rows.append(
                {
                    "author": author.name,
                    "threshold": loose,
                    "cases": len(joined),
                    "mixed": sum(_is_mixed(author, case) for case in joined),
                    "right": found["right"],
                    "wrong": found["wrong"],
                    "labelled incidents": len(labelled),
                    "wrong there": count(author, labelled, weights, loose)["wrong"],
                }
            )
    sys.stdout.write(format_table([*_sums(rows), *rows]))


def train_missing(folds: Path, words: Vocabulary, authors: dict[str, Author]) -> None:
    """Train the models without each author that the folder lacks."""
    missing = [name for name in authors if is_of_the_city(name) and not (folds / f"without_{name}.npz").exists()]
    if not missing:
        return
    folds.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(authors)
    for name in missing:
        save(trainer.weights(set(authors) - {name}, words), folds / f"without_{name}.npz")


def machine_cases(author: Author, weights: Weights, forms: dict[str, PostFeatures]) -> Cases:
    """Return the cases into which the models put an author's posts."""
    where, _ = run_matcher(author, weights, JOIN)
    return _cases((where[post_id], form) for post_id, form in forms.items())


def labelled_cases(author: Author, forms: dict[str, PostFeatures]) -> Cases:
    """Return one case for each incident as the author labelled it."""
    found = ((author.gold[post_id].incident, form) for post_id, form in forms.items())
    return _cases((incident, form) for incident, form in found if incident is not None)


def count(author: Author, cases: Cases, weights: Weights, loose: float) -> Counter[str]:
    """Count the right and wrong proposals for these cases."""
    found: Counter[str] = Counter()
    for case in cases:
        proposal = loosest(case, weights, loose)
        if proposal is not None:
            named = _incidents(author, [one for one in case if one.post_id in proposal.post_ids])
            others = _incidents(author, [one for one in case if one.post_id not in proposal.post_ids])
            found["wrong" if named & others else "right"] += 1
    return found


def _cases(placed: Iterator[tuple[str, PostFeatures]]) -> Cases:
    """Group posts by case; replies follow their thread and count in none."""
    cases: defaultdict[str, list[PostFeatures]] = defaultdict(list)
    for key, form in placed:
        if form.reply_to is None:
            cases[key].append(form)
    return [case for case in cases.values() if LEAST <= len(case) <= MOST]


def _incidents(author: Author, posts: Sequence[PostFeatures]) -> set[str]:
    """Return each post's incident; a post without one is its own."""
    return {author.gold[one.post_id].incident or one.post_id for one in posts}


def _is_mixed(author: Author, case: Sequence[PostFeatures]) -> bool:
    return len(_incidents(author, case)) > 1


def _sums(rows: Sequence[dict[str, object]]) -> Iterator[dict[str, object]]:
    for loose in THRESHOLDS:
        some = [row for row in rows if row["threshold"] == loose]
        added = {name: sum(int(str(row[name])) for row in some) for name in list(some[0])[2:]}
        yield {"author": "all", "threshold": loose, **added}


if __name__ == "__main__":
    main()
