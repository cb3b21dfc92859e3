"""Measure how places are found and resolved: `python -m workshop.evaluation.places`.

`--data` names the folder of the labelled sets. The weights were fitted on the labelled posts of Decide Madrid (cross-validated scores:
`python -m workshop.training.train.place_prior`); the second half of the resolutions and the posts of `council_posts_es` (other cities, so
without gazetteer) were not used for fitting.
"""

import argparse
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from core.config.city import load_city
from core.config.plugins import ROOT
from core.runtime.stdio import set_up_stdio
from gazetteer import Gazetteer, gazetteer_of
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.questions.places import Options, candidates
from workshop.evaluation.place_posts import score_posts
from workshop.evaluation.written_places import score_written

MADRID = "decide_madrid_labelled_es/train.jsonl"
OTHERS = "council_posts_es/dev.jsonl"
POSTS = ROOT / "tests" / "gold" / "places_posts.jsonl"
WRITTEN = ROOT / "tests" / "gold" / "places_written.jsonl"
Rows = Sequence[dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print all metrics for which the data is available."""
    set_up_stdio()
    parser = argparse.ArgumentParser(prog="python -m workshop.evaluation.places", description="Measures the question places.")
    parser.add_argument("--city", type=Path, default=ROOT / "cities" / "madrid.toml")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the labelled sets")
    options = parser.parse_args(arguments)
    city = load_city(options.city)
    gazetteer = gazetteer_of(city)
    for author, figures in score_posts(city, load_rows(POSTS)).items():
        print_line(f"tests/gold/places_posts.jsonl, author {author}", str(figures))
    for (half, name), counts in score_written(city, load_rows(WRITTEN)).items():
        print_line(f"tests/gold/places_written.jsonl, {half}, {name}", str(counts))
    if (options.data / MADRID).exists():
        rows = load_rows(options.data / MADRID)
        print_line("gazetteer alone, " + MADRID, score_texts(rows, [gazetteer.find(row["text"]) for row in rows]))
    score_resolutions(gazetteer, load_rows(ROOT / "tests" / "gold" / "places.jsonl"))
    score_sample(gazetteer, load_rows(ROOT / "samples" / "decide_madrid.jsonl.gz"))
    if (options.data / MADRID).exists():
        score_combined(options.data, gazetteer)
    else:
        print_line(str(options.data), "labelled sets not found: gazetteer and tagger together not measured")


def print_line(what: str, figures: str) -> None:
    """Print one line of the result."""
    sys.stdout.write(f"{what}: {figures}\n")


def load_rows(path: Path) -> Rows:
    """Load the records of a JSON-lines file, gzipped or not."""
    packed = path.read_bytes()
    lines = gzip.decompress(packed) if path.suffix == ".gz" else packed
    return [json.loads(line) for line in lines.decode("utf-8").split("\n") if line]


def score_texts(rows: Rows, found: Iterable[Iterable[Any]]) -> str:
    """Score exact place texts: precision, recall, F1.

    Duplicates in a post count once.
    """
    hit = named = marked = 0
    for row, places in zip(rows, found, strict=True):
        words, right = {each.place.text for each in places}, set(row["places"])
        hit, named, marked = hit + len(words & right), named + len(words), marked + len(right)
    precision, recall, f1 = hit / max(named, 1), hit / marked, 2 * hit / (named + marked)
    return f"precision {precision:.3f} recall {recall:.3f} F1 {f1:.3f} ({hit} right of {named} found and {marked} marked)"


def score_combined(data: Path, gazetteer: Gazetteer) -> None:
    """Score gazetteer and tagger together.

    The shipped tagger was trained on the posts of Madrid, not on those of the other cities.
    """
    weights = load_weights(MODELS / DEFAULT)
    model, options = InferenceModel(weights, threads=1), Options()
    for name, known in ((MADRID, gazetteer), (OTHERS, Gazetteer.empty())):
        rows = load_rows(data / name)
        texts = [row["text"] for row in rows]
        tags = model.read(texts).tags
        found = [
            [each for each in candidates(known, text, marks) if options.accepts(each, known, len(text))]
            for text, marks in zip(texts, tags, strict=True)
        ]
        print_line(f"{'gazetteer and ' if known else ''}tagger, {name}", score_texts(rows, found))


def score_resolutions(gazetteer: Gazetteer, rows: Rows) -> None:
    """Count the places resolved to the same gazetteer entry as by hand."""
    right: Counter[str] = Counter()
    for row in rows:
        at = [found.place.key for found in gazetteer.find(row["text"]) if found.start <= row["start"] < found.end]
        right[row["half"]] += (at[0] if at else None) == row["key"]
    for half, count in Counter(row["half"] for row in rows).items():
        print_line(f"tests/gold/places.jsonl, {half}", f"{right[half]} of {count} resolved as by hand")


def score_sample(gazetteer: Gazetteer, rows: Rows) -> None:
    """Print shares over all posts of the sample, and the run time."""
    texts = [f"{row.get('title') or ''}\n\n{row['text']}" for row in rows]
    started = time.process_time()
    places = [found.place for text in texts for found in gazetteer.find(text)]
    seconds = time.process_time() - started
    shares = {
        "resolved": [place.key is not None for place in places],
        "sharing its name with other places": [place.ambiguous > 0 for place in places],
        "doubtful (sure below .5)": [place.key is not None and place.sure < 0.5 for place in places],
        "with a point": [place.lat is not None for place in places],
    }
    shares_text = ", ".join(f"{what} {sum(flags) / len(places):.1%}" for what, flags in shares.items())
    print_line("samples/decide_madrid.jsonl.gz", f"{len(places)} places in {len(texts)} posts: {shares_text}; {seconds:.1f} s of one core")


if __name__ == "__main__":
    main()
