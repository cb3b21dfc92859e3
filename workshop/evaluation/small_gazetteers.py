"""Measure places by how many streets are known: `python -m workshop.evaluation.small_gazetteers`.

A council that enters its main streets by hand must not find fewer places than one without a gazetteer. The streets are drawn at random,
which is worse than life: people write of main streets. Posts of Madrid in `tests/gold/places_posts.jsonl`, mean of three draws.
"""

import random
import sys
from collections.abc import Iterator, Sequence
from statistics import mean
from typing import Any

from core.config.city import City, load_city
from core.config.plugins import ROOT
from core.runtime.stdio import set_up_stdio
from gazetteer import Gazetteer, gazetteer_of
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.inference.model_output import ModelOutput
from nlp.questions.places import READ, Options, candidates, label
from triage.incident_matching.post_features import AREAS
from workshop.evaluation.place_posts import AnnotatedPost, compute_metrics
from workshop.evaluation.places import load_rows
from workshop.incidents.measures import format_table

SIZES = (0, 60, 600)
SEEDS = (1, 2, 3)
Row = dict[str, Any]


def main() -> None:
    """Print the table."""
    set_up_stdio()
    sys.stdout.write(format_table(measured_sizes(load_city(ROOT / "cities" / "madrid.toml"))))


def measured_sizes(city: City) -> list[Row]:
    """Return a row for each size, the empty gazetteer first."""
    rows = [row for row in load_rows(ROOT / "tests" / "gold" / "places_posts.jsonl") if row["city"] == city.name]
    output = InferenceModel(load_weights(MODELS / DEFAULT), threads=1).read([row["text"] for row in rows])
    return [_measured(of_size, rows, output) for of_size in gazetteers(gazetteer_of(city))]


def gazetteers(whole: Gazetteer) -> Iterator[list[Gazetteer]]:
    """Yield the gazetteers of each size.

    None; some streets with the districts and barrios; everything.
    """
    streets = [entry for entry in whole.entries if entry.kind in ("street", "square")]
    areas = [entry for entry in whole.entries if entry.kind in AREAS]
    yield [Gazetteer.empty()]
    for size in SIZES[1:]:
        yield [Gazetteer([*areas, *random.Random(seed).sample(streets, size)], frozenset()) for seed in SEEDS]  # noqa: S311
    yield [whole]


def _measured(drawn: Sequence[Gazetteer], rows: Sequence[Row], output: ModelOutput) -> Row:
    """Return the row of one size, mean over its draws."""
    read = [[_read(gazetteer, row, output, at) for at, row in enumerate(rows)] for gazetteer in drawn]
    found = [compute_metrics(posts) for posts in read]
    named = [bool(one.places) for posts in read for one in posts if one.marked]
    return {
        "streets": sum(entry.kind in ("street", "square") for entry in drawn[0].entries),
        "places precision": mean(one.precision.value for one in found),
        "recall": mean(one.recall.value for one in found),
        "exact recall": mean(one.exact_recall.value for one in found),
        "posts with a place": mean(named),
        "with an entry": mean(one.resolved.value for one in found),
        "district right": mean(one.district.value for one in found),
    }


def _read(gazetteer: Gazetteer, row: Row, output: ModelOutput, at: int) -> AnnotatedPost:
    found = candidates(gazetteer, row["text"], output.tags[at], READ if output.truncated[at] else None)
    return AnnotatedPost(set(row["places"]), row.get("district"), label(Options(), gazetteer, found, output.model, len(row["text"])))


if __name__ == "__main__":
    main()
