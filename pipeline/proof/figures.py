"""Compute quality and reach from the labels of the desk.

With the annotations that the ledger keeps: no model is loaded. `escucha prove` annotates the posts again.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ledger import read
from nlp.evaluation.gold_set import parse_gold
from nlp.evaluation.report import Score, score
from pipeline.context import Context
from pipeline.proof import labels
from pipeline.proof.labels import OpinionAgreement
from pipeline.proof.measures import LEAST, LEVEL, Reach, lower_bound, reach


def needed(share: float = 0.95) -> int:
    """Return how many actionable posts, all found, prove this reach.

    >>> needed()
    59
    """
    number = 1
    while lower_bound(number, number, LEVEL) < share:
        number += 1
    return number


class LabelProgress(NamedTuple):
    """Count what is done of a sample."""

    posts: int
    """In the sample, without those erased."""
    seen: int
    """Labelled or skipped by at least one person."""
    labelled: int
    skipped: int
    """By everybody who saw them."""
    twice: int
    """Labelled by two people."""
    actionable: int
    people: Sequence[tuple[str, int]]
    """Answers a person, most first."""
    agreement: Sequence[OpinionAgreement]


class ProofFigures(NamedTuple):
    """Hold what the labels say of the model."""

    reach: Reach
    scores: Sequence[Score]


def progress(context: Context, sample: read.GoldSample) -> LabelProgress:
    """Count what is done of a sample."""
    given = read.gold_labels(context.ledger, sample.number)
    seen = {one.post_id for one in given}
    answered = Counter(one.post_id for one in given if one.answers)
    people = Counter(one.who for one in given)
    yes = {one.post_id for one in given if one.answers.get("actionable") is True}
    return LabelProgress(
        posts=len(sample.post_ids),
        seen=len(seen),
        labelled=len(answered),
        skipped=len(seen - answered.keys()),
        twice=sum(number > 1 for number in answered.values()),
        actionable=len(yes),
        people=people.most_common(),
        agreement=labels.agreement(given),
    )


def figures(context: Context) -> ProofFigures | None:
    """Return quality and reach; None: fewer than LEAST posts are labelled."""
    content = labels.file(context.ledger)
    if content.count(b"\n") < LEAST:
        return None
    pairs = []
    for row in parse_gold(content, labels.NAME):
        annotation = read.annotation_of(context.ledger, row.row_id, corrected=False)
        if annotation is not None:
            pairs.append((row, annotation))
    return ProofFigures(reach(context.city, pairs, redacted=True), score(pairs))
