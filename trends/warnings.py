"""Find episodes: subjects of which unusually many people write at once."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from datetime import datetime, timedelta
from functools import reduce
from typing import NamedTuple

from trends.chance import surprise
from trends.history import DAY, History, people, person_of
from trends.records import SUBJECT_KINDS, WHOLE, Episode, Rules, Sighting, Subject
from trends.rhythm import Clock
from trends.subjects import family_of, is_spot

LEAST_HISTORY = timedelta(days=7)
"""With less history nothing is usual yet, and nothing is reported; the same for the volume of one source."""
VOLUME_SPAN = timedelta(hours=6)
"""The volume of the city is compared over the window and over this time: a growth that begins, and one that lasts."""
STEADY = 3.0
"""Posts by which the city's level is drawn to its usual one: few posts do not show a change of volume."""
SAME = 0.5
"""Share of the posts of the smaller of two rises from which both are one event."""
EVERYDAY, MORE = 0.08, 1.25
"""A service with this share of all posts is written of every day, in clumps: it needs so many times the surprise."""
COMMON = 1 / 300
"""Share of all posts from which a word is one of everyday, and never an event."""
HIGHER = {"word": 1.5, "all": 1.0, "volume": 1.0}
"""Higher thresholds, in powers of ten: words depend on each other, and the whole volume swings with every holiday and query."""
COOLING = 0.5
"""Share of the threshold under which a count is usual again."""


def find_episodes(sightings: Iterable[Sighting], now: datetime, since: datetime, clock: Clock, rules: Rules) -> list[Episode]:
    """Return the episodes detected from `since` to `now`, oldest first.

    Args:
        sightings: of the history and of the time looked at; later ones than `now` are ignored.
        now: the moment of the judgement.
        since: earlier posts are history only.
        clock: zone and holidays of the city.
        rules: budget and minimum counts.
    """
    history = History((one for one in sightings if one.at <= now), clock, rules)
    if not history.moments or since - history.moments[0] < LEAST_HISTORY:
        since = max(since, (history.moments[0] if history.moments else now) + LEAST_HISTORY)
    found: list[Episode] = []
    for subject, members in history.by_subject.items():
        begin = max(since, members[0].at + LEAST_HISTORY) if subject[0] == "volume" else since
        if len(members) >= _least(rules, subject) and members[-1].at >= begin and not _is_common_word(history, subject, since):
            found += _episodes_of(history, subject, members, now, begin, _limit(history, subject, since))
    return merged(found)


def _least(rules: Rules, subject: Subject) -> int:
    if is_spot(subject):
        return rules.near_people
    if subject[0] in ("object", "service", *WHOLE):
        return max(rules.city_people, rules.people)
    return rules.word_people if subject[0] in ("word", "emerging") else rules.people


def _is_common_word(history: History, subject: Subject, since: datetime) -> bool:
    return subject[0] == "word" and history.share(subject, since) >= COMMON


def _limit(history: History, subject: Subject, since: datetime) -> float:
    """Return the surprise from which a rise of a subject is reported."""
    found = history.threshold(subject) + HIGHER.get(subject[0], 0.0)
    kind, _, name = family_of(subject).partition(":")
    everyday = name and history.share((kind, name), since) >= EVERYDAY
    return found * MORE if everyday else found


class Detection(NamedTuple):
    """Hold the window in which a count was unusual."""

    score: float
    expected: float
    people: int
    window: timedelta
    at: datetime


def _episodes_of(
    history: History, subject: Subject, members: list[Sighting], now: datetime, since: datetime, limit: float
) -> list[Episode]:
    rules, found = history.rules, []
    times = [one.at for one in members]
    first = bisect_left(times, since)
    counted = Windows(members, first, rules.windows)
    detected: Detection | None = None
    begin, last_hot = 0, since
    for index in range(first, len(members)):
        counted.add(index)
        at = times[index]
        if detected is not None and at - last_hot > rules.quiet:
            found.append(_episode(subject, members, begin, last_hot, detected, ended=True))
            detected = None
        best = _best_window(history, subject, counted, at)
        if best is None or best.score < (limit if detected is None else limit * COOLING):
            continue
        if detected is None:
            detected, begin = best, bisect_left(times, at - best.window)
        last_hot = at
    if detected is not None:
        found.append(_episode(subject, members, begin, last_hot, detected, ended=now - last_hot > rules.quiet))
    return found


