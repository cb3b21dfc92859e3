"""Put what was measured on one page, in one language."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from babel.dates import format_datetime
from babel.numbers import format_decimal

from core.i18n.display_names import display_name
from core.i18n.languages import locale_of
from core.i18n.translate import translator
from nlp.evaluation.metrics import MetricInterval
from nlp.evaluation.report import Score
from pipeline.context import Context
from pipeline.proof.measures import LEVEL, Measured, Reach, Seconds, Work
from reports.document.document import DASH, Document, Figure, Section, Sentence, Table
from reports.output.look import look_of


@dataclass(frozen=True)
class Words:
    """Say texts and numbers in one language."""

    language: str

    def say(self, text: str, **values: object) -> str:
        """Return a text in the language, filled in."""
        return translator(self.language, "escucha")(text).format(**values)

    def number(self, value: float, digits: int = 0) -> str:
        """Format a number with this number of decimals."""
        pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
        return str(format_decimal(value, pattern, locale=locale_of(self.language)))

    def share(self, value: float) -> str:
        """Format a share as per cent with one decimal.

        `share`: from 0 to 1.
        """
        return f"{self.number(100 * value, 1)} %"

    def interval(self, one: MetricInterval) -> str:
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


def page_of(context: Context, found: Measured, takes: Seconds, command: str, language: str) -> Document:
    """Return the page.

    Args:
        context: profile and look of the city.
        found: everything that was measured.
        takes: seconds of each piece of work.
        command: makes the page again.
        language: of the page.
    """
    words = Words(language)
    until = format_datetime(found.until.astimezone(context.city.zone), "long", locale=locale_of(language))
    return Document(
        language=language,
        title=words.say("{city}: what Escucha does here, measured", city=context.city.name),
        city=context.city.name,
        span=words.say("{posts} posts labelled by people, ledger until {until}", posts=found.posts, until=until),
        look=look_of(context.city),
        desk="",
        brief=True,
        remark=None,
        short=tuple(Sentence(text=text) for text in _short(words, found, takes)),
        caveat="",
        figures=_figures(words, found, takes),
        sections=(
            Section(title=words.say("Quality, question by question"), tables=(_quality(words, found),)),
            *([_hours(words, found.work, takes)] if found.work.posts else []),
            Section(title=words.say("Speed"), sentences=_speed(words, found)),
            Section(title=words.say("Money"), sentences=_money(words, found)),
            Section(title=words.say("How it was counted"), sentences=_method(words, found, command)),
        ),
        quotes_posts=False,
        quotes=(),
        unread=Table(title="", headers=(), rows=(), empty=""),
        notes=(),
    )


def _short(words: Words, found: Measured, takes: Seconds) -> list[str]:
    return [*_reach(words, found.reach), _saved(words, found.work, takes)]


def _reach(words: Words, reach: Reach) -> list[str]:
    """Say how many actionable posts get to a case or a person."""
    say = words.say
    if not reach.actionable:
        return [say("No post of the file is labelled actionable: there is nothing to say about reach.")]
    said = [
        say(
            "{reached} of {of} actionable posts get to a case or a person ({share}).",
            reached=reach.reached,
            of=reach.actionable,
            share=words.share(reach.share),
        ),
        say(
            "With {level} confidence at least {low} of such posts do (exact binomial bound).",
            level=f"{100 * LEVEL:.0f} %",
            low=words.share(reach.bound),
        ),
        say("For that, {n} of 100 posts of the file become a case or are looked at.", n=words.number(100 * reach.seen / reach.labelled)),
    ]
    if reach.border:
        border = words.number(reach.border)
        said.append(say("Posts of the file at the border, which count on neither side: {n}.", n=border))
    return said


def _saved(words: Words, done: Work, takes: Seconds) -> str:
    if not done.posts:
        return words.say("No live post was read until then: there are no hours to count.")
    hours, posts = done.seconds_saved(takes) / 3600, words.number(done.posts)
    if hours < 0:
        text = "Of {posts} posts, reviewing took {hours} hours more than reading and sorting by hand would have."
        return words.say(text, posts=posts, hours=words.number(-hours, 1))
    return words.say("Hours saved on {posts} posts: {hours}.", posts=posts, hours=words.number(hours, 1))


def _figures(words: Words, found: Measured, takes: Seconds) -> tuple[Figure, ...]:
    say, reach, speed = words.say, found.reach, found.speed
    shown = [
        (say("Reach"), words.share(reach.share) if reach.actionable else DASH),
        (say("At least"), words.share(reach.bound) if reach.actionable else DASH),
        (say("Seen of 100"), words.number(100 * reach.seen / reach.labelled) if reach.labelled else DASH),
        (say("Hours saved"), words.number(found.work.seconds_saved(takes) / 3600, 1) if found.work.posts else DASH),
        (say("Answer, hours (median)"), words.number(median(speed.hours), 1) if speed.hours else DASH),
        (say("Spent, USD"), words.number(sum(found.spent.values()), 2)),
    ]
    return tuple(Figure(label=label, value=value) for label, value in shown)


def _quality(words: Words, found: Measured) -> Table:
    say = words.say
    return Table(
        title=say("Quality, question by question"),
        headers=(say("question"), say("measure"), say("posts"), say("value (95 %)")),
        rows=tuple(row for one in found.scores for row in _rows(words, one)),
        empty="",
        texts=2,
    )


def _rows(words: Words, one: Score) -> Iterator[tuple[str, str, str, str]]:
    """Yield a question's measures, then those with its border posts."""
    name = display_name("question", one.question, words.language)
    for measure, value in one.figures.items():
        yield name, words.measure(measure), words.number(one.posts), words.interval(value)
    for measure, (low, high) in one.with_border.items():
        both = words.say("{measure}, with {n} at the border wrong–right", measure=words.measure(measure), n=one.border)
        yield name, both, words.number(one.posts + one.border), f"{words.number(low, 3)}–{words.number(high, 3)}"


