"""Train the heads anew and leave the encoder as it is: `python -m nlp.training.heads` (`make train-heads`).

Reads ../shared/data, writes heads.safetensors and manifest.json of the model that ships and the tables of the model card. The
embedding that incidents are matched by stays bit for bit; labels and scores change. A second run gives the same files.
"""

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from core.parts import ROOT
from nlp.encoded import Floats
from nlp.training.card import write_card
from nlp.training.example import SHARED
from nlp.training.head_fit import Trained, fit_head
from nlp.training.head_report import report
from nlp.training.head_scores import Answered, calibrate, limit_of
from nlp.training.head_sets import read_sets
from nlp.training.pooled import Pooled
from nlp.training.signature import describe
from nlp.weights import DEFAULT, GRAMS, LABELS, MODELS, Weights, load_weights

KEPT = ROOT / "var" / "training"
MARKS = ("<!-- heads: written by python -m nlp.training.heads -->", "<!-- end of heads -->")
TAUGHT = "taught."
"""Begins the names of the heads as they were taught with the encoder: what every training of the heads begins with."""


def main() -> int:
    """Train each head with each author left out and with all, write the model, then its card."""
    parser = argparse.ArgumentParser(prog="python -m nlp.training.heads", description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED, help="folder of the labelled sets")
    parser.add_argument("--kept", type=Path, default=KEPT, help="what the encoder gives is kept here and used again")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2, help="so many heads are trained at once")
    arguments = parser.parse_args()
    made = MODELS / DEFAULT
    weights, sets = load_weights(made), read_sets(arguments.data)
    Pooled(weights, arguments.kept, arguments.threads).of(sets.texts())
    spawned = get_context("spawn")
    with ProcessPoolExecutor(arguments.workers, mp_context=spawned) as pool:
        waiting = {head: pool.submit(one_head, head, arguments.data, arguments.kept) for head in LABELS}
        results = {head: one.result() for head, one in waiting.items()}
    answered = {head: both[1] for head, both in results.items()}
    manifest = weights.manifest
    heads = {head: calibrate(head, answered[head], sets) for head in LABELS}
    write_heads(made, weights, {head: both[0] for head, both in results.items()})
    new = manifest.model_copy(
        update={
            "heads": heads,
            "actionable_from": limit_of(answered["actionable"], heads["actionable"], sets),
            "files": {name: describe(made / name) for name in manifest.files},
        }
    )
    (made / "manifest.json").write_text(
        json.dumps(new.model_dump(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    written = load_weights(made)
    sections = report(written, answered, heads, sets)
    for title, text in sections.items():
        print(f"\n## {title}\n\n{text}")
    write_card(ROOT / "docs" / "models" / f"{DEFAULT}.md", sections, MARKS)
    return 0


def one_head(head: str, data: Path, kept: Path) -> tuple[Trained, Answered]:
    """Train one head with all authors, and with each left out; answer what was not taught."""
    weights, sets = load_weights(MODELS / DEFAULT), read_sets(data)
    pooled, start = Pooled(weights, kept, 1), begin(weights, head)
    answered = Answered(head, start, pooled)
    for author in sets.incidents:
        posts, lettered = sets.taught(head, without=author)
        answered.ask(author, sets.incidents[author], fit_head(head, start, posts, sets.anchors(head), lettered, pooled))
        sys.stderr.write(f"training: {head} without {author}\n")
    posts, lettered = sets.taught(head)
    trained = fit_head(head, start, posts, sets.anchors(head), lettered, pooled)
    for name, examples in sets.examined(head).items():
        answered.ask(name, examples, trained)
    return trained, answered.without_pooled()


def begin(weights: Weights, head: str) -> tuple[Floats, Floats, float]:
    """Return weight, bias and scale of a head as it was taught with the encoder."""
    named = TAUGHT + head if f"{TAUGHT}{head}.weight" in weights.tensors else head
    scale = weights.tensors.get(f"{named}.scale")
    fitted = weights.manifest.heads[head].scale if scale is None else float(scale[0])
    return weights.tensors[f"{named}.weight"], weights.tensors[f"{named}.bias"], round(fitted, 3)


def write_heads(made: Path, weights: Weights, trained: dict[str, Trained]) -> None:
    """Write heads.safetensors: what is new, what is not trained here, and the heads to begin with the next time."""
    tensors = dict(weights.tensors)
    for head, found in trained.items():
        weight, bias, scale = begin(weights, head)
        start = {"weight": weight, "bias": bias, "scale": np.array([scale], np.float32)}
        tensors |= {f"{TAUGHT}{head}.{name}": values for name, values in start.items()}
        tensors |= {f"{head}.weight": found.weight, f"{head}.bias": found.bias}
    tensors[GRAMS] = np.concatenate([trained[head].grams for head in LABELS], axis=1)
    order = {head: ",".join(labels) for head, labels in LABELS.items()} | {
        "places": ",".join(weights.manifest.places.labels)
    }
    halved = {name: np.ascontiguousarray(values.astype(np.float16)) for name, values in sorted(tensors.items())}
    save_file(halved, made / "heads.safetensors", metadata=order)
    (made / "heads.safetensors").chmod(0o644)


if __name__ == "__main__":
    sys.exit(main())
