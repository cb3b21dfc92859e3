"""Fit corrections of all heads for short posts: `make train-heads`.

The encoder is frozen.

Needs unpublished sets (data/training/README.md) in ../shared/data. Writes heads.safetensors and manifest.json of the shipped model and the
tables of the model card. The embedding used for incident matching is unchanged. A second run writes the same
files. A model without each author of `incidents_es` is kept too: incident matching is trained and measured with their labels.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from core.config.plugins import ROOT
from nlp.inference.model_files import CORRECTED, DEFAULT, GRAMS, LABELS, MODELS, PLATFORM, SHORT, TWEETS, Head, Weights, load_weights
from workshop.training.data.example import SHARED
from workshop.training.data.sources import require_sets
from workshop.training.heads.fit import Tensors, fit_corrections
from workshop.training.heads.pooled import PooledCache
from workshop.training.heads.report import UNLABELLED, report
from workshop.training.heads.scores import HeadLogits, calibrate
from workshop.training.heads.sets import HeadSets, load_sets
from workshop.training.heads.signature import describe_file
from workshop.training.model_card import write_card

CACHE = ROOT / "var" / "training"
MARKS = ("<!-- heads: written by python -m workshop.training.heads.train -->", "<!-- end of heads -->")
HEADS = "heads.safetensors"


def main() -> int:
    """Fit the corrections with and without each author; write models and card."""
    parser = argparse.ArgumentParser(prog="python -m workshop.training.heads.train", description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED, help="folder of the labelled sets")
    parser.add_argument(
        "--cache", type=Path, default=CACHE, help="folder of cached pooled states and n-gram tables, and of the models without an author"
    )
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    require_sets(arguments.data, ("council_posts_es", "council_announcements_es", "umsab"), "train-heads")
    target = MODELS / DEFAULT
    weights, sets = load_weights(target), load_sets(arguments.data)
    pooled = PooledCache(weights, arguments.cache, arguments.threads)
    pooled.of(sets.texts())
    start = uncorrected_tensors(weights)
    head_logits, folds = HeadLogits(start, pooled), {}
    for author in (*sets.incidents, ""):
        sys.stderr.write(f"training: {f'without {author}' if author else 'with all authors'}\n")
        folds[author] = train(weights, sets, author, pooled, arguments.cache)
        evaluation = {author: sets.incidents[author]} if author else sets.evaluation_sets()
        for name, examples in evaluation.items():
            head_logits.compute(name, [example.text for example in examples], folds[author])
    head_logits.compute(UNLABELLED, sets.platform[1], folds[""])
    heads = {head: calibrate(head, head_logits, sets) for head in CORRECTED}
    for author in sets.incidents:
        write_model(model_without(author, arguments.cache), weights, start | folds[author], heads)
    write_model(target, weights, start | folds[""], heads)
    sections = report(load_weights(target), head_logits, sets)
    for title, text in sections.items():
        print(f"\n## {title}\n\n{text}")
    write_card(ROOT / "docs" / "models" / f"{DEFAULT}.md", sections, MARKS)
    return 0


def model_without(author: str, cache: Path = CACHE) -> Path:
    """Return the folder of the model fitted without this author's posts."""
    return cache / "heads" / f"without_{author}"


def train(weights: Weights, sets: HeadSets, without: str, pooled: PooledCache, cache: Path) -> Tensors:
    """Fit the corrections; one author may be left out."""
    short, ngram_texts = sets.short_posts(without), sets.ngram_texts(without)
    return fit_corrections(
        uncorrected_tensors(weights), short, sets.anchors(), ngram_texts, {PLATFORM: sets.platform[0], TWEETS: sets.tweets}, pooled, cache
    )


def uncorrected_tensors(weights: Weights) -> Tensors:
    """Return the tensors of a model without the corrections."""
    return {n: t for n, t in weights.tensors.items() if n != GRAMS and n.split(".")[0] not in (SHORT, PLATFORM, TWEETS)}


def write_model(folder: Path, weights: Weights, tensors: Tensors, heads: dict[str, Head]) -> None:
    """Write heads and manifest; link missing other files of the model."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in weights.manifest.files:
        if name != HEADS and not (folder / name).exists():
            (folder / name).symlink_to((weights.folder / name).resolve())
    manifest = weights.manifest
    order = {head: ",".join(labels) for head, labels in LABELS.items()} | {"places": ",".join(manifest.places.labels)}
    halved = {name: values.astype("float16") for name, values in sorted(tensors.items())}
    # safetensors writes its metadata in random order: saving the same heads again would change the digest
    if not has_tensors(folder / HEADS, halved):
        save_file(halved, folder / HEADS, metadata=order)
        (folder / HEADS).chmod(0o644)
    files = manifest.files | {HEADS: describe_file(folder / HEADS)}
    new = manifest.model_copy(update={"heads": manifest.heads | heads, "files": files})
    text = json.dumps(new.model_dump(), indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def has_tensors(path: Path, tensors: dict[str, NDArray[Any]]) -> bool:
    """Return whether a file has exactly these tensors, bit for bit."""
    if not path.exists():
        return False
    found = load_file(path)
    return found.keys() == tensors.keys() and all(found[n].tobytes() == t.tobytes() for n, t in tensors.items())


if __name__ == "__main__":
    sys.exit(main())
