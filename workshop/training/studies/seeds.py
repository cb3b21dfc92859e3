"""Measure the variance over seeds: `python -m workshop.training.studies.seeds --seeds 1 2`.

Texts, labels and settings are those of `make train`; the networks are evaluated in the precision they were trained in, not in eight
bits. Each seed takes as long as `make train`; checkpoints are kept in `var/training`, where `python -m workshop.training --seed N` finds them.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from nlp.evaluation.metrics import macro_f1
from nlp.inference.model_files import DEFAULT, LABELS, MODELS
from workshop.training.data.dataset import UMSAB, load_guided, load_tweets
from workshop.training.data.example import SHARED, Example, encode_labels
from workshop.training.data.redacted import redact
from workshop.training.data.sources import require_sets
from workshop.training.export.manifest import calibrate_heads, choose_threshold, rows_of_origins
from workshop.training.model_card.scores import Table, score_heads
from workshop.training.prepare import TrainingInputs, prepare_training
from workshop.training.train.checkpoints import CACHE, load_network, train_in_parallel
from workshop.training.train.cross_fitting import predict_network
from workshop.training.train.fine_tune import TrainingConfig
from workshop.training.train.held_out import Predictions
from workshop.training.train.network import Network

SPLITS = ("val", "test")
HELD = "held out"
WORDS = MODELS / DEFAULT
HEAD = (
    "seed",
    *(f"UMSAB {split}, {which}" for split in ("val", "test") for which in ("mean", "es")),
    *("dev: sentiment", "intent", "topic", "topic accuracy", "actionable F1"),
    "actionable F1 on the tenth held out",
)


def main() -> int:
    """Print a row for each seed, their ensemble, and their spread."""
    parser = argparse.ArgumentParser(prog="python -m workshop.training.studies.seeds", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=2, help="number of models trained in parallel, one core each")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    require_sets(SHARED, ("council_posts_es", "umsab"), "the study of seeds")
    inputs = prepare_training(SHARED, None, None, CACHE, arguments.threads)
    configs = [TrainingConfig(seed=seed) for seed in arguments.seeds]
    sys.stdout.write(f"{compare(inputs, evaluation_sets(inputs), configs, CACHE, arguments.threads).text()}\n")
    return 0


def compare(
    inputs: TrainingInputs,
    sets: dict[str, Sequence[Example]],
    configs: Sequence[TrainingConfig],
    cache: Path,
    cores: int,
) -> Table:
    """Train the models in parallel and score each, then their spread.

    Args:
        inputs: inputs of the training run.
        sets: evaluation sets (`evaluation_sets`).
        configs: one configuration per model.
        cache: folder of cached checkpoints.
        cores: number of models trained at once.
    """
    runs = [(inputs.targets, config) for config in configs]
    paths = train_in_parallel(inputs.base, inputs.rows, WORDS, runs, cache, cores)
    results = [predict_sets(load_network(inputs.base, inputs.rows, path), sets) for path in paths]
    threshold = choose_threshold(inputs.out_of_fold)
    rows = [score_row(answers, threshold) for answers in results]
    named = [(str(config.seed), row) for config, row in zip(configs, rows, strict=True)]
    for name, measure in (("median", np.median), ("from", np.min), ("to", np.max)):
        named.append((name, list(measure(rows, axis=0))))
    named.append(("ensemble", score_row(average(results), threshold)))
    return Table(HEAD, [(name, *(f"{value:.3f}" for value in row)) for name, row in named])


def evaluation_sets(inputs: TrainingInputs) -> dict[str, Sequence[Example]]:
    """Load the evaluation sets: tweets, dev (councils masked), held-out posts."""
    dev = load_guided(SHARED, "council_posts_es/dev.jsonl", "dev", weight=1.0)
    tweets = {f"{split} {language}": load_tweets(SHARED, language, split) for split in SPLITS for language in UMSAB}
    return {**tweets, "dev": [replace(post, text=redact(post.text)) for post in dev], HELD: inputs.held_out_set}


def predict_sets(network: Network, sets: dict[str, Sequence[Example]]) -> dict[str, Predictions]:
    """Return the predictions of one model by set."""
    return {name: predict_network(network, WORDS, examples) for name, examples in sets.items()}


def average(results: Sequence[dict[str, Predictions]]) -> dict[str, Predictions]:
    """Return the predictions of the ensemble: the mean of the probabilities."""
    return {
        name: replace(
            first, logits={head: np.mean([each[name].logits[head] for each in results], axis=0) for head in LABELS}
        )
        for name, first in results[0].items()
    }


def score_row(results: dict[str, Predictions], threshold: float) -> list[float]:
    """Return the numbers of one row, in the order of `HEAD`."""
    logarithms = {
        name: replace(each, logits={h: np.log(np.clip(p, 1e-6, 1)) for h, p in each.logits.items()})
        for name, each in results.items()
    }
    heads = calibrate_heads(logarithms[HELD])
    row: list[float] = []
    for split in SPLITS:
        found = {language: sentiment_f1(logarithms[f"{split} {language}"]) for language in UMSAB}
        row += [float(np.mean(list(found.values()))), found["spanish"]]
    cells = {line[0]: line for line in score_heads(logarithms["dev"], heads, threshold, intervals=False).rows}
    row += [float(cells[head][1]) for head in ("sentiment", "intent", "topic")]
    row += [float(cells["topic"][2]), float(cells["actionable"][3])]
    posts = logarithms[HELD].only(rows_of_origins(logarithms[HELD], ("council_posts_es",)))
    held = {line[0]: line for line in score_heads(posts, heads, threshold, intervals=False).rows}
    return [*row, float(held["actionable"][3])]


def sentiment_f1(answers: Predictions) -> float:
    """Return macro-F1 of the sentiment of tweets."""
    return macro_f1(answers.logits["sentiment"].argmax(axis=1), encode_labels(answers.examples)["sentiment"])


if __name__ == "__main__":
    sys.exit(main())