def _hours(words: Words, done: Work, takes: Seconds) -> Section:
    say = words.say
    counted = [
        (say("posts with automatic labels only"), done.posts - done.reviewed, takes.read),
        (say("reports put to the case that was open already"), done.merged, takes.merge),
        (say("answers drafted and given"), done.drafts, takes.draft),
        (say("posts that people had to look at"), done.reviewed, -takes.review),
    ]
    rows = [(name, words.number(n), words.number(seconds), words.number(n * seconds / 3600, 1)) for name, n, seconds in counted]
    total = (say("saved"), "", "", words.number(done.seconds_saved(takes) / 3600, 1))
    table = Table(
        title=say("Hours"),
        headers=(say("what"), say("number"), say("seconds each"), say("hours")),
        rows=(*rows, total),
        empty="",
        has_total=True,
    )
    return Section(title=say("Hours"), tables=(table,))


def _speed(words: Words, found: Measured) -> tuple[Sentence, ...]:
    say, speed = words.say, found.speed
    texts = [say("Cases: {cases}; answered: {answered}.", cases=words.number(speed.cases), answered=words.number(len(speed.hours)))]
    if speed.hours:
        hours = words.number(median(speed.hours), 1)
        texts.append(say("Half of these had their first answer within {hours} hours.", hours=hours))
    if speed.seconds:
        n = words.number(median(speed.seconds))
        texts.append(say("Half of the cases were opened within {n} seconds of their first post's arrival.", n=n))
    return tuple(Sentence(text=text) for text in texts)


def _money(words: Words, found: Measured) -> tuple[Sentence, ...]:
    texts = [
        words.say(
            "{source}: {usd} USD in the month of the date above",
            source=display_name("source", name, words.language),
            usd=words.number(usd, 2),
        )
        for name, usd in found.spent.items()
        if usd
    ]
    none = words.say("Nothing was spent on networks in the month of the date above.")
    return tuple(Sentence(text=text) for text in texts or [none])


def _method(words: Words, found: Measured, command: str) -> tuple[Sentence, ...]:
    say = words.say
    texts = [
        say("Labelled file {file} (sha256 {digest}), model {model}.", file=found.file, digest=found.digest, model=found.model),
        say(
            "Reach: each labelled post is decided alone, by the rules of triage, as a post of its source, or of a network "
            "where it names none."
        ),
        say("The seconds are the council's estimates (--read-seconds and so on)."),
        say("The numbers are counted in the ledger; replayed posts are left out."),
        say("The same file and ledger give the same page, byte for byte: {command}", command=command),
    ]
    return tuple(Sentence(text=text) for text in texts)
