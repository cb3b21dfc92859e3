"""How much of a score is chance: the reader taught with other beginnings: `python -m nlp.training.studies.seeds --seeds 1 2`.

The same texts, labels and settings as `make train`, in the numbers they were taught in, not yet in eight bits. Each seed takes
as long as `make train`; what was taught is kept in `var/training`, where `python -m nlp.training --seed N` finds it again.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from core.privacy.redaction.text import redact
from nlp.evaluation.metrics import macro_f1
from nlp.inference.model_files import DEFAULT, LABELS, MODELS
from nlp.training.data.dataset import UMSAB, read_guided, read_tweets
from nlp.training.data.example import SHARED, Example, encode_answers
from nlp.training.export.manifest import actionable_from, calibrate_heads, rows_of
from nlp.training.model_card.scores import Table, score_heads
from nlp.training.prepare import Ready, get_ready
from nlp.training.train.checkpoints import KEPT, read_network, taught_side_by_side
from nlp.training.train.cross_fitting import ask_network
from nlp.training.train.fine_tune import TrainingConfig
from nlp.training.train.held_out import Answers
from nlp.training.train.network import Network

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
    """A row for each seed, all of them asked together, and how far they lie apart."""
    parser = argparse.ArgumentParser(prog="python -m nlp.training.studies.seeds", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=2, help="so many readers are taught side by side, one core each")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    ready = get_ready(SHARED, None, None, KEPT, arguments.threads)
    tunings = [TrainingConfig(seed=seed) for seed in arguments.seeds]
    sys.stdout.write(f"{compare(ready, questions(ready), tunings, KEPT, arguments.threads).text()}\n")
    return 0


def compare(
    ready: Ready, asked: dict[str, Sequence[Example]], tunings: Sequence[TrainingConfig], kept: Path, cores: int
) -> Table:
    """The readers taught side by side, a row each, then what they have in common.

    Args:
        ready: what is taught.
        asked: by set, what every reader is asked (`questions`).
        tunings: how, one for each reader.
        kept: folder where what was taught is kept.
        cores: so many are taught at once.
    """
    courses = [(ready.lesson, tuning) for tuning in tunings]
    paths = taught_side_by_side(ready.carrier, ready.rows, WORDS, courses, kept, cores)
    said = [answer(read_network(ready.carrier, ready.rows, path), asked) for path in paths]
    limit = actionable_from(ready.thought)
    rows = [scores(answers, limit) for answers in said]
    named = [(str(tuning.seed), row) for tuning, row in zip(tunings, rows, strict=True)]
    for name, measure in (("median", np.median), ("from", np.min), ("to", np.max)):
        named.append((name, list(measure(rows, axis=0))))
    named.append(("asked together", scores(together(said), limit)))
    return Table(HEAD, [(name, *(f"{value:.3f}" for value in row)) for name, row in named])


def questions(ready: Ready) -> dict[str, Sequence[Example]]:
    """By set, what every reader is asked: tweets, dev with councils masked, and what never teaches."""
    dev = read_guided(SHARED / "council_posts_es" / "dev.jsonl", "dev", weight=1.0)
    tweets = {f"{split} {language}": read_tweets(SHARED, language, split) for split in SPLITS for language in UMSAB}
    return {**tweets, "dev": [replace(post, text=redact(post.text)) for post in dev], HELD: ready.kept_out}


def answer(network: Network, asked: dict[str, Sequence[Example]]) -> dict[str, Answers]:
    """By set, what one reader says."""
    return {name: ask_network(network, WORDS, examples) for name, examples in asked.items()}


def together(said: Sequence[dict[str, Answers]]) -> dict[str, Answers]:
    """What the readers say as one: the mean of their probabilities."""
    return {
        name: replace(
            first, logits={head: np.mean([each[name].logits[head] for each in said], axis=0) for head in LABELS}
        )
        for name, first in said[0].items()
    }


def scores(said: dict[str, Answers], limit: float) -> list[float]:
    """The numbers of one row, in the order of `HEAD`."""
    logarithms = {
        name: replace(each, logits={h: np.log(np.clip(p, 1e-6, 1)) for h, p in each.logits.items()})
        for name, each in said.items()
    }
    heads = calibrate_heads(logarithms[HELD])
    row: list[float] = []
    for split in SPLITS:
        found = {language: of_sentiment(logarithms[f"{split} {language}"]) for language in UMSAB}
        row += [float(np.mean(list(found.values()))), found["spanish"]]
    cells = {line[0]: line for line in score_heads(logarithms["dev"], heads, limit, intervals=False).rows}
    row += [float(cells[head][1]) for head in ("sentiment", "intent", "topic")]
    row += [float(cells["topic"][2]), float(cells["actionable"][3])]
    posts = logarithms[HELD].only(rows_of(logarithms[HELD], ("council_posts_es",)))
    held = {line[0]: line for line in score_heads(posts, heads, limit, intervals=False).rows}
    return [*row, float(held["actionable"][3])]


def of_sentiment(answers: Answers) -> float:
    """Macro-F1 of the sentiment of tweets."""
    return macro_f1(answers.logits["sentiment"].argmax(axis=1), encode_answers(answers.examples)["sentiment"])


if __name__ == "__main__":
    sys.exit(main())
