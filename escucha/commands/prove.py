"""Print one page of proof for a council.

Quality, reach, hours, money, speed.

Everything is computed from the labelled file and from the ledger up to a moment: the same two give the same page, byte for byte.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import comb
from pathlib import Path
from statistics import median

from core.records import Record
from core.records.annotation import Annotation
from ledger import read
from nlp.evaluation.gold_set import LabelledPost, load_gold
from nlp.evaluation.report import Pairs, score
from nlp.evaluation.score import annotate_all
from pipeline.context import Context

LEVEL = 0.95


class Minutes(Record):
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


class Work(Record):
    """Count the work done until a moment, of live posts."""

    posts: int
    reviewed: int
    in_cases: int
    cases: int
    drafts: int
    """Answers given that Escucha drafted: from known answers and templates."""

    def seconds_saved(self, takes: Minutes) -> float:
        """Return the seconds saved: read, merged and drafted, less reviewed."""
        merged = max(0, self.in_cases - self.cases)
        read_for_people = self.posts - self.reviewed
        saved = read_for_people * takes.read + merged * takes.merge + self.drafts * takes.draft
        return saved - self.reviewed * takes.review


def prove(context: Context, gold_path: Path, until: datetime, takes: Minutes, redacted: bool = False) -> Iterator[str]:
    """Yield the lines of the page, in Markdown.

    Args:
        context: profile, ledger and annotator.
        gold_path: labelled posts, JSON lines.
        until: posts and cases received later are left out.
        takes: seconds of each piece of work.
        redacted: the texts are redacted already.

    Raises:
        ConfigurationError: the file is wrong; names line and cause.
    """
    gold = load_gold(gold_path)
    pairs = annotate_all(context.annotator, gold, redacted)
    digest = hashlib.sha256(gold_path.read_bytes()).hexdigest()[:16]
    yield f"# {context.city.name}: what Escucha does here, measured"
    yield ""
    yield f"Labelled file {gold_path.name} ({len(gold)} posts, sha256 {digest}), model {context.annotator.model}, ledger until"
    yield f"{until.astimezone(UTC).isoformat(timespec='seconds')}. Made again from the same file and ledger, this page is the same."
    yield from _quality(pairs)
    yield from _reach(context, pairs)
    yield from _hours(work(context, until), takes)
    yield from _money(context, until)
    yield from _speed(context, until)


def _quality(pairs: Pairs) -> Iterator[str]:
    yield from (
        "",
        "## Quality, question by question",
        "",
        "| question | posts | measure | value (95 %) |",
        "|---|---|---|---|",
    )
    for one in score(pairs):
        for name, value in one.figures.items():
            yield f"| {one.question} | {one.posts} | {name} | {value} |"


def _reach(context: Context, pairs: Sequence[tuple[LabelledPost, Annotation]]) -> Iterator[str]:
    """Show how many actionable posts get to a case or a person."""
    known = [(row, one) for row, one in pairs if "actionable" in row.right]
    actionable = [(row, one) for row, one in known if row.right["actionable"]]
    yield from ("", "## Reach", "")
    if not actionable:
        yield "No post of the file is labelled actionable: there is nothing to say about reach."
        return
    reached = sum(_is_seen(context, row, one) for row, one in actionable)
    looked = sum(_is_seen(context, row, one) for row, one in known)
    low = lower_bound(reached, len(actionable))
    yield f"{reached} of {len(actionable)} actionable posts get to a case or a person ({reached / len(actionable):.1%})."
    yield f"With {LEVEL:.0%} confidence at least {low:.1%} of such posts do (exact binomial bound)."
    yield f"For that, {100 * looked / len(known):.0f} of 100 posts of the file become a case or are looked at."


def _is_seen(context: Context, row: LabelledPost, one: Annotation) -> bool:
    language = one.labels.get("language")
    cutoffs = context.city.cutoffs("gold", str(language.value) if language else "", row.text)
    return one.labels["actionable"].score >= cutoffs.review


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


def _hours(done: Work, takes: Minutes) -> Iterator[str]:
    yield from ("", "## Hours", "", "| what | number | seconds each | hours |", "|---|---|---|---|")
    rows = [
        ("posts read by the machine alone", done.posts - done.reviewed, takes.read),
        ("reports put to the case that was open already", max(0, done.in_cases - done.cases), takes.merge),
        ("answers drafted and given", done.drafts, takes.draft),
        ("posts that people had to look at", done.reviewed, -takes.review),
    ]
    for name, number, seconds in rows:
        yield f"| {name} | {number} | {seconds:.0f} | {number * seconds / 3600:.1f} |"
    yield f"| **saved** | | | **{done.seconds_saved(takes) / 3600:.1f}** |"
    yield ""
    yield "The seconds are the council's estimates (`--read-seconds` and so on)."
    yield "The numbers are counted in the ledger; replayed posts are left out."


def _money(context: Context, until: datetime) -> Iterator[str]:
    yield from ("", "## Money", "")
    spent = {name: read.spent(context.ledger, name, until).month_usd for name in sorted(context.sources)}
    for name, usd in spent.items():
        if usd:
            yield f"- {name}: {usd:.2f} USD in the month of the date above"
    if not any(spent.values()):
        yield "Nothing was spent on networks in the month of the date above."


def _speed(context: Context, until: datetime) -> Iterator[str]:
    yield from ("", "## Speed", "")
    cases = [case for case in read.case_records(context.ledger, until=until, replay=False) if case.state != "merged"]
    answered = [case for case in cases if case.answered_at is not None and case.answered_at < until]
    hours = sorted(case.answer_hours for case in answered if case.answer_hours is not None)
    yield f"Cases: {len(cases)}; answered: {len(hours)}."
    if hours:
        yield f"Half of these had their first answer within {median(hours):.1f} hours."
    opened = sorted(seconds for case in cases for seconds in _seconds_to_open(context, case.case_key, case.opened_at))
    if opened:
        yield f"Half of the cases were opened within {median(opened):.0f} seconds of their first post's arrival."


def _seconds_to_open(context: Context, case_key: str, received_at: datetime) -> Iterator[float]:
    steps = read.transitions(context.ledger, case_key)
    if steps:
        yield (min(step.at for step in steps) - received_at).total_seconds()
