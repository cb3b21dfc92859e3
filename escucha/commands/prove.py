"""Print one page of proof for a council.

Quality, reach, hours, money, speed, in the language of the city.

Everything is computed from the labelled file and from the ledger up to a moment: the same two give the same page, byte for byte.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import comb
from pathlib import Path
from statistics import median

from babel.numbers import format_decimal

from core.i18n.display_names import display_name
from core.i18n.translate import translator
from core.records import Record
from core.records.annotation import Annotation
from ledger import read
from nlp.evaluation.gold_set import LabelledPost, load_gold
from nlp.evaluation.metrics import Interval
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


@dataclass(frozen=True)
class Words:
    """Say texts and numbers in one language."""

    language: str

    def say(self, text: str, **values: object) -> str:
        """Return a text in the language, filled in."""
        return translator(self.language, "escucha")(text).format(**values)

    def number(self, value: float, digits: int = 0) -> str:
        """Format a number with so many decimals."""
        return str(format_decimal(value, f"#,##0.{'0' * digits}" if digits else "#,##0", locale=self.language))

    def share(self, value: float) -> str:
        """Format a share as per cent with one decimal.

        `share`: from 0 to 1.
        """
        return f"{self.number(100 * value, 1)} %"

    def interval(self, one: Interval) -> str:
        """Format a measured value with its interval."""
        return f"{self.number(one.value, 3)} ({self.number(one.low, 2)}–{self.number(one.high, 2)})"

    def measure(self, name: str) -> str:
        """Return the name of a measure; the field's own short names stay."""
        _ = translator(self.language, "escucha")
        known = {
            "macro-F1": _("macro-F1"),
            "accuracy": _("accuracy"),
            "ECE": _("calibration error (ECE)"),
            "F1 of true": _("F1 of “yes”"),
            "precision of true": _("precision of “yes”"),
            "recall of true": _("recall of “yes”"),
            "F1 of exact words": _("F1 of exact words"),
            "precision": _("precision"),
            "recall": _("recall"),
        }
        return str(known.get(name, name))


