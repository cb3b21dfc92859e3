"""Measure quality, reach, work, money and speed for the page of proof."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import comb
from pathlib import Path

from core.config.city import City
from core.records import Record
from ledger import read
from nlp.evaluation.gold_set import parse_gold
from nlp.evaluation.report import Pairs, Score, score
from nlp.evaluation.score import annotate_all, build_post
from pipeline.context import Context
from triage.decide import decide

LEAST = 30
"""Labelled posts from which the page shows figures."""
LEVEL = 0.95


class Seconds(Record):
    """Hold what one piece of work takes a person, in seconds.

    The council's own estimates.
    """

    read: float = 15.0
    """Reading one post and deciding that there is nothing to do, or whose it is."""
    merge: float = 60.0
    """Finding the case that a further report belongs to."""
    draft: float = 180.0
    """Writing an answer."""
    review: float = 20.0
    """Looking at one post that Escucha is unsure about: work that it makes."""

    @property
    def options(self) -> list[str]:
        """Return the options of the command that give these seconds."""
        given = self.model_dump(exclude_defaults=True)
        return [part for name, seconds in given.items() for part in (f"--{name}-seconds", f"{seconds:g}")]


class Work(Record):
    """Count the work done until a moment, of live posts."""

    posts: int
    reviewed: int
    in_cases: int
    cases: int
    drafts: int
    """Answers given that Escucha drafted: from known answers and templates."""

    @property
    def merged(self) -> int:
        """Return how many reports joined a case that was open."""
        return max(0, self.in_cases - self.cases)

    def seconds_saved(self, takes: Seconds) -> float:
        """Return the seconds saved: read, merged and drafted, less reviewed."""
        read_for_people = self.posts - self.reviewed
        saved = read_for_people * takes.read + self.merged * takes.merge + self.drafts * takes.draft
        return saved - self.reviewed * takes.review


class Reach(Record):
    """Count the labelled posts that get to a case or a person."""

    actionable: int
    """Posts labelled actionable."""
    reached: int
    """Of these, posts that become a case or wait for a person."""
    labelled: int
    """Posts labelled actionable or not."""
    seen: int
    """Of these, posts that become a case or wait for a person."""
    border: int = 0
    """Posts at the border of actionable, which count on neither side."""

    @property
    def share(self) -> float:
        """Return the share of actionable posts that are reached."""
        return self.reached / self.actionable

    @property
    def bound(self) -> float:
        """Return the share that is reached at least, with confidence `LEVEL`."""
        return lower_bound(self.reached, self.actionable)


class Speed(Record):
    """Hold how fast cases are opened and answered."""

    cases: int
    hours: tuple[float, ...]
    """Hours to the first answer, of the cases that have one."""
    seconds: tuple[float, ...]
    """Seconds from the arrival of the first post to the opening."""


@dataclass(frozen=True)
class Measured:
    """Hold everything that the page says."""

    file: str
    digest: str
    """Of the labelled file."""
    posts: int
    model: str
    until: datetime
    scores: Sequence[Score]
    reach: Reach
    work: Work
    spent: dict[str, float]
    """USD in the month of `until`, by source."""
    speed: Speed


def measure(context: Context, name: str, content: bytes, until: datetime, redacted: bool = False) -> Measured:
    """Measure the labelled posts and the ledger until a moment.

    `name`: what the page and messages call the file with this content.

    Raises:
        ConfigurationError: the file is wrong; names line and cause.
    """
    gold = parse_gold(content, name)
    pairs = annotate_all(context.annotator, gold, redacted)
    return Measured(
        file=Path(name).name,
        digest=hashlib.sha256(content).hexdigest()[:16],
        posts=len(gold),
        model=context.annotator.model,
        until=until,
        scores=score(pairs),
        reach=reach(context.city, pairs, redacted),
        work=work(context, until),
        spent={name: read.spent(context.ledger, name, until).month_usd for name in sorted(context.sources)},
        speed=speed(context, until),
    )


def reach(city: City, pairs: Pairs, redacted: bool = False) -> Reach:
    """Count the posts that get to a case or a person.

    Each is decided alone, as a post of its source, of a network where it names none: several people who write about the same reach more.
    """
    known = [(row, annotation) for row, annotation in pairs if "actionable" in row.right]
    posts = [(build_post(city, row, redacted), annotation) for row, annotation in known]
    seen = [decide(city, [one])[0].outcome != "no_case" for one in posts]
    actionable = [is_seen for (row, _), is_seen in zip(known, seen, strict=True) if row.right["actionable"]]
    return Reach(
        actionable=len(actionable),
        reached=sum(actionable),
        labelled=len(known),
        seen=sum(seen),
        border=sum("actionable" in row.border for row, _ in pairs),
    )


def lower_bound(successes: int, trials: int, level: float = LEVEL) -> float:
    """Return the one-sided exact (Clopper-Pearson) lower bound of a share.

    >>> round(lower_bound(59, 59), 3), lower_bound(0, 10)
    (0.95, 0.0)
    """
    if successes == 0:
        return 0.0
    low, high = 0.0, successes / trials
    for _ in range(60):
        share = (low + high) / 2
        tail = sum(comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(successes, trials + 1))
        low, high = (share, high) if tail < 1 - level else (low, share)
    return low


def work(context: Context, until: datetime) -> Work:
    """Count the work done by machine and people, of live posts."""
    posts = reviewed = in_cases = 0
    keys: set[str] = set()
    for post in read.post_records(context.ledger, until=until, replay=False, own=False, state="classified"):
        posts += 1
        reviewed += post.decision == "in_review" or post.reason.startswith("person: ")
        if post.case_key is not None:
            in_cases += 1
            keys.add(post.case_key)
    given = read.answers(context.ledger, states=("sent", "copied"))
    drafts = [one for one in given if one.origin != "written" and one.given_at is not None and one.given_at < until]
    return Work(posts=posts, reviewed=reviewed, in_cases=in_cases, cases=len(keys), drafts=len(drafts))


def speed(context: Context, until: datetime) -> Speed:
    """Measure how fast live cases were opened and answered."""
    cases = [case for case in read.case_records(context.ledger, until=until, replay=False) if case.state != "merged"]
    answered = [case for case in cases if case.answered_at is not None and case.answered_at < until]
    return Speed(
        cases=len(cases),
        hours=tuple(sorted(case.answer_hours for case in answered if case.answer_hours is not None)),
        seconds=tuple(sorted(seconds for case in cases for seconds in _seconds_to_open(context, case.case_key, case.opened_at))),
    )


def _seconds_to_open(context: Context, case_key: str, received_at: datetime) -> Iterator[float]:
    steps = read.transitions(context.ledger, case_key)
    if steps:
        yield (min(step.at for step in steps) - received_at).total_seconds()
