"""Fit corrections of intent and topic for short posts, on the encoder as it is: `make train-heads`.

Reads ../shared/data, writes heads.safetensors and manifest.json of the shipped model and the tables of the model card. The embedding
that incidents are matched by, `sentiment` and `actionable` are unchanged. A second run gives the same files. A model without each
author of `incidents_es` is kept too: incident matching is trained and measured with the labels of these.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from core.config.plugins import ROOT
from nlp.inference.model_files import (
    CORRECTED,
    DEFAULT,
    GRAMS,
    LABELS,
    MODELS,
    PLATFORM,
    SHORT,
    Head,
    Weights,
    load_weights,
)
from nlp.training.data.example import SHARED
from nlp.training.heads.fit import Tensors, fit_corrections
from nlp.training.heads.pooled import Pooled
from nlp.training.heads.report import UNREAD, report
from nlp.training.heads.scores import Answered, calibrate
from nlp.training.heads.sets import HeadSets, read_sets
from nlp.training.heads.signature import describe
from nlp.training.model_card import write_card

KEPT = ROOT / "var" / "training"
MARKS = ("<!-- heads: written by python -m nlp.training.heads.train -->", "<!-- end of heads -->")
HEADS = "heads.safetensors"


def main() -> int:
    """Fit the corrections without each author and with all, write the models, then the card."""
    parser = argparse.ArgumentParser(prog="python -m nlp.training.heads.train", description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED, help="folder of the labelled sets")
    parser.add_argument(
        "--kept",
        type=Path,
        default=KEPT,
        help="folder of cached pooled states and n-gram tables, and of the models without an author",
    )
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    made = MODELS / DEFAULT
    weights, sets = load_weights(made), read_sets(arguments.data)
    pooled = Pooled(weights, arguments.kept, arguments.threads)
    pooled.of(sets.texts())
    start = as_taught(weights)
    answered, folds = Answered(start, pooled), {}
    for author in (*sets.incidents, ""):
        sys.stderr.write(f"training: {f'without {author}' if author else 'with all authors'}\n")
        folds[author] = train(weights, sets, author, pooled, arguments.kept)
        asked = {author: sets.incidents[author]} if author else sets.asked()
        for name, examples in asked.items():
            answered.ask(name, [example.text for example in examples], folds[author])
    answered.ask(UNREAD, sets.platform[1], folds[""])
    heads = {head: calibrate(head, answered, sets) for head in CORRECTED}
    for author in sets.incidents:
        write_model(model_without(author, arguments.kept), weights, start | folds[author], heads)
    write_model(made, weights, start | folds[""], heads)
    sections = report(load_weights(made), answered, sets)
    for title, text in sections.items():
        print(f"\n## {title}\n\n{text}")
    write_card(ROOT / "docs" / "models" / f"{DEFAULT}.md", sections, MARKS)
    return 0


def model_without(author: str, kept: Path = KEPT) -> Path:
    """Return the folder of the model that no post of this author was used for."""
    return kept / "heads" / f"without_{author}"


def train(weights: Weights, sets: HeadSets, without: str, pooled: Pooled, kept: Path) -> Tensors:
    """Fit the corrections; one author may be left out."""
    short, lettered = sets.short(without), sets.lettered(without)
    return fit_corrections(as_taught(weights), short, sets.anchors(), lettered, sets.platform[0], pooled, kept)


def as_taught(weights: Weights) -> Tensors:
    """Return the tensors of a model without the corrections."""
    return {n: t for n, t in weights.tensors.items() if n != GRAMS and n.split(".")[0] not in (SHORT, PLATFORM)}


def write_model(folder: Path, weights: Weights, tensors: Tensors, heads: dict[str, Head]) -> None:
    """Write the heads and the manifest; link the other files of the model where they are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in weights.manifest.files:
        if name != HEADS and not (folder / name).exists():
            (folder / name).symlink_to((weights.folder / name).resolve())
    manifest = weights.manifest
    order = {head: ",".join(labels) for head, labels in LABELS.items()} | {"places": ",".join(manifest.places.labels)}
    halved = {name: values.astype("float16") for name, values in sorted(tensors.items())}
    # safetensors writes its metadata in any order: the same heads, written again, would have another digest
    if not holds(folder / HEADS, halved):
        save_file(halved, folder / HEADS, metadata=order)
        (folder / HEADS).chmod(0o644)
    files = manifest.files | {HEADS: describe(folder / HEADS)}
    new = manifest.model_copy(update={"heads": manifest.heads | heads, "files": files})
    text = json.dumps(new.model_dump(), indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def holds(path: Path, tensors: dict[str, NDArray[Any]]) -> bool:
    """Return whether a file has just these tensors, bit for bit."""
    if not path.exists():
        return False
    found = load_file(path)
    return found.keys() == tensors.keys() and all(found[n].tobytes() == t.tobytes() for n, t in tensors.items())


if __name__ == "__main__":
    sys.exit(main())