def prove(
    context: Context,
    gold_path: Path,
    until: datetime,
    takes: Minutes,
    redacted: bool = False,
    language: str | None = None,
) -> Iterator[str]:
    """Yield the lines of the page, in Markdown.

    Args:
        context: profile, ledger and annotator.
        gold_path: labelled posts, JSON lines.
        until: posts and cases received later are left out.
        takes: seconds of each piece of work.
        redacted: the texts are redacted already.
        language: of the page; None: the first of the city.

    Raises:
        ConfigurationError: the file is wrong; names line and cause.
    """
    words = Words(language or context.city.languages[0])
    say = words.say
    gold = load_gold(gold_path)
    pairs = annotate_all(context.annotator, gold, redacted)
    digest = hashlib.sha256(gold_path.read_bytes()).hexdigest()[:16]
    yield "# " + say("{city}: what Escucha does here, measured", city=context.city.name)
    yield ""
    yield say(
        "Labelled file {file} ({posts} posts, sha256 {digest}), model {model}, ledger until {until}.",
        file=gold_path.name, posts=len(gold), digest=digest, model=context.annotator.model,
        until=until.astimezone(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
    yield say("Made again from the same file and ledger, this page is the same.")
    yield from _quality(words, pairs)
    yield from _reach(words, context, pairs)
    yield from _hours(words, work(context, until), takes)
    yield from _money(words, context, until)
    yield from _speed(words, context, until)


def _table(*columns: str) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * len(columns)


def _quality(words: Words, pairs: Pairs) -> Iterator[str]:
    say = words.say
    yield from ("", "## " + say("Quality, question by question"), "")
    yield from _table(say("question"), say("posts"), say("measure"), say("value (95 %)"))
    for one in score(pairs):
        name = display_name("question", one.question, words.language)
        for measure, value in one.figures.items():
            yield f"| {name} | {one.posts} | {words.measure(measure)} | {words.interval(value)} |"
        for measure, (low, high) in one.with_border.items():
            both = say("{measure}, with {n} at the border wrong–right", measure=words.measure(measure), n=one.border)
            yield f"| {name} | {one.posts + one.border} | {both} | {words.number(low, 3)}–{words.number(high, 3)} |"


def _reach(words: Words, context: Context, pairs: Sequence[tuple[LabelledPost, Annotation]]) -> Iterator[str]:
    """Show how many actionable posts get to a case or a person."""
    say = words.say
    known = [(row, one) for row, one in pairs if "actionable" in row.right]
    actionable = [(row, one) for row, one in known if row.right["actionable"]]
    yield from ("", "## " + say("Reach"), "")
    if not actionable:
        yield say("No post of the file is labelled actionable: there is nothing to say about reach.")
        return
    reached = sum(_is_seen(context, row, one) for row, one in actionable)
    looked = sum(_is_seen(context, row, one) for row, one in known)
    low = lower_bound(reached, len(actionable))
    border = sum("actionable" in row.border for row, _ in pairs)
    yield say(
        "{reached} of {of} actionable posts get to a case or a person ({share}).",
        reached=reached, of=len(actionable), share=words.share(reached / len(actionable)),
    )  # fmt: skip
    yield say(
        "With {level} confidence at least {low} of such posts do (exact binomial bound).",
        level=f"{100 * LEVEL:.0f} %", low=words.share(low),
    )  # fmt: skip
    yield say(
        "For that, {n} of 100 posts of the file become a case or are looked at.",
        n=words.number(100 * looked / len(known)),
    )  # fmt: skip
    if border:
        yield say("Posts of the file at the border, which count on neither side: {n}.", n=words.number(border))


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


def _hours(words: Words, done: Work, takes: Minutes) -> Iterator[str]:
    say = words.say
    yield from ("", "## " + say("Hours"), "")
    yield from _table(say("what"), say("number"), say("seconds each"), say("hours"))
    rows = [
        (say("posts read by the machine alone"), done.posts - done.reviewed, takes.read),
        (say("reports put to the case that was open already"), max(0, done.in_cases - done.cases), takes.merge),
        (say("answers drafted and given"), done.drafts, takes.draft),
        (say("posts that people had to look at"), done.reviewed, -takes.review),
    ]
    for name, number, seconds in rows:
        hours = words.number(number * seconds / 3600, 1)
        yield f"| {name} | {words.number(number)} | {words.number(seconds)} | {hours} |"
    yield f"| **{say('saved')}** | | | **{words.number(done.seconds_saved(takes) / 3600, 1)}** |"
    yield ""
    yield say("The seconds are the council's estimates (`--read-seconds` and so on).")
    yield say("The numbers are counted in the ledger; replayed posts are left out.")


def _money(words: Words, context: Context, until: datetime) -> Iterator[str]:
    yield from ("", "## " + words.say("Money"), "")
    spent = {name: read.spent(context.ledger, name, until).month_usd for name in sorted(context.sources)}
    for name, usd in spent.items():
        if usd:
            shown = display_name("source", name, words.language)
            yield "- " + words.say(
                "{source}: {usd} USD in the month of the date above", source=shown, usd=words.number(usd, 2)
            )
    if not any(spent.values()):
        yield words.say("Nothing was spent on networks in the month of the date above.")


def _speed(words: Words, context: Context, until: datetime) -> Iterator[str]:
    say = words.say
    yield from ("", "## " + say("Speed"), "")
    cases = [case for case in read.case_records(context.ledger, until=until, replay=False) if case.state != "merged"]
    answered = [case for case in cases if case.answered_at is not None and case.answered_at < until]
    hours = sorted(case.answer_hours for case in answered if case.answer_hours is not None)
    yield say(
        "Cases: {cases}; answered: {answered}.", cases=words.number(len(cases)), answered=words.number(len(hours))
    )
    if hours:
        yield say("Half of these had their first answer within {hours} hours.", hours=words.number(median(hours), 1))
    opened = sorted(seconds for case in cases for seconds in _seconds_to_open(context, case.case_key, case.opened_at))
    if opened:
        seconds = words.number(median(opened))
        yield say("Half of the cases were opened within {n} seconds of their first post's arrival.", n=seconds)


def _seconds_to_open(context: Context, case_key: str, received_at: datetime) -> Iterator[float]:
    steps = read.transitions(context.ledger, case_key)
    if steps:
        yield (min(step.at for step in steps) - received_at).total_seconds()
