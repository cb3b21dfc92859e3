"""Hold the counts of a city's history, by subject and local day."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property

from trends.records import Rules, Sighting, Subject
from trends.rhythm import Clock, Rhythm, level

DAY = timedelta(days=1)
LEAST_SHAPE = 0.05
"""Lower bound of the shape of a count: that of a subject never seen before."""


class History:
    """Count people by subject and day, and expect counts of later windows."""

    def __init__(self, sightings: Iterable[Sighting], clock: Clock, rules: Rules) -> None:
        """Take the sightings of the history and of the days scanned."""
        self.clock, self.rules = clock, rules
        self.sightings = first_copies(sightings)
        self._rhythms: dict[date, tuple[Rhythm, list[date]]] = {}
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

    def rhythm(self, today: date) -> tuple[Rhythm, list[date]]:
        """Return the rhythm of the days before `today`, and those days."""
        if today not in self._rhythms:
            begin = today - self.rules.history
            first = max(begin, self.first_day or today)
            days = [first + n * DAY for n in range((today - first).days)]
            low = bisect_left(self.moments, self.clock.start_of(first))
            high = bisect_left(self.moments, self.clock.start_of(today))
            self._rhythms[today] = Rhythm(self.clock, self.moments[low:high], days), days
        return self._rhythms[today]

    def _level(self, subject: Subject, today: date) -> tuple[float, float, float]:
        if (subject, today) not in self._levels:
            rhythm, days = self.rhythm(today)
            self._levels[subject, today] = level(self._people_of_days(subject), days, rhythm, today)
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
        rhythm, _days = self.rhythm(today)
        mean = max(1e-9, people / days * rhythm.between(start, end))
        # Days differ as a whole: the shape is that of a day, whatever the window.
        by_day = people / days / (dispersion - 1) if dispersion > 1 else people
        return mean, max(LEAST_SHAPE, min(people, by_day))

    def count_all(self, start: datetime, end: datetime) -> int:
        """Count the posts of all subjects from `start` to `end`, both included."""
        return bisect_right(self.moments, end) - bisect_left(self.moments, start)

    @property
    def checks_per_week(self) -> float:
        """Return how many windows a week are looked at."""
        if not self.moments:
            return 1.0
        weeks = max(1.0, (self.moments[-1] - self.moments[0]) / (7 * DAY))
        subjects = sum(len(one.subjects) + 2 for one in self.sightings)
        return max(1.0, subjects * len(self.rules.windows) / weeks)


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
