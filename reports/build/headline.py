"""Find what changed most in an interval, and what accounts for it.

Counts come from the same query as those of the desk's page of posts, so that a link shows exactly the posts that a sentence counts.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from core.config.word_lists import locale_words
from core.quotes import quote_title
from core.records import Record
from core.records.read_models import CaseRecord, PostRecord
from ledger import read
from ledger.read import FACETS, Ledger, PostFilters
from reports.build.period import Interval
from reports.build.selection import Selection
from trends.periods import Changed, Usual, improbability, most_changed, unusual, usual_of
from trends.subjects import text_key, words_of

LEAST_PEOPLE = 3
"""A rise that fewer people wrote is not named ..."""
OF_DIFFERENT_PEOPLE = 0.5
"""... nor one of which less than this share is left when each person counts once."""
LEAST_POSTS = 3
ACCOUNTS_FOR = 1 / 3
"""Share of a change from which a place, case or word accounts for it."""
WORD_ACCOUNTS_FOR = 0.5
"""The same for a word: there are many, so one of them rises easily."""
CHANNEL_ACCOUNTS_FOR = 0.6
OWN_SHARE = 0.1
"""A channel accounts for a change if its share of the posts differs by so much: one that always has nearly all explains nothing."""
MOST_REASONS = 3
MOST_TRIED = 5
"""Changes that are looked at until one was written by enough people."""
Subject = tuple[str, ...]
ALL: Subject = ("all", "")
SUBJECTS: dict[str, tuple[str, ...]] = {
    "topic": ("topic",),
    "district": ("district",),
    "intent": ("intent",),
    "topic_district": ("topic", "district"),
}
"""Kinds of subject and the fields of posts that they name."""
Period = tuple[datetime, datetime]


class Reason(Record):
    """Hold something that accounts for a change."""

    kind: str
    """place, case, word, source, day, spam"""
    name: str
    """Name of the place, key of the case, the word, the source; ISO date of the day; empty for spam."""
    now: int
    usual: float | None
    """Median of the earlier periods; None: not comparable."""
    title: str = ""
    """Of the case; empty where it could quote a private message."""


class Headline(Record):
    """Hold what changed most, with what is usual."""

    subject: Subject
    """Kind and names, such as `("topic", "noise")`; `ALL`: all posts."""
    stands_out: bool
    """False: nothing changed more than by chance."""
    now: int
    usual: float
    low: int
    high: int
    periods: int
    """Earlier periods compared."""
    of_all: bool = True
    """False: some sources are not compared, so that no page lists just its posts."""
    reasons: tuple[Reason, ...] = ()


class Junk(Record):
    """Hold the posts that are set apart as spam."""

    labelled: int = 0
    """Test posts and advertising."""
    copies: int = 0
    usual: float | None = None
    """Median of the earlier periods, of both together; None: too few periods."""


def find_headline(
    ledger: Ledger, interval: Interval, zone: ZoneInfo, periods: Sequence[Period], chosen: Selection, junk: Junk
) -> Headline | None:
    """Return what changed most; None: too few earlier periods.

    Only posts of citizens count; spam and copies are never part of the change.
    """
    current = _counts(ledger, (interval.start, interval.end), chosen)
    earlier = [_counts(ledger, period, chosen) for period in periods]
    now, before = current.get(ALL, 0), [one.get(ALL, 0) for one in earlier]
    usual = usual_of(before)
    if usual is None:
        return None
    parts = [{subject: n for subject, n in one.items() if subject != ALL} for one in (current, *earlier)]
    found = unusual(parts[0], parts[1:])
    for _try in range(MOST_TRIED):
        changed = most_changed(found)
        if changed is None:
            break
        posts = _posts_of(ledger, (interval.start, interval.end), changed.subject, chosen)
        if changed.change < 0 or _is_of_many(changed, posts):
            return _of(changed, _reasons(ledger, changed, posts, interval, zone, periods, chosen, junk))
        found = [one for one in found if one != changed]
    changed = Changed(ALL, now, usual, improbability(now, before))
    stands_out = bool(unusual({ALL: now}, [{ALL: n} for n in before]))
    if not stands_out:
        return _of(changed, (), stands_out=False)
    posts = _posts_of(ledger, (interval.start, interval.end), ALL, chosen)
    return _of(changed, _reasons(ledger, changed, posts, interval, zone, periods, chosen, junk))


def find_junk(ledger: Ledger, interval: Interval, periods: Sequence[Period], chosen: Selection) -> Junk:
    """Return the spam of an interval, and how much is usual."""
    copies = sum(one.spam_kind == "copy" for one in _spam(ledger, (interval.start, interval.end), chosen))
    every = _spam_count(ledger, (interval.start, interval.end), chosen)
    usual = usual_of([_spam_count(ledger, period, chosen) for period in periods])
    return Junk(labelled=every - copies, copies=copies, usual=None if usual is None else usual.middle)


def _spam(ledger: Ledger, period: Period, chosen: Selection) -> Iterable[PostRecord]:
    filters: PostFilters = {**_within(period, chosen), "own": False, "spam": True}
    found = read.post_records(ledger, **filters)
    return (one for one in found if chosen.holds(one))


def _spam_count(ledger: Ledger, period: Period, chosen: Selection) -> int:
    counts = read.facet_counts(ledger, of="spam", **_within(period, chosen))
    return sum(chosen.fold(counts).values())


def _within(period: Period, chosen: Selection) -> PostFilters:
    return {**chosen.filters, "since": period[0], "until": period[1]}


def _counts(ledger: Ledger, period: Period, chosen: Selection) -> Mapping[Subject, int]:
    """Count the posts of each subject that the scope leaves open."""
    counts = chosen.fold(read.facet_counts(ledger, **_within(period, chosen)))
    fixed = set(chosen.scope.values)
    found: Counter[Subject] = Counter({ALL: sum(counts.values())})
    for kind, fields in SUBJECTS.items():
        if fixed & set(fields):
            continue
        places = [FACETS.index(field) for field in fields]
        for values, n in counts.items():
            names = [values[at] for at in places]
            if None not in names:
                found[(kind, *map(str, names))] += n
    return found


def _narrowed(subject: Subject) -> PostFilters:
    """Return the subject as filters of the ledger."""
    named = dict(zip(SUBJECTS.get(subject[0], ()), subject[1:], strict=False))
    found: PostFilters = {}
    if "topic" in named:
        found["topic"] = named["topic"]
    if "district" in named:
        found["district"] = named["district"]
    if "intent" in named:
        found["intent"] = named["intent"]
    return found


def _posts_of(ledger: Ledger, period: Period, subject: Subject, chosen: Selection) -> list[PostRecord]:
    filters: PostFilters = {**_within(period, chosen), **_narrowed(subject), "own": False}
    found = read.post_records(ledger, **filters)
    return [one for one in found if chosen.holds(one) and not one.spam and one.relevance is not False]


def _is_of_many(changed: Changed, posts: Iterable[PostRecord]) -> bool:
    """Return whether enough different people wrote a rise.

    Unknown authors count by what they wrote: copies are spam already.
    """
    people = len({one.author or text_key(one.text) for one in posts})
    return people >= LEAST_PEOPLE and people - changed.usual.middle >= OF_DIFFERENT_PEOPLE * changed.change


def _of(changed: Changed, reasons: tuple[Reason, ...], stands_out: bool = True) -> Headline:
    usual: Usual = changed.usual
    return Headline(
        subject=changed.subject,
        stands_out=stands_out,
        now=changed.now,
        usual=usual.middle,
        low=usual.low,
        high=usual.high,
        periods=usual.periods,
        reasons=reasons,
    )


def _reasons(
    ledger: Ledger,
    changed: Changed,
    posts: Sequence[PostRecord],
    interval: Interval,
    zone: ZoneInfo,
    periods: Sequence[Period],
    chosen: Selection,
    junk: Junk,
) -> tuple[Reason, ...]:
    """Return what accounts for a change, the most specific first."""
    before = [_posts_of(ledger, period, changed.subject, chosen) for period in periods]
    found = [_channel(changed, posts, before)]
    if changed.change > 0:
        place = _risen("place", changed, _places(posts, changed), [_places(some, changed) for some in before])
        case, title = _case(ledger, changed, posts)
        known = " ".join([*changed.subject[1:], place.name if place else "", title])
        words = [_words(some, known) for some in (posts, *before)]
        word = _risen("word", changed, words[0], words[1:], WORD_ACCOUNTS_FOR)
        found = [place, case, _written(word, posts), *found]
        found.append(_day(interval, posts, zone))
    else:
        found.insert(0, _set_apart(changed, junk))
    return tuple(one for one in found if one is not None)[:MOST_REASONS]


def _set_apart(changed: Changed, junk: Junk) -> Reason | None:
    """Return the spam, if it accounts for what is missing."""
    every = junk.labelled + junk.copies
    if changed.subject != ALL or junk.usual is None or every - junk.usual < ACCOUNTS_FOR * -changed.change:
        return None
    return Reason(kind="spam", name="", now=every, usual=junk.usual)


def _risen(kind: str, changed: Changed, now: Counter[str], before: Sequence[Counter[str]], share: float = ACCOUNTS_FOR) -> Reason | None:
    """Return the name that rose most, if it accounts for the change."""
    usual = {name: usual_of([one[name] for one in before]) for name in now}
    rises = {name: now[name] - (was.middle if was else 0.0) for name, was in usual.items()}
    best = max(rises, key=lambda name: (rises[name], name), default=None)
    if best is None or rises[best] < max(LEAST_POSTS, share * changed.change):
        return None
    was = usual[best]
    return Reason(kind=kind, name=best, now=now[best], usual=None if was is None else was.middle)


def _places(posts: Iterable[PostRecord], changed: Changed) -> Counter[str]:
    found = Counter(one.place for one in posts if one.place and one.place not in changed.subject)
    return Counter({name: n for name, n in found.items() if name is not None})


def _words(posts: Iterable[PostRecord], known: str) -> Counter[str]:
    """Count in how many posts each telling word is."""
    out = {*words_of(known), *_stop_words()}
    return Counter(word for one in posts for word in words_of(one.text) if word not in out)


def _stop_words() -> frozenset[str]:
    return frozenset(locale_words("stop_words")["incidents"].split())


def _written(word: Reason | None, posts: Sequence[PostRecord]) -> Reason | None:
    """Return the word as people write it most, with its accents."""
    if word is None:
        return None
    forms = Counter(form.lower() for one in posts for form in re.findall(r"[^\W\d_]+", one.text) if words_of(form) == (word.name,))
    return word.model_copy(update={"name": forms.most_common(1)[0][0]}) if forms else word


def _case(ledger: Ledger, changed: Changed, posts: Iterable[PostRecord]) -> tuple[Reason | None, str]:
    """Return the case that accounts for a change, and its whole title.

    Words of the title are never named as words that rose, so it is needed where it may not be shown, too.
    """
    counts = Counter(one.case_key for one in posts if one.case_key)
    if not counts:
        return None, ""
    key, n = counts.most_common(1)[0]
    record = read.case_record(ledger, str(key))
    if record is None or n < max(LEAST_POSTS, ACCOUNTS_FOR * changed.change):
        return None, ""
    reason = Reason(kind="case", name=record.case_key, now=n, usual=None, title=shown_title(record))
    return reason, record.title


def shown_title(case: CaseRecord) -> str:
    """Return a case's title; empty where it could quote a private message."""
    return quote_title(case) or ""


