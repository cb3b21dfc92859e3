"""What a reader reaches that learns nothing but everyday tweets: `python -m nlp.training.studies.tweets_only [--seeds 2]`.

Does the rest of what the reader that ships is taught cost it anything in tweets, and what would several readers together be worth? Ten
minutes of a core for each seed; what was taught is kept in `var/training`.
"""

import argparse
import sys
from dataclasses import replace

import numpy as np
import torch

from nlp.evaluation.metrics import macro_f1
from nlp.inference.model_files import DEFAULT, MODELS
from nlp.inference.model_output import Floats
from nlp.training.data.dataset import UMSAB, read_training, read_tweets
from nlp.training.data.example import SHARED, Example, encode_answers
from nlp.training.data.soft_labels import plain_lesson
from nlp.training.export.encoder import known_rows
from nlp.training.model_card.scores import Table
from nlp.training.train.base_model import find_carrier, read_carrier
from nlp.training.train.checkpoints import KEPT, read_network, taught_side_by_side
from nlp.training.train.cross_fitting import ask_network
from nlp.training.train.fine_tune import TrainingConfig
from nlp.training.train.network import Network

SPLITS = ("val", "test")
Asked = dict[tuple[str, str], list[Example]]
"""By split and language."""


def main() -> int:
    """A row for each reader and split, then the readers together."""
    parser = argparse.ArgumentParser(prog="python -m nlp.training.studies.tweets_only", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    asked = {(split, language): read_tweets(SHARED, language, split) for split in SPLITS for language in UMSAB}
    said = [answer(network, asked) for network in teach(arguments.seeds, arguments.threads)]
    together = {key: np.mean([each[key] for each in said], axis=0) for key in asked}
    table = Table(("seed", "split", *UMSAB, "mean of six"))
    for name, answers in [*((str(seed), each) for seed, each in enumerate(said)), ("together", together)]:
        table.rows += [row(name, split, asked, answers) for split in SPLITS]
    sys.stdout.write(f"{table.text()}\n")
    return 0


def teach(seeds: int, cores: int) -> list[Network]:
    """Readers of the tweets of six languages, without a vector to keep; they differ by their seed."""
    carrier = read_carrier(find_carrier())
    rows, words = known_rows(carrier, MODELS / DEFAULT), MODELS / DEFAULT
    lesson = plain_lesson([example for example in read_training(SHARED) if example.origin.startswith("umsab")])
    tunings = [replace(TrainingConfig(), seed=seed, keep=0.0) for seed in range(seeds)]
    paths = taught_side_by_side(carrier, rows, words, [(lesson, tuning) for tuning in tunings], KEPT, cores)
    return [read_network(carrier, rows, path) for path in paths]


def answer(network: Network, asked: Asked) -> dict[tuple[str, str], Floats]:
    """The probabilities of the sentiments, [tweets, labels]."""
    return {key: ask_network(network, MODELS / DEFAULT, tweets).logits["sentiment"] for key, tweets in asked.items()}


def row(name: str, split: str, asked: Asked, answers: dict[tuple[str, str], Floats]) -> tuple[str, ...]:
    """Macro-F1 of each language, and their mean."""
    scores = []
    for language in UMSAB:
        right = encode_answers(asked[split, language])["sentiment"]
        scores.append(macro_f1(answers[split, language].argmax(axis=1), right))
    return (name, split, *(f"{score:.3f}" for score in (*scores, np.mean(scores))))


if __name__ == "__main__":
    sys.exit(main())
