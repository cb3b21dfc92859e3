"""Train on everyday tweets alone (ablation): `python -m workshop.training.studies.tweets_only [--seeds 2]`.

Shows whether the other training sets cost the shipped model anything on tweets, and what an ensemble would gain. Ten minutes of one core
per seed; checkpoints are kept in `var/training`.
"""

import argparse
import sys
from dataclasses import replace

import numpy as np
import torch

from nlp.evaluation.metrics import macro_f1
from nlp.inference.model_files import DEFAULT, MODELS
from nlp.inference.model_output import Floats
from workshop.training.data.dataset import UMSAB, load_training_set, load_tweets
from workshop.training.data.example import SHARED, Example, encode_labels
from workshop.training.data.soft_labels import one_hot_labels
from workshop.training.data.sources import require_sets
from workshop.training.export.encoder import shipped_rows
from workshop.training.model_card.scores import Table
from workshop.training.train.base_model import find_base_model, load_base_model
from workshop.training.train.checkpoints import CACHE, load_network, train_in_parallel
from workshop.training.train.cross_fitting import predict_network
from workshop.training.train.fine_tune import TrainingConfig
from workshop.training.train.network import Network

SPLITS = ("val", "test")
EvaluationSets = dict[tuple[str, str], list[Example]]
"""By split and language."""


def main() -> int:
    """Print a row for each model and split, then for their ensemble."""
    parser = argparse.ArgumentParser(prog="python -m workshop.training.studies.tweets_only", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    require_sets(SHARED, ("umsab",), "the study of tweets")
    sets = {(split, language): load_tweets(SHARED, language, split) for split in SPLITS for language in UMSAB}
    results = [predict_sentiment(network, sets) for network in train_on_tweets(arguments.seeds, arguments.threads)]
    together = {key: np.mean([each[key] for each in results], axis=0) for key in sets}
    table = Table(("seed", "split", *UMSAB, "mean of six"))
    for name, answers in [*((str(seed), each) for seed, each in enumerate(results)), ("together", together)]:
        table.rows += [score_row(name, split, sets, answers) for split in SPLITS]
    sys.stdout.write(f"{table.text()}\n")
    return 0


def train_on_tweets(seeds: int, cores: int) -> list[Network]:
    """Train on the tweets of six languages, without distillation, by seed."""
    base = load_base_model(find_base_model())
    rows, words = shipped_rows(base, MODELS / DEFAULT), MODELS / DEFAULT
    targets = one_hot_labels([example for example in load_training_set(SHARED) if example.origin.startswith("umsab")])
    configs = [replace(TrainingConfig(), seed=seed, distillation_weight=0.0) for seed in range(seeds)]
    paths = train_in_parallel(base, rows, words, [(targets, config) for config in configs], CACHE, cores)
    return [load_network(base, rows, path) for path in paths]


def predict_sentiment(network: Network, sets: EvaluationSets) -> dict[tuple[str, str], Floats]:
    """Return the probabilities of the sentiments, [tweets, labels]."""
    return {key: predict_network(network, MODELS / DEFAULT, tweets).logits["sentiment"] for key, tweets in sets.items()}


def score_row(name: str, split: str, sets: EvaluationSets, answers: dict[tuple[str, str], Floats]) -> tuple[str, ...]:
    """Return macro-F1 of each language, and their mean."""
    scores = []
    for language in UMSAB:
        right = encode_labels(sets[split, language])["sentiment"]
        scores.append(macro_f1(answers[split, language].argmax(axis=1), right))
    return (name, split, *(f"{score:.3f}" for score in (*scores, np.mean(scores))))


if __name__ == "__main__":
    sys.exit(main())