def _channel(changed: Changed, posts: Iterable[PostRecord], before: Sequence[Iterable[PostRecord]]) -> Reason | None:
    """Return the channel with most of a change; None: only one channel."""
    now = Counter(one.source for one in posts)
    earlier = [Counter(one.source for one in some) for some in before]
    sources = {*now, *(name for one in earlier for name in one)}
    if len(sources) < 2:
        return None
    usual = {name: usual_of([one[name] for one in earlier]) for name in sources}
    shares = {name: (now[name] - was.middle) / changed.change for name, was in usual.items() if was is not None}
    best = max(shares, key=lambda name: (shares[name], name), default=None)
    if best is None or shares[best] < CHANNEL_ACCOUNTS_FOR or not _shifted(best, changed, now, earlier):
        return None
    was = usual[best]
    return Reason(kind="source", name=best, now=now[best], usual=None if was is None else was.middle)


def _shifted(name: str, changed: Changed, now: Counter[str], earlier: Iterable[Counter[str]]) -> bool:
    """Tell whether a channel's share of the posts changed too."""
    before = sum(earlier, Counter[str]())
    if not now.total() or not before.total():
        return True
    shift = now[name] / now.total() - before[name] / before.total()
    return (shift if changed.change > 0 else -shift) >= OWN_SHARE


def _day(interval: Interval, posts: Sequence[PostRecord], zone: ZoneInfo) -> Reason | None:
    """Return the day with most posts, if it has half of them."""
    counts = Counter(one.created_at.astimezone(zone).date().isoformat() for one in posts)
    if not counts or (interval.end - interval.start).days < 3:
        return None
    day, n = counts.most_common(1)[0]
    return Reason(kind="day", name=day, now=n, usual=None) if n * 2 >= len(posts) else None
