"""Makes the scores honest, writes the heads, and signs the folder with its manifest."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from safetensors.numpy import save_file

from nlp.evaluation.metrics import f1
from nlp.inference.model_files import DEFAULT, LABELS, TAGS, Head, Manifest
from nlp.training.data.dataset import NAMED
from nlp.training.data.example import encode_answers
from nlp.training.data.place_tags import right_stretches
from nlp.training.export.calibration import SHIFTED, apply, fit_calibration
from nlp.training.export.encoder import GIVEN
from nlp.training.export.onnx_tagger import draw_tagger
from nlp.training.heads.signature import describe
from nlp.training.train.held_out import Answers, Tensors

CITIZENS = ("council_posts_es", "decide_madrid_labelled_es")
CALIBRATED_ON = tuple(f"{origin}{form}" for origin in CITIZENS for form in ("", NAMED))
"""What citizens write, councils named and masked; announcements of councils would make `news` and `false` look too sure."""
ABOUT = "multilingual-e5-small (MIT), vocabulary trimmed, eight bits; heads for what people say to their city"


def calibrate_heads(answers: Answers) -> dict[str, Head]:
    """Scale and shift of every head, from answers to posts of citizens that were not taught."""
    citizens = answers.only(rows_of(answers, CALIBRATED_ON))
    heads = {}
    for head, right in encode_answers(citizens.examples).items():
        scale, shift = fit_calibration(citizens.logits[head], right, shift=head in SHIFTED)
        heads[head] = Head(labels=LABELS[head], scale=round(scale, 5), shift=shift)
    return heads


def rows_of(answers: Answers, origins: Sequence[str]) -> list[int]:
    """Where the examples of these sets stand."""
    return [at for at, example in enumerate(answers.examples) if example.origin in origins]


def calibrate_places(unseen: Answers) -> Head:
    """Scale and shift that turn the raw score of a stretch into the probability that it is exactly a place."""
    scores, hits = [], []
    for example, stretches in zip(unseen.examples, unseen.stretches["places"], strict=True):
        right = right_stretches(example.text, example.places or ())
        for start, end, score in stretches:
            clear = min(max(score, 1e-6), 1 - 1e-6)
            scores.append(np.log(clear / (1 - clear)))
            hits.append((start, end) in right)
    logits = np.stack([np.zeros(len(scores)), np.array(scores)], axis=1).astype(np.float32)
    scale, shift = fit_calibration(logits, np.array(hits, np.int64), shift=True)
    return Head(labels=TAGS, scale=round(scale, 5), shift=(round(shift[1] - shift[0], 5), 0.0, 0.0))


def actionable_from(thought: Answers) -> float:
    """From which probability `actionable` is true: the best mean F1 over the sets of citizens' posts.

    Chosen on what two readers said of posts they were not taught: ten times as many as the reader that ships leaves out.
    """
    head = calibrate_heads(thought)["actionable"]
    parts = [thought.only(rows_of(thought, (origin, origin + NAMED))) for origin in CITIZENS]
    truths = [encode_answers(part.examples)["actionable"] for part in parts]
    probable = [apply(part.logits["actionable"], head.scale, head.shift)[:, 1] for part in parts]
    candidates = [round(float(value), 2) for value in np.arange(0.2, 0.71, 0.02)]
    return max(candidates, key=lambda value: sum(f1(p >= value, t == 1) for p, t in zip(probable, truths, strict=True)))


def write_model(folder: Path, tensors: Tensors, heads: dict[str, Head], places: Head, limit: float) -> Manifest:
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
        actionable_from=limit,
        files={name: describe(folder / name) for name in names},
    )
    text = json.dumps(manifest.model_dump(), indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return manifest
