"""What is taught: texts, and by question how much each answer to them is right.

One person's label is one opinion. The reader that ships learns it together with what others thought: two more readings of the
posts to councils (`readings/`), and readers that were never taught the text (`apart.py`).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.privacy.redaction.text import redact
from nlp.inference.model_files import LABELS
from nlp.inference.model_output import Floats
from nlp.training.data.decide_madrid import read_texts
from nlp.training.data.example import READINGS, Example, encode_answers, read_lines
from nlp.training.train.held_out import Answers

FIRST = 0.8
"""Of a reader's two answers where both were nearly as good, what the first counts."""
READ_AGAIN = 0.4
"""What the further readings of a text count together, beside its label in the set."""
THOUGHT = 0.35
"""What the readers taught apart count, beside people."""

Opinions = dict[str, dict[str, Floats]]
"""By text (its `key`) and question: a probability for each label."""


@dataclass(frozen=True)
class SoftLabels:
    """Texts and what to answer: by question [texts, labels], each row a sum of one, or all zero where nobody answered."""

    examples: Sequence[Example]
    answers: dict[str, Floats]


def plain_lesson(examples: Sequence[Example]) -> SoftLabels:
    """Each text with its own label, and nothing else."""
    answers = {}
    for question, column in encode_answers(examples).items():
        answers[question] = np.zeros((len(examples), len(LABELS[question])), np.float32)
        known = np.flatnonzero(column >= 0)
        answers[question][known, column[known]] = 1
    return SoftLabels(examples, answers)


def softened_lesson(examples: Sequence[Example], thought: Opinions, readings: Opinions) -> SoftLabels:
    """Each text with its label, softened by what others thought of it.

    Args:
        examples: the texts.
        thought: what the readers taught apart said.
        readings: what further readings by people or large models said.
    """
    lesson = plain_lesson(examples)
    for question, answers in lesson.answers.items():
        for others, share in ((readings, READ_AGAIN), (thought, THOUGHT)):
            for at, example in enumerate(examples):
                said = others.get(example.key, {}).get(question)
                if said is not None and answers[at].any():
                    answers[at] = (1 - share) * answers[at] + share * said
    return lesson


def opinions(answers: Answers) -> Opinions:
    """By text and question, the probabilities given."""
    heads = {question: np.exp(values) for question, values in answers.logits.items()}
    return {e.key: {question: heads[question][at] for question in LABELS} for at, e in enumerate(answers.examples)}


def one_round(examples: Sequence[Example], rng: random.Random) -> list[int]:
    """Whose turn it is in one round: each text as often as it counts, each time in one of its forms."""
    forms: dict[str, list[int]] = {}
    for row, example in enumerate(examples):
        forms.setdefault(example.key, []).append(row)
    return [row for rows in forms.values() for row in rng.choices(rows, k=turns(examples[rows[0]].weight, rng))]


def turns(weight: float, rng: random.Random) -> int:
    """How often a text comes in one round: half a turn is one turn in every second round."""
    return int(weight) + (rng.random() < weight % 1)


def read_readings(data: Path) -> Opinions:
    """The mean of the readings: of posts to councils and texts of Decide Madrid every question, of Spanish tweets the sentiment."""
    posts = {row["id"]: row["text"] for row in read_lines(data / "council_posts_es" / "train.jsonl")}
    posts |= read_texts(data / "decide_madrid_es")
    tweets = [redact(row["text"]) for row in read_lines(data / "umsab" / "spanish_train.jsonl")]
    found: dict[str, dict[str, list[Floats]]] = {}
    for path in sorted(READINGS.glob("*.jsonl")):
        for row in read_lines(path):
            text = posts[row["id"]] if "id" in row else tweets[row["line"]]
            said = found.setdefault(text, {question: [] for question in LABELS if question in row})
            for question, each in said.items():
                each.append(read_answer(question, row[question]))
    return {text: {question: np.mean(each, axis=0) for question, each in said.items()} for text, said in found.items()}


def read_answer(question: str, said: Any) -> Floats:
    """One reader's answer as shares: tenths by label, a chance in ninths, or one or two labels, the better one first."""
    if question == "sentiment":
        return np.array([share / 10 for share in said], np.float32)
    if question == "actionable":
        return np.array([1 - said / 9, said / 9], np.float32)
    found = np.zeros(len(LABELS[question]), np.float32)
    for label, share in zip(said, (FIRST, 1 - FIRST) if len(said) == 2 else (1.0,), strict=True):
        found[LABELS[question].index(label)] += share
    return found
