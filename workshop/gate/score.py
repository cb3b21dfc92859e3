"""Measure which posts pass the thresholds of triage: `make score-gate`.

Thresholds are derived from all labelled posts but the held-out ones: an author of `incidents_es`, or a fifth of `council_posts_es/dev`.
Neither was used to train the models of language or relevance; an author's posts are scored by heads trained without that author.
`--write FILE` also writes the thresholds from all posts.

`--untaught` judges and derives the streams of networks from files that the shipped model was not trained on: `council_posts_es/dev`, the
author m4 and the committed streams of a day. The groups of other kinds stay as they are in the shipped file.
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.config.city import City, load_city
from core.config.plugins import ROOT
from core.config.thresholds import ALL, SHIPPED, Thresholds, load_thresholds
from core.runtime.stdio import set_up_stdio
from escucha.commands.thresholds.deriving import format_table, from_files, make, matters, scored, write_thresholds
from nlp.annotator import Annotator
from triage.thresholds import Scored
from triage.thresholds.conformal import lower_bound
from workshop.gate.topics import one_bar_rows, topic_rows
from workshop.incidents.dataset import DATA, INCIDENTS, annotator_for
from workshop.training.data.sources import require_sets

COUNCIL = DATA / "council_posts_es" / "dev.jsonl"
WRITTEN = ROOT / "tests" / "data" / "streams"
UNTAUGHT = ("m4",)
"""Authors of `incidents_es` on which the shipped heads were not trained."""
STREAMS = ("mention", "network")
FORMS = frozenset({"webform", "inbox", "mailbox"})
FOLDS = 5
DRAWS = 20
"""Random divisions of the council's posts: a single one of 44 actionable posts has a large variance."""
MANUAL_THRESHOLDS = (0.5, 0.8)
"""Review and act thresholds set by hand, before they were derived."""


def untaught_files() -> list[Path]:
    """Return the files on which the shipped model was not trained."""
    return [COUNCIL, *(INCIDENTS / f"author_{name}" / "posts.jsonl" for name in UNTAUGHT), *sorted(WRITTEN.glob("*/posts.jsonl"))]


def with_streams(shipped: Thresholds, found: Thresholds) -> Thresholds:
    """Return the shipped thresholds with the groups of networks of others."""
    kept = [one for one in shipped.groups if one.kind not in STREAMS]
    curve = next(one.curve for one in found.groups if (one.kind, one.language) == (ALL, ALL))
    kept = [one.model_copy(update={"curve": curve}) if one.kind == ALL else one for one in kept]
    groups = sorted((*kept, *(one for one in found.groups if one.kind in STREAMS)), key=lambda one: (one.kind, one.language))
    gold = tuple(sorted({*shipped.gold, *found.gold}))
    return found.model_copy(update={"groups": tuple(groups), "gold": gold, "topics": shipped.topics})


def untaught_rows(city: City, posts: Sequence[Scored], model: str) -> Iterator[str]:
    """Yield a row per file, with thresholds derived from the other files."""
    for name in sorted({one.population for one in posts}):
        own = [one for one in posts if one.population == name and one.kind in STREAMS]
        found = make(city, [one for one in posts if one.population != name], model)
        yield count_outcomes(found, own, city.triage.reach, Tally()).line(name.removesuffix("/posts.jsonl"))


def labelled_files() -> list[Path]:
    """Return the labelled files: the council's first, then one per author."""
    return [COUNCIL, *sorted(INCIDENTS.glob("author_*/posts.jsonl"))]


def annotator_of(path: Path, city: City, shipped: Annotator) -> Annotator:
    """Return the annotator for a labelled file.

    For an author's file, one whose heads were trained without that author.
    """
    if path == COUNCIL:
        return shipped
    return annotator_for(city, shipped, path.parent.name.removeprefix("author_"))


def short_name(path: str) -> str:
    """Return a file's name for tables and for the thresholds file."""
    folder = next((one for one in (DATA, INCIDENTS.parent, WRITTEN.parent) if Path(path).is_relative_to(one)), None)
    return str(Path(path).relative_to(folder)) if folder else path


class Tally:
    """Count the outcomes of posts."""

    def __init__(self) -> None:
        self.posts = self.actionable = self.reached = self.looks = self.cases = self.wrong = 0

    def add(self, one: Scored, review: float, act: float) -> None:
        """Count one post under these thresholds."""
        self.posts += 1
        self.actionable += one.is_actionable
        self.reached += one.is_actionable and one.score >= review
        self.looks += review <= one.score < act
        self.cases += one.score >= act
        self.wrong += one.score >= act and not one.is_actionable

    def line(self, name: str, draws: int = 1) -> str:
        """Format a table row; several draws are averaged for the exact bounds."""
        hits, count = round(self.reached / draws), round(self.actionable / draws)
        if not count:
            return f"{name:<24} {self.posts:>6} {0:>7}"
        low, high = lower_bound(hits, count, 0.975), 1 - lower_bound(count - hits, count, 0.975)
        return (
            f"{name:<24} {self.posts // draws:>6} {count:>7} {self.reached / self.actionable:>6.3f} [{low:.3f}, {high:.3f}] "
            f"{100 * self.looks / self.posts:>8.1f} {100 * self.cases / self.posts:>6.1f} {self.wrong / max(1, self.cases):>6.3f}"
        )


