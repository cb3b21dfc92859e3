"""Makes the scores honest, writes the heads, and signs the folder with its manifest."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from safetensors.numpy import save_file

from nlp.training.crossval import Unseen, right_stretches
from nlp.training.dataset import Example
from nlp.training.encoder import GIVEN
from nlp.training.fit import Tensors, encode_answers
from nlp.training.honest import apply, f1, fit_calibration
from nlp.training.tagger_graph import draw_tagger
from nlp.weights import DEFAULT, LABELS, TAGS, File, Head, Manifest

CALIBRATED_ON = ("council_posts_es", "decide_madrid_labelled_es")
"""What citizens write; announcements of councils would make `news` and `false` look too sure."""
SHIFTED = ("actionable",)
"""Heads whose labels are also moved: rare labels were made to count more, and their score must not keep that."""
ABOUT = "multilingual-e5-small (MIT), vocabulary trimmed, eight bits; heads for what people say to their city"


def calibrate_heads(examples: Sequence[Example], unseen: Unseen) -> dict[str, Head]:
    """Scale and shift of every head, from answers to unseen posts of citizens."""
    answers = encode_answers(examples)
    chosen = np.array([examples[row].origin in CALIBRATED_ON for row in unseen.rows])
    heads = {}
    for head, labels in LABELS.items():
        right = answers[head][unseen.rows][chosen]
        scale, shift = fit_calibration(unseen.logits[head][chosen], right, shift=head in SHIFTED)
        heads[head] = Head(labels=labels, scale=round(scale, 5), shift=shift)
    return heads


def calibrate_places(examples: Sequence[Example], unseen: Unseen) -> Head:
    """Scale and shift that turn the raw score of a stretch into the probability that it is exactly a place."""
    scores, hits = [], []
    for row, stretches in zip(unseen.rows, unseen.stretches, strict=True):
        right = right_stretches(examples[row])
        for start, end, score in stretches:
            clear = min(max(score, 1e-6), 1 - 1e-6)
            scores.append(np.log(clear / (1 - clear)))
            hits.append((start, end) in right)
    logits = np.stack([np.zeros(len(scores)), np.array(scores)], axis=1).astype(np.float32)
    scale, shift = fit_calibration(logits, np.array(hits, np.int64), shift=True)
    return Head(labels=TAGS, scale=round(scale, 5), shift=(round(shift[1] - shift[0], 5), 0.0, 0.0))


def choose_threshold(examples: Sequence[Example], unseen: Unseen, head: Head) -> float:
    """From which probability `actionable` is true: the best mean F1 over the two sets of citizens' posts."""
    answers = encode_answers(examples)["actionable"][unseen.rows]
    probable = apply(unseen.logits["actionable"], head.scale, head.shift)[:, 1]
    origins = np.array([examples[row].origin for row in unseen.rows])
    sets = [origins == origin for origin in CALIBRATED_ON]
    candidates = [round(float(value), 2) for value in np.arange(0.2, 0.71, 0.02)]
    return max(
        candidates,
        key=lambda value: sum(f1(probable[chosen] >= value, answers[chosen] == 1) for chosen in sets),
    )


def write_model(
    folder: Path, tensors: Tensors, heads: dict[str, Head], places: Head, actionable_from: float
) -> Manifest:
    """Write `heads.safetensors`, `tagger.onnx` and `manifest.json` beside the encoder and the tokenizer."""
    order = {head: ",".join(fitted.labels) for head, fitted in {**heads, "places": places}.items()}
    halved = {name: values.astype(np.float16) for name, values in tensors.items()}
    save_file(halved, folder / "heads.safetensors", metadata=order)
    (folder / "heads.safetensors").chmod(0o644)
    onnx.save(draw_tagger(), folder / "tagger.onnx")
    names = ("encoder.onnx", "tagger.onnx", "heads.safetensors", "tokenizer.json")
    manifest = Manifest(
        name=DEFAULT,
        about=ABOUT,
        licence="MIT for the encoder; Apache-2.0 for heads and tokenizer file; data: docs/models",
        layers=GIVEN.pooled,
        heads=heads,
        places=places,
        actionable_from=actionable_from,
        files={name: describe(folder / name) for name in names},
    )
    text = json.dumps(manifest.model_dump(), indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return manifest


def describe(path: Path) -> File:
    """Digest and size of one file."""
    raw = path.read_bytes()
    return File(sha256=hashlib.sha256(raw).hexdigest(), bytes=len(raw))
