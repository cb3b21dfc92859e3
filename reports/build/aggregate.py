"""Count a report from the ledger's records, one at a time.

A year of posts needs no more memory than a day of them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from core.records.annotation import INTENTS, SENTIMENTS
from core.records.kind import KINDS
from core.records.read_models import PostRecord
from dashboards.filters import holds
from dashboards.panels import CITIZENS, Window
from ledger import read
from ledger.read import CaseFilters, Ledger, PostFilters, SourceReach
from reports.build.examples import Choice
from reports.build.period import Interval
from reports.build.response_times import by_department
from reports.build.selection import Selection, is_archived
from reports.build.statistics import Apart, CountChange, Day, Numbers, Unread

TOP = 8
UNREAD = "unread"
OWN, ELSEWHERE, SPAM, WAITING, GAP, LOST, OFF, REPLAYED = "own", "elsewhere", "spam", "waiting", "gap", "lost", "off", "replayed"
COPIES = "copies"
"""Reason codes of reports, in addition to those of rejected records and of the annotator."""


SPAM_REASONS = {"label": SPAM, "copy": COPIES}
"""Reason code of each kind of spam."""


class Tally:
    """Accumulate the counts of a report."""

    def __init__(self, interval: Interval, zone: ZoneInfo, apart: Iterable[str] = ()) -> None:
        self.interval = interval
        self.view = Window(now=interval.end, zone=zone, since=interval.start)
        self.counts: defaultdict[str, dict[bool, Counter[str]]] = defaultdict(lambda: {True: Counter(), False: Counter()})
        self.days: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.left_out: Counter[tuple[str, str]] = Counter()
        self.apart = frozenset(apart)
        self.of_apart: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.examples = 0
        self.choice = Choice()

    def add(self, post: PostRecord) -> None:
        """Count one post of this interval or of the previous one."""
        is_now = post.created_at >= self.interval.start
        if not is_now and post.source in self.apart:
            return
        if not all(holds(condition, post, self.view) for condition in CITIZENS):
            why = OWN if post.own else SPAM_REASONS.get(post.spam_kind or "", ELSEWHERE)
            self.left_out[post.source, why] += is_now
            return
        sentiment = post.sentiment or UNREAD
        counted: dict[str, str | None] = {
            "post": "posts",
            "source": post.source,
            "sentiment": sentiment,
            "intent": post.intent,
            "kind": post.case_kind,
        }
        if post.intent == "complaint":
            place = post.place if post.place != post.district else None
            counted |= {"complaint": "complaints", "topic": post.topic, "district": post.district, "place": place}
        for what, name in counted.items():
            if name is not None:
                self.counts[what][is_now][name] += 1
                self.of_apart[what][name] += post.source in self.apart
        if is_now:
            self.days[post.created_at.astimezone(self.view.zone).date().isoformat()][sentiment] += 1
            self.examples += post.example
            self.choice.consider(post)

    def change(self, what: str, name: str) -> CountChange:
        """Return one count, now and before."""
        now, before = self.counts[what][True][name], self.counts[what][False][name]
        return CountChange(name=name, now=now, before=before, apart=self.of_apart[what][name])

    def known(self, what: str, names: Iterable[str]) -> tuple[CountChange, ...]:
        """Return the counts of these names, in this order."""
        return tuple(self.change(what, name) for name in names)

    def top(self, what: str, size: int | None = TOP) -> tuple[CountChange, ...]:
        """Return the most frequent names.

        Ties are ordered by the count before, then by name.
        """
        names = {name for counter in self.counts[what].values() for name in counter}
        changes = sorted(self.known(what, names), key=lambda one: (-one.now, -one.before, one.name))
        return tuple(changes[:size])


def count(
    ledger: Ledger,
    zone: ZoneInfo,
    interval: Interval,
    off: Mapping[str, Sequence[str]] | None = None,
    chosen: Selection | None = None,
    apart: Sequence[Apart] = (),
) -> Numbers:
    """Count one interval.

    Args:
        ledger: the open ledger.
        zone: of the city.
        interval: what is counted.
        off: configured sources that are off, with their missing variables.
        chosen: the posts and cases that count; None: all but those of archives.
        apart: sources that are compared with nothing.
    """
    chosen = chosen or Selection(without=archives(read.source_reach(ledger)))
    names = {one.source for one in apart}
    tally = Tally(interval, zone, names)
    filters: PostFilters = {**chosen.filters, "since": interval.previous, "until": interval.end}
    for post in read.post_records(ledger, **filters):
        if post.source in chosen.without:
            tally.left_out[post.source, REPLAYED] += post.created_at >= interval.start
        elif chosen.holds(post):
            tally.add(post)
    of_cases: CaseFilters = {**chosen.case_filters, "until": interval.end}
    cases = list(read.case_records(ledger, **of_cases))
    total, departments = by_department(cases, interval)
    known = {case.case_key for case in cases}
    found = read.solved_votes(ledger, interval.start, interval.end)
    votes = [one for key, one in found.items() if key in known or not chosen.scope.values]
    counted = [case for case in cases if not is_archived(case)]
    received_before = sum(interval.previous <= case.opened_at < interval.start and case.source not in names for case in counted)
    of_apart = sum(interval.start <= case.opened_at < interval.end and case.source in names for case in counted)
    return Numbers(
        interval=interval,
        posts=tally.change("post", "posts"),
        replayed_posts=sum(n for (_source, why), n in tally.left_out.items() if why == REPLAYED),
        example_posts=tally.examples,
        example_cases=sum(case.example and interval.start <= case.opened_at < interval.end for case in cases),
        complaints=tally.change("complaint", "complaints"),
        days=tuple(Day(day=day, counts=dict(tally.days[day.isoformat()])) for day in tally.view.dates),
        sentiments=tally.known("sentiment", (*SENTIMENTS, *([UNREAD] if tally.change("sentiment", UNREAD).now else []))),
        intents=tally.known("intent", INTENTS),
        kinds=tally.known("kind", KINDS),
        topics=tally.top("topic"),
        districts=tally.top("district"),
        places=tally.top("place"),
        sources=tally.top("source", None),
        examples=tally.choice.examples(),
        replies=sum(one.count for one in votes),
        solved=sum(one.solved for one in votes),
        cases=CountChange(name="cases", now=total.received, before=received_before, apart=of_apart),
        closed=total.closed,
        open_at_end=total.open,
        in_review=_in_review(ledger, interval, chosen),
        all_departments=total,
        departments=departments,
        apart=tuple(apart),
        unread=_unread(ledger, interval, tally, off or {}, chosen.scope.source),
    )


def archives(reach: Iterable[SourceReach]) -> frozenset[str]:
    """Return the sources that replay an archive: they count nowhere."""
    return frozenset(one.source for one in reach if one.replayed)


def _in_review(ledger: Ledger, interval: Interval, chosen: Selection) -> int:
    filters: PostFilters = {**chosen.filters, "decision": "in_review", "until": interval.end}
    return sum(chosen.fold(read.facet_counts(ledger, of="all", **filters)).values())


def _unread(ledger: Ledger, interval: Interval, tally: Tally, off: Mapping[str, Sequence[str]], only: str | None) -> tuple[Unread, ...]:
    """List what the counts above leave out, with reasons.

    What was not read has no labels: it is listed whatever the scope, but for its channel.
    """
    found = [Unread(source=source, reason=OFF, count=None) for source in sorted(off)]
    refused = read.unprocessed_counts(ledger, interval.start, interval.end)
    found += [Unread(source=source, reason=reason, count=n) for source, reason, n in refused]
    waiting = read.pending_counts(ledger, interval.start, interval.end)
    found += [Unread(source=source, reason=WAITING, count=n) for source, n in waiting]
    for source, lost_by, n in read.gap_counts(ledger, interval.start, interval.end):
        found.append(Unread(source=source, reason=GAP if lost_by is None else f"{LOST}:{lost_by}", count=n))
    found += [Unread(source=s, reason=why, count=n) for (s, why), n in sorted(tally.left_out.items()) if n]
    return tuple(one for one in found if only in (None, one.source))
