"""The numbers of a report, counted from the ledger's flat facts; nothing here asks the search engine."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median, quantiles

from core.fact import Fact, Moment
from core.facts import CaseFact, PostFact
from core.reading import SENTIMENTS
from ledger import read
from ledger.open import Ledger
from reports.interval import Interval

TOP = 8
EXAMPLES = 6
EXAMPLE_CHARACTERS = 300
TENTHS = 10


class Change(Fact):
    """A count now, and in the interval before."""

    name: str
    now: int
    before: int


class Answering(Fact):
    """How a department answered the cases that were received in the interval or are still open."""

    department: str
    received: int
    answered: int
    median_hours: float | None
    p90_hours: float | None
    in_time: float | None
    """Share of the answered that were answered by their due date."""
    overdue: int


class Example(Fact):
    """A post that stands for its topic; redacted text, no author."""

    topic: str
    text: str
    source: str
    created_at: Moment
    place: str | None
    case_key: str | None
    replay: bool


class Unread(Fact):
    """What was not read, and why."""

    source: str
    reason: str
    count: int


class Numbers(Fact):
    """All that a report says."""

    interval: Interval
    posts: Change
    complaints: Change
    replayed: int
    sentiment: dict[str, int]
    topics: tuple[Change, ...]
    places: tuple[Change, ...]
    sources: tuple[Change, ...]
    languages: dict[str, int]
    examples: tuple[Example, ...]
    opened: int
    closed: int
    open_now: int
    overdue_now: int
    review: int
    answering: tuple[Answering, ...]
    unread: tuple[Unread, ...]
    gaps: int


def count(ledger: Ledger, interval: Interval) -> Numbers:
    """Count one interval."""
    posts = list(read.post_facts(ledger, since=interval.start, until=interval.end, order="newest"))
    before = list(read.post_facts(ledger, since=interval.before.start, until=interval.before.end, order="newest"))
    cases = list(read.case_facts(ledger))
    complaints, complaints_before = _complaints(posts), _complaints(before)
    return Numbers(
        interval=interval,
        posts=Change(name="posts", now=len(posts), before=len(before)),
        complaints=Change(name="complaints", now=len(complaints), before=len(complaints_before)),
        replayed=sum(post.replay for post in posts),
        sentiment={name: sum(post.sentiment == name for post in posts) for name in SENTIMENTS},
        topics=_changes((post.topic for post in complaints), (post.topic for post in complaints_before)),
        places=_changes((post.place for post in posts), (post.place for post in before)),
        sources=_changes((post.source for post in posts), (post.source for post in before)),
        languages=dict(Counter(post.language or "und" for post in posts).most_common()),
        examples=examples(complaints),
        opened=sum(interval.start <= case.opened_at < interval.end for case in cases),
        closed=sum(case.closed_at is not None and interval.start <= case.closed_at < interval.end for case in cases),
        open_now=sum(_open_at(case, interval.end) for case in cases),
        overdue_now=sum(_open_at(case, interval.end) and case.due_at < interval.end for case in cases),
        review=read.count_posts(ledger, decision="in_review"),
        answering=answering(cases, interval),
        unread=_unread(ledger, interval),
        gaps=sum(gap.state == "open" for gap in read.gaps(ledger)),
    )


def _complaints(posts: Iterable[PostFact]) -> list[PostFact]:
    return [post for post in posts if post.intent == "complaint" and not post.own]


def _open_at(case: CaseFact, moment: datetime) -> bool:
    return case.opened_at < moment and (case.closed_at is None or case.closed_at >= moment)


def _changes(now: Iterable[str | None], before: Iterable[str | None]) -> tuple[Change, ...]:
    """The most frequent names with their count before; names of equal count in the order of the alphabet."""
    counted, earlier = Counter(now), Counter(before)
    counted.pop(None, None)
    ranked = sorted(((str(name), n) for name, n in counted.items()), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Change(name=name, now=n, before=earlier.get(name, 0)) for name, n in ranked[:TOP])


def examples(complaints: Sequence[PostFact]) -> tuple[Example, ...]:
    """One post for each of the most frequent topics: the surest of those that became a case, else the surest."""
    chosen = []
    for topic, _ in Counter(post.topic for post in complaints).most_common(EXAMPLES):
        candidates = [post for post in complaints if post.topic == topic]
        best = max(candidates, key=lambda post: (post.case_key is not None, post.actionable_score or 0.0, post.post_id))
        chosen.append(
            Example(
                topic=str(topic),
                text=_shortened(best.text),
                source=best.source,
                created_at=best.created_at,
                place=best.place,
                case_key=best.case_key,
                replay=best.replay,
            )
        )
    return tuple(chosen)


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= EXAMPLE_CHARACTERS else words[:EXAMPLE_CHARACTERS].rsplit(" ", 1)[0] + "…"


def answering(cases: Iterable[CaseFact], interval: Interval) -> tuple[Answering, ...]:
    """Answer times by department: cases received in the interval; overdue: all that are at its end."""
    known = list(cases)
    return tuple(
        _answering(name, [case for case in known if case.department == name], interval)
        for name in sorted({c.department for c in known})
    )


def _answering(department: str, cases: list[CaseFact], interval: Interval) -> Answering:
    received = [case for case in cases if interval.start <= case.opened_at < interval.end]
    hours = sorted(case.answer_hours for case in received if case.answer_hours is not None)
    judged = [case.within_due for case in received if case.within_due is not None]
    return Answering(
        department=department,
        received=len(received),
        answered=len(hours),
        median_hours=median(hours) if hours else None,
        p90_hours=percentile_90(hours),
        in_time=sum(judged) / len(judged) if judged else None,
        overdue=sum(_open_at(case, interval.end) and case.due_at < interval.end for case in cases),
    )


def percentile_90(hours: Sequence[float]) -> float | None:
    """The hours within which nine of ten were answered (linear between the two nearest); None without any."""
    if not hours:
        return None
    return quantiles(hours, n=TENTHS, method="inclusive")[-1] if len(hours) > 1 else hours[0]


def _unread(ledger: Ledger, interval: Interval) -> tuple[Unread, ...]:
    """Refused records and set-aside posts of the interval."""
    found = read.unread_counts(ledger, interval.start, interval.end)
    return tuple(Unread(source=source, reason=reason, count=n) for source, reason, n in found)
