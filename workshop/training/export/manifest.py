"""Calibrate and write the heads, and the manifest with digests."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from safetensors.numpy import save_file

from nlp.evaluation.metrics import f1
from nlp.inference.model_files import DEFAULT, LABELS, TAGS, Head, Manifest
from workshop.training.data.dataset import NAMED
from workshop.training.data.example import encode_labels
from workshop.training.data.place_tags import true_spans
from workshop.training.export.calibration import BIASED_HEADS, apply_calibration, fit_calibration
from workshop.training.export.encoder import OUTPUT_LAYERS
from workshop.training.export.onnx_tagger import build_tagger_graph
from workshop.training.heads.signature import describe_file
from workshop.training.train.held_out import Predictions, Tensors

CITIZENS = ("council_posts_es", "decide_madrid_labelled_es")
CALIBRATED_ON = tuple(f"{origin}{form}" for origin in CITIZENS for form in ("", NAMED))
"""Citizens' posts, councils named and masked; announcements of councils would make `news` and `false` overconfident."""
ABOUT = "multilingual-e5-small (MIT), vocabulary trimmed, eight bits; heads for what people say to their city"


def calibrate_heads(predictions: Predictions) -> dict[str, Head]:
    """Fit scale and shift of every head to held-out citizens' posts."""
    citizens = predictions.only(rows_of_origins(predictions, CALIBRATED_ON))
    heads = {}
    for head, right in encode_labels(citizens.examples).items():
        scale, shift = fit_calibration(citizens.logits[head], right, shift=head in BIASED_HEADS)
        heads[head] = Head(labels=LABELS[head], scale=round(scale, 5), shift=shift)
    return heads


def rows_of_origins(predictions: Predictions, origins: Sequence[str]) -> list[int]:
    """Return the row numbers of the examples of these sets."""
    return [at for at, example in enumerate(predictions.examples) if example.origin in origins]


def calibrate_places(predictions: Predictions) -> Head:
    """Calibrate a span's raw score to the probability of being exactly right."""
    scores, hits = [], []
    for example, spans in zip(predictions.examples, predictions.spans["places"], strict=True):
        right = true_spans(example.text, example.places or ())
        for start, end, score in spans:
            clear = min(max(score, 1e-6), 1 - 1e-6)
            scores.append(np.log(clear / (1 - clear)))
            hits.append((start, end) in right)
    logits = np.stack([np.zeros(len(scores)), np.array(scores)], axis=1).astype(np.float32)
    scale, shift = fit_calibration(logits, np.array(hits, np.int64), shift=True)
    return Head(labels=TAGS, scale=round(scale, 5), shift=(round(shift[1] - shift[0], 5), 0.0, 0.0))


def choose_threshold(out_of_fold: Predictions) -> float:
    """Choose the threshold of `actionable` by mean F1 over the citizens' sets.

    It is chosen on out-of-fold predictions: ten times as many posts as are held out of the shipped model's training.
    """
    head = calibrate_heads(out_of_fold)["actionable"]
    parts = [out_of_fold.only(rows_of_origins(out_of_fold, (origin, origin + NAMED))) for origin in CITIZENS]
    truths = [encode_labels(part.examples)["actionable"] for part in parts]
    probable = [apply_calibration(part.logits["actionable"], head.scale, head.shift)[:, 1] for part in parts]
    candidates = [round(float(value), 2) for value in np.arange(0.2, 0.71, 0.02)]
    return max(candidates, key=lambda value: sum(f1(p >= value, t == 1) for p, t in zip(probable, truths, strict=True)))


def write_model(folder: Path, tensors: Tensors, heads: dict[str, Head], places: Head, threshold: float) -> Manifest:
    """Write `heads.safetensors`, `tagger.onnx` and `manifest.json` beside encoder and tokenizer."""
    order = {head: ",".join(fitted.labels) for head, fitted in {**heads, "places": places}.items()}
    halved = {name: values.astype(np.float16) for name, values in tensors.items()}
    save_file(halved, folder / "heads.safetensors", metadata=order)
    (folder / "heads.safetensors").chmod(0o644)
    onnx.save(build_tagger_graph(), folder / "tagger.onnx")
    names = ("encoder.onnx", "tagger.onnx", "heads.safetensors", "tokenizer.json")
    manifest = Manifest(
        name=DEFAULT,
        about=ABOUT,
        licence="MIT for the encoder; Apache-2.0 for heads and tokenizer file; data: docs/models",
        layers=OUTPUT_LAYERS.pooled,
        heads=heads,
        places=places,
        actionable_from=threshold,
        files={name: describe_file(folder / name) for name in names},
    )
    text = json.dumps(manifest.model_dump(), indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return manifest