def count_outcomes(thresholds: Thresholds, posts: Sequence[Scored], reach: float, tally: Tally) -> Tally:
    """Count posts that the thresholds were not derived from."""
    for one in posts:
        tally.add(one, *thresholds.cutoffs(one.kind, one.language, reach))
    return tally


def author_rows(city: City, posts: Sequence[Scored], model: str) -> Iterator[str]:
    """Yield a row per author, with thresholds derived from the others."""
    reach, together = city.triage.reach, Tally()
    for name in sorted({one.population for one in posts if one.population != short_name(str(COUNCIL))}):
        own = [one for one in posts if one.population == name]
        found = make(city, [one for one in posts if one.population != name], model)
        yield count_outcomes(found, own, reach, Tally()).line(name.split("/")[1])
        count_outcomes(found, own, reach, together)
    yield together.line("all authors")


def council_rows(city: City, posts: Sequence[Scored], model: str) -> Iterator[str]:
    """Yield the council's rows, with cross-validated thresholds."""
    own = [one for one in posts if one.population == short_name(str(COUNCIL))]
    others = [one for one in posts if one.population != short_name(str(COUNCIL))]
    tally, before = Tally(), Tally()
    for draw in range(DRAWS):
        mixed = own.copy()
        random.Random(draw).shuffle(mixed)  # noqa: S311
        for fold in range(FOLDS):
            judged = mixed[fold::FOLDS]
            kept = [one for at, one in enumerate(mixed) if at % FOLDS != fold]
            count_outcomes(make(city, [*kept, *others], model), judged, city.triage.reach, tally)
    for one in own:
        before.add(one, *MANUAL_THRESHOLDS)
    yield tally.line(f"council, {FOLDS} folds x {DRAWS}", DRAWS)
    yield count_outcomes(make(city, others, model), own, city.triage.reach, Tally()).line("council, authors alone")
    yield before.line("council, typed .50/.80")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--reach", type=float, default=0.95)
    arguments.add_argument("--write", type=Path, help="also write the thresholds derived from all posts to this file")
    arguments.add_argument("--untaught", action="store_true", help="streams of networks alone, from files not trained on")
    options = arguments.parse_args(argv)
    set_up_stdio()
    require_sets(DATA, ("council_posts_es",), "score-gate")
    city = load_city(ROOT / "cities" / "madrid.toml")
    city = city.model_copy(update={"triage": city.triage.model_copy(update={"reach": options.reach})})
    annotator = Annotator(city, threads=1)
    if options.untaught:
        return _untaught(city, annotator, options.reach, options.write)
    labelled = [
        one._replace(population=short_name(one.population))
        for path in labelled_files()
        for one in from_files(city, [path], annotator_of(path, city, annotator))
    ]
    posts, about, model = list(scored(labelled)), list(matters(labelled)), annotator.model
    lines = [
        *format_table(make(city, posts, model, about), options.reach),
        "",
        "held out (95 % exact intervals; looks and cases per 100 posts; wrong: share of the cases):",
        f"{'judged':<24} {'posts':>6} {'action.':>7} {'reach':>6} {'':<16} {'looks':>8} {'cases':>6} {'wrong':>6}",
        *council_rows(city, posts, model),
        *author_rows(city, posts, model),
        "",
        *topic_rows(about, len(posts)),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    if options.write is not None:
        write_thresholds(make(city, posts, model, about), options.write)
    return 0


def _untaught(city: City, annotator: Annotator, reach: float, path: Path | None) -> int:
    read = [one for one in from_files(city, untaught_files(), annotator) if one.source not in FORMS]
    posts = list(scored(one._replace(population=short_name(one.population)) for one in read))
    found = with_streams(load_thresholds(SHIPPED), make(city, posts, annotator.model))
    lines = [
        *format_table(found, reach),
        "",
        "held out (95 % exact intervals; looks and cases per 100 posts; wrong: share of the cases):",
        f"{'judged':<24} {'posts':>6} {'action.':>7} {'reach':>6} {'':<16} {'looks':>8} {'cases':>6} {'wrong':>6}",
        *untaught_rows(city, posts, annotator.model),
        "",
        *one_bar_rows(list(matters(read)), len(read)),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    if path is not None:
        write_thresholds(found, path)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FileNotFoundError as missing:  # of heads that did not see an author: the message says how they are made
        sys.exit(f"score-gate: {missing}; `python -m workshop.gate.score --untaught` needs none")
