"""Measure what the gate lets through: `make score-gate`.

Thresholds are derived from all labelled posts but those that are judged: an author of `incidents_es`, or a fifth of
`council_posts_es/dev`. Neither was used to train what scores `actionable`, language or relevance. `--write FILE` also writes the
thresholds from all of them.
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.config.city import City, load_city
from core.config.plugins import ROOT
from core.config.thresholds import Thresholds
from core.stdio import set_up_stdio
from escucha.commands.thresholds import format_table, from_files, make, write_thresholds
from nlp.annotator import Annotator
from tools.incidents.dataset import DATA
from triage.thresholds import Scored
from triage.thresholds.conformal import least

COUNCIL = DATA / "council_posts_es" / "dev.jsonl"
FOLDS = 5
DRAWS = 20
"""Times the council's posts are divided anew: one division of 44 actionable posts says little."""
BEFORE = (0.5, 0.8)
"""Review and act as they were typed before thresholds were derived."""


def files() -> list[Path]:
    """Return the labelled files: the council's posts first, then one file an author."""
    return [COUNCIL, *sorted((DATA / "incidents_es").glob("author_*/posts.jsonl"))]


def named(path: str) -> str:
    """Return the name of a file in tables and in the derived file."""
    return str(Path(path).relative_to(DATA)) if Path(path).is_relative_to(DATA) else path


class Tally:
    """Counts what became of posts."""

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
        """Return a row of the table; of several draws the exact bounds count each post once."""
        hits, count = round(self.reached / draws), round(self.actionable / draws)
        if not count:
            return f"{name:<24} {self.posts:>6} {0:>7}"
        low, high = least(hits, count, 0.975), 1 - least(count - hits, count, 0.975)
        return (
            f"{name:<24} {self.posts // draws:>6} {count:>7} {self.reached / self.actionable:>6.3f} [{low:.3f}, {high:.3f}] "
            f"{100 * self.looks / self.posts:>8.1f} {100 * self.cases / self.posts:>6.1f} {self.wrong / max(1, self.cases):>6.3f}"
        )


def decided(thresholds: Thresholds, posts: Sequence[Scored], reach: float, tally: Tally) -> Tally:
    """Count posts that no threshold was derived from."""
    for one in posts:
        tally.add(one, *thresholds.bars(one.kind, one.language, reach))
    return tally


def authors_left_out(city: City, posts: Sequence[Scored], model: str) -> Iterator[str]:
    """Yield a row for each author, judged by thresholds of all the others."""
    reach, together = city.triage.reach, Tally()
    for name in sorted({one.population for one in posts if one.population != named(str(COUNCIL))}):
        own = [one for one in posts if one.population == name]
        found = make(city, [one for one in posts if one.population != name], model)
        yield decided(found, own, reach, Tally()).line(name.split("/")[1])
        decided(found, own, reach, together)
    yield together.line("all authors")


def council_left_out(city: City, posts: Sequence[Scored], model: str) -> Iterator[str]:
    """Yield the row of the council's posts, each judged by thresholds of the others."""
    own = [one for one in posts if one.population == named(str(COUNCIL))]
    others = [one for one in posts if one.population != named(str(COUNCIL))]
    tally, before = Tally(), Tally()
    for draw in range(DRAWS):
        mixed = own.copy()
        random.Random(draw).shuffle(mixed)  # noqa: S311
        for fold in range(FOLDS):
            judged = mixed[fold::FOLDS]
            kept = [one for at, one in enumerate(mixed) if at % FOLDS != fold]
            decided(make(city, [*kept, *others], model), judged, city.triage.reach, tally)
    for one in own:
        before.add(one, *BEFORE)
    yield tally.line(f"council, {FOLDS} folds x {DRAWS}", DRAWS)
    yield decided(make(city, others, model), own, city.triage.reach, Tally()).line("council, authors alone")
    yield before.line("council, typed .50/.80")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--reach", type=float, default=0.95)
    arguments.add_argument("--write", type=Path, help="also write the thresholds derived from all posts to this file")
    given = arguments.parse_args(argv)
    set_up_stdio()
    city = load_city(ROOT / "cities" / "madrid.toml")
    city = city.model_copy(update={"triage": city.triage.model_copy(update={"reach": given.reach})})
    annotator = Annotator(city, threads=1)
    posts = [one._replace(population=named(one.population)) for one in from_files(city, files(), annotator)]
    model = annotator.model
    lines = [
        *format_table(make(city, posts, model), given.reach),
        "",
        "held out (95 % exact intervals; looks and cases per 100 posts; wrong: share of the cases):",
        f"{'judged':<24} {'posts':>6} {'action.':>7} {'reach':>6} {'':<16} {'looks':>8} {'cases':>6} {'wrong':>6}",
        *council_left_out(city, posts, model),
        *authors_left_out(city, posts, model),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    if given.write is not None:
        write_thresholds(make(city, posts, model), given.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