class Windows:
    """Count the people of the windows that end with each post."""

    def __init__(self, members: list[Sighting], first: int, windows: Sequence[timedelta]) -> None:
        """Begin with the posts before number `first`."""
        self.members, self.windows = members, windows
        begin = (
            next((n for n in range(first) if members[first].at - members[n].at <= windows[-1]), first) if first < len(members) else first
        )
        self.left = [begin] * len(windows)
        self.people: list[Counter[str]] = [Counter() for _ in windows]
        for index in range(begin, min(first, len(members))):
            self.add(index)

    def add(self, index: int) -> None:
        """Move on to the next post."""
        at, person = self.members[index].at, person_of(self.members[index])
        for n, window in enumerate(self.windows):
            people = self.people[n]
            people[person] += 1
            while at - self.members[self.left[n]].at > window:
                gone = person_of(self.members[self.left[n]])
                people[gone] -= 1
                if not people[gone]:
                    del people[gone]
                self.left[n] += 1


def _best_window(history: History, subject: Subject, counted: Windows, at: datetime) -> Detection | None:
    """Return the most surprising window that ends with a post.

    None: no window has enough people."""
    best: Detection | None = None
    least, before = _least(history.rules, subject), -1
    for window, who in zip(counted.windows, counted.people, strict=True):
        people_now = len(who)
        if people_now < least or people_now == before:
            continue
        before = people_now
        expected, size = history.expected(subject, at - window, at)
        if people_now <= expected:
            continue
        if subject[0] not in WHOLE:
            expected *= volume_factor(history, window, at, people_now, expected)
        score = surprise(people_now, expected, size) if people_now > expected else 0.0
        if best is None or score > best.score:
            best = Detection(score, expected, people_now, window, at)
    return best


def volume_factor(history: History, window: timedelta, at: datetime, count: int, expected: float) -> float:
    """Return the growth of everything else, at least 1.

    A network that grows, or is searched by a wider query, lifts every subject alike: that is no event of one subject.
    """
    found = 1.0
    for span in {window, max(window, VOLUME_SPAN)}:
        usual, _size = history.expected(("all", ""), at - span, at)
        rest = max(0, history.count_all(at - span, at) - count)
        found = max(found, (rest + STEADY) / (max(0.0, usual - expected) + STEADY))
    return found


def _episode(subject: Subject, members: list[Sighting], first: int, last: datetime, detected: Detection, *, ended: bool) -> Episode:
    inside = [one for one in members[first:] if one.at <= last]
    return Episode(
        subject,
        members[first].at,
        detected.at,
        last,
        ended,
        people(inside),
        detected.expected,
        detected.window,
        detected.people,
        detected.score,
        tuple(one.post_id for one in inside),
    )


def merged(episodes: list[Episode]) -> list[Episode]:
    """Return one episode for each set of posts.

    The other subjects are in `also`.

    The subject detected first is kept; of several at once the most specific one, and the whole volume last.
    """
    ordered = sorted(episodes, key=_order)
    kept: list[Episode] = []
    for one in ordered:
        joined = one
        # what joins two rises makes them one, and the larger one may reach a third
        while same := [other for other in kept if is_same(other, joined)]:
            kept = [other for other in kept if other not in same]
            joined = reduce(_joined, [*same, joined])
        kept.append(joined)
        kept.sort(key=_order)
    explained = Counter(post for one in kept if one.subject[0] not in WHOLE for post in one.post_ids)
    return [one for one in kept if one.subject[0] not in WHOLE or _unexplained(one, explained)]


def _unexplained(one: Episode, explained: Counter[str]) -> bool:
    """Tell whether a whole rise is explained by no other episode."""
    first = one.post_ids[: one.counted]
    return sum(post in explained for post in first) < SAME * (len(first) - one.expected)


def _order(one: Episode) -> tuple[bool, datetime, int, str]:
    return one.subject[0] in WHOLE, one.detected_at, SUBJECT_KINDS.index(one.subject[0]), one.subject[1]


def is_same(one: Episode, other: Episode) -> bool:
    """Tell whether two episodes rose by the same posts."""
    if one.start > other.last_at + DAY or other.start > one.last_at + DAY:
        return False
    return (one.subject[0] in WHOLE) == (other.subject[0] in WHOLE) and shares(set(one.post_ids), set(other.post_ids))


def shares(some: Set[str], others: Set[str]) -> bool:
    """Tell whether half of the fewer posts are among the others."""
    return len(some & others) >= max(1.0, SAME * min(len(some), len(others)))


def _joined(one: Episode, other: Episode) -> Episode:
    also = tuple(dict.fromkeys(s for s in (*one.also, other.subject, *other.also) if s != one.subject))
    return Episode(
        one.subject,
        one.start,
        one.detected_at,
        max(one.last_at, other.last_at),
        one.ended and other.ended,
        max(one.people, other.people),
        one.expected,
        one.window,
        one.counted,
        one.score,
        tuple(dict.fromkeys((*one.post_ids, *other.post_ids))),
        also,
    )
