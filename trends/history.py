"""Hold the counts of a city's history, by subject and local day."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from math import log10

from trends.records import Rules, Sighting, Subject
from trends.rhythm import Clock, Hour, Rhythm, level
from trends.subjects import family_of

DAY = timedelta(days=1)
OWN_RHYTHM = ("object", "service")
"""Kinds of subjects with an hourly rate of their own: noise is reported at night, rubbish in the morning."""
SPEAKS = 5.0
"""Posts on a usual day from which a source is never silent by chance."""
LEAST_SHAPE = 0.05
"""Lower bound of the shape of a count: that of a subject never seen before."""


class History:
    """Count people by subject and day, and expect counts of later windows."""

    def __init__(self, sightings: Iterable[Sighting], clock: Clock, rules: Rules) -> None:
        """Take the sightings of the history and of the days scanned."""
        self.clock, self.rules = clock, rules
        self.sightings = first_copies(sightings)
        self._rhythms: dict[tuple[str | None, date], Rhythm] = {}
        self._days: dict[Subject, dict[date, int]] = {}
        self._levels: dict[tuple[Subject, date], tuple[float, float, float]] = {}

    @cached_property
    def moments(self) -> list[datetime]:
        """Return the moments of all posts, oldest first."""
        return [one.at for one in self.sightings]

    @cached_property
    def by_subject(self) -> dict[Subject, list[Sighting]]:
        """Return the sightings of each subject, oldest first."""
        found: dict[Subject, list[Sighting]] = defaultdict(list)
        for one in self.sightings:
            for subject in (*one.subjects, ("all", ""), ("volume", one.source)):
                found[subject].append(one)
        return dict(found)

    @cached_property
    def first_day(self) -> date | None:
        """Return the first local day with a post."""
        return self.clock.day_of(self.moments[0]) if self.moments else None

    def days_before(self, today: date) -> list[date]:
        """Return the days of the history before `today`, oldest first."""
        first = max(today - self.rules.history, self.first_day or today)
        return [first + n * DAY for n in range((today - first).days)]

    def rhythm(self, family: str, today: date) -> Rhythm:
        """Return the rhythm of a family in the days before `today`.

        Services and objects have their own; the others that of all posts."""
        own = family if family in self._hours else None
        if (own, today) not in self._rhythms:
            prior = None if own is None else self.rhythm("", today)
            self._rhythms[own, today] = Rhythm(self.clock, self._hours[own], self.days_before(today), prior)
        return self._rhythms[own, today]

    @cached_property
    def _hours(self) -> dict[str | None, Counter[Hour]]:
        """Return the posts by local day and hour, of each family.

        None: of all."""
        found: dict[str | None, Counter[Hour]] = defaultdict(Counter)
        for one in self.sightings:
            local = one.at.astimezone(self.clock.zone)
            for family in {None, *(family_of(subject) for subject in one.subjects if subject[0] in OWN_RHYTHM)}:
                found[family][local.date(), local.hour] += 1
        found[None] += Counter()
        return dict(found)

    @cached_property
    def heard(self) -> "Heard":
        """Return the share of posts that could be heard, by day."""
        by_source: dict[str, Counter[date]] = defaultdict(Counter)
        for one in self.sightings:
            by_source[one.source][self.clock.day_of(one.at)] += 1
        return Heard(by_source)

    def _level(self, subject: Subject, today: date) -> tuple[float, float, float]:
        if (subject, today) not in self._levels:
            rhythm = self.rhythm(family_of(subject), today)
            self._levels[subject, today] = level(self._people_of_days(subject), self.days_before(today), rhythm, self.heard)
        return self._levels[subject, today]

    def _people_of_days(self, subject: Subject) -> dict[date, int]:
        if subject not in self._days:
            people: dict[date, set[str]] = defaultdict(set)
            for one in self.by_subject.get(subject, ()):
                # Unknown authors count as one person where a rise is sought, and each alone where the usual is: never too many.
                people[self.clock.day_of(one.at)].add(one.person or one.post_id)
            self._days[subject] = {day: len(them) for day, them in people.items()}
        return self._days[subject]

    def expected(self, subject: Subject, start: datetime, end: datetime) -> tuple[float, float]:
        """Return the expected people of a window and the count's shape."""
        today = self.clock.day_of(end)
        people, days, dispersion = self._level(subject, today)
        mean = max(1e-9, people / days * self.rhythm(family_of(subject), today).between(start, end))
        # Days differ as a whole: the shape is that of a day, whatever the window.
        by_day = people / days / (dispersion - 1) if dispersion > 1 else people
        return mean, max(LEAST_SHAPE, min(people, by_day))

    def count_all(self, start: datetime, end: datetime) -> int:
        """Count the posts of all subjects from `start` to `end`, both included."""
        return bisect_right(self.moments, end) - bisect_left(self.moments, start)

    def share(self, subject: Subject, before: datetime) -> float:
        """Return the share of earlier posts that have a subject."""
        of_all = bisect_left(self.moments, before)
        return bisect_left(self.by_subject.get(subject, []), before, key=lambda one: one.at) / max(1, of_all)

    @cached_property
    def _checks_per_week(self) -> dict[str, float]:
        """Return how many windows a week are looked at, by family."""
        checks: Counter[str] = Counter()
        for subject, members in self.by_subject.items():
            checks[family_of(subject)] += len(members)
        weeks = max(1.0, (self.moments[-1] - self.moments[0]) / (7 * DAY)) if self.moments else 1.0
        return {family: count * len(self.rules.windows) / weeks for family, count in checks.items()}

    def threshold(self, subject: Subject) -> float:
        """Return the surprise from which a rise is reported.

        Each family has an equal part of the budget: a service with a hundred posts a day does not use up that of a rare one.
        """
        checks = self._checks_per_week[family_of(subject)] * len(self._checks_per_week)
        return log10(max(1.0, checks) / self.rules.false_alarms_per_week) + self.rules.margin


class Heard(dict[date, float]):
    """Hold the share of posts that could be heard by day.

    A source that has posts on nearly every day and none on this one is silent: its collector stopped, or it did not exist yet.
    """

    def __init__(self, by_source: Mapping[str, Mapping[date, int]]) -> None:
        """Take the posts by source and day."""
        super().__init__()
        self._by_source = by_source
        self._posts = {source: sum(counts.values()) for source, counts in by_source.items()}

    def __missing__(self, day: date) -> float:
        """Compute the share of a day."""
        silent = sum(
            self._posts[source]
            for source, counts in self._by_source.items()
            if day not in counts and self._posts[source] / len(counts) >= SPEAKS
        )
        self[day] = 1.0 - silent / max(1, sum(self._posts.values()))
        return self[day]


def person_of(one: Sighting) -> str:
    """Return who a sighting counts for."""
    return one.person or "unknown"


def first_copies(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return the sightings in order, without later copies of a text.

    A text that returns after a week is a new sighting.
    """
    seen: dict[str, datetime] = {}
    kept: list[Sighting] = []
    for one in sorted(sightings, key=lambda one: (one.at, one.post_id)):
        before = seen.get(one.text_key)
        if before is None or one.at - before > 7 * DAY:
            seen[one.text_key] = one.at
            kept.append(one)
    return kept


def people(sightings: Sequence[Sighting]) -> int:
    """Count the different people."""
    return len({person_of(one) for one in sightings})
