"""Put together what people answered: the labelled file, and their agreement."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from core.errors import ConfigurationError
from core.quotes import quote
from core.records.annotation import BORDER
from ledger import read
from ledger.database import Ledger
from ledger.read import GoldLabel
from nlp.evaluation.gold_set import BORDERED
from pipeline.proof.sampling import QUESTIONS

NAME = "gold.jsonl"
"""Of the file that `escucha prove --gold` reads."""


class OpinionAgreement(NamedTuple):
    """Count how often two people gave the same answer to a question."""

    question: str
    posts: int
    """That two people answered."""
    same: int
    kappa: float | None
    """Cohen's: agreement beyond chance; None: both gave one answer throughout."""


def rows(ledger: Ledger, until: datetime | None = None) -> list[dict[str, Any]]:
    """Return the labelled posts of the newest sample, as drawn.

    Where two people differ, a question is at the border: honest readers differ. Places on which they differ are left out. What both
    skipped is left out, and so are posts that were erased.

    Args:
        ledger: the open ledger.
        until: answers given later are left out; None: all count.
    """
    sample = read.gold_sample(ledger, until)
    answered: dict[str, list[GoldLabel]] = defaultdict(list)
    for one in [] if sample is None else read.gold_labels(ledger, sample.number, until):
        if one.answers:
            answered[one.post_id].append(one)
    found = []
    for post_id, labels in answered.items():
        post = read.post_record(ledger, post_id)
        if post is not None:
            found.append({"id": post_id, "source": post.source, "text": post.text, **merged(labels)})
    return found


def leaving(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Yield the labelled posts that may leave.

    Without its text a post trains nothing.
    """
    found = rows(ledger)
    may_leave = {one.post_id for one in read.records_of(ledger, [row["id"] for row in found]) if quote(one) is not None}
    yield from (row for row in found if row["id"] in may_leave)


def merged(labels: Sequence[GoldLabel]) -> dict[str, Any]:
    """Return one answer a question of what people answered about a post.

    None: no answer, or places on which they differ.
    """
    found: dict[str, Any] = dict.fromkeys((*QUESTIONS, "places"))
    for question in found:
        given = [one.answers[question] for one in labels if question in one.answers]
        if given and all(one == given[0] for one in given):
            found[question] = given[0]
        elif given and question in BORDERED:
            found[question] = BORDER
    return found


def file(ledger: Ledger, until: datetime | None = None) -> bytes:
    """Return the file that `escucha prove --gold FILE --redacted` reads."""
    return "".join(lines(ledger, until)).encode()


def lines(ledger: Ledger, until: datetime | None = None) -> Iterator[str]:
    """Yield the lines of the file."""
    for row in rows(ledger, until):
        yield line(row)


def line(row: dict[str, Any]) -> str:
    """Return a row as a line of the file."""
    return json.dumps(row, ensure_ascii=False) + "\n"


def required_file(ledger: Ledger, until: datetime | None = None) -> bytes:
    """Return the file, which must have a line.

    Raises:
        ConfigurationError: no post is labelled.
    """
    content = file(ledger, until)
    if not content:
        raise ConfigurationError(
            "no post was labelled on the desk until then: label some under Analysis, Own check, or give a file with --gold FILE"
        )
    return content


def agreement(labels: Sequence[GoldLabel]) -> list[OpinionAgreement]:
    """Return how far people agree, question by question.

    The first two answers about a post are compared; skipped posts count in none.
    """
    by_post: dict[str, list[GoldLabel]] = defaultdict(list)
    for one in labels:
        if one.answers:
            by_post[one.post_id].append(one)
    twice = [next(pairwise(some)) for some in by_post.values() if len(some) > 1]
    found = []
    for question in QUESTIONS:
        pairs = [(str(a.answers[question]), str(b.answers[question])) for a, b in twice]
        found.append(OpinionAgreement(question, len(pairs), sum(a == b for a, b in pairs), kappa(pairs)))
    return [one for one in found if one.posts]


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Return Cohen's kappa of pairs of answers.

    >>> kappa([("a", "a"), ("b", "b"), ("a", "b"), ("b", "a")]), kappa([("a", "a")])
    (0.0, None)
    """
    if not pairs:
        return None
    total = len(pairs)
    same = sum(a == b for a, b in pairs) / total
    values = {one for pair in pairs for one in pair}
    chance = sum(sum(a == value for a, _ in pairs) * sum(b == value for _, b in pairs) / total**2 for value in values)
    return None if chance == 1 else (same - chance) / (1 - chance)
