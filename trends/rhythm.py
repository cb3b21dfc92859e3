"""Estimate how many people usually write: hour of the week, holidays, trend.

Counts of rare subjects are too few for a table of 168 hours: the shape of the day comes from all posts of the service, drawn towards that
of the city, and the level from the subject.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

HALF_LIFE_DAYS = 14.0
"""Age at which a day of the history counts half: the level follows the trend."""
SMOOTHING = 12.0
"""Posts a day type is given at an even rate: keeps quiet hours from an expectation of zero."""
DRAWN = 40.0
"""Posts of a service's own by which its rhythm counts as much as the city's."""
PRIOR_PEOPLE, PRIOR_DAYS = 0.05, 5.0
"""Prior of a subject's rate: a subject never seen before is expected once in a hundred days."""
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
Hour = tuple[date, int]
"""Local day and hour."""


@dataclass(frozen=True)
class Clock:
    """Hold the city's zone and which days are free."""

    zone: ZoneInfo
    is_free: Callable[[date], bool]

    def day_type(self, day: date) -> int:
        """Return 0 for working days, 1 for Saturdays, 2 for free days."""
        if day.weekday() == 6 or (day.weekday() < 5 and self.is_free(day)):
            return 2
        return 1 if day.weekday() == 5 else 0

    def day_of(self, at: datetime) -> date:
        """Return the local day of a moment."""
        return at.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """Return the start of a local day, in UTC."""
        return datetime.combine(day, datetime.min.time(), self.zone).astimezone(UTC)


class Rhythm:
    """Hold the usual shape of each type of day."""

    def __init__(self, clock: Clock, counts: Mapping[Hour, int], days: Sequence[date], prior: "Rhythm | None" = None) -> None:
        """Learn from the counts of `days`.

        Args:
            clock: the city's zone and free days.
            counts: posts by local day and hour.
            days: the local days that count.
            prior: towards which few posts are drawn: the city's rhythm, for that of a service. None: an even day.
        """
        self.clock = clock
        wanted = set(days)
        per_day: Counter[date] = Counter()
        for (day, _hour), count in counts.items():
            per_day[day] += count
        capped = cap_of([per_day[day] for day in days]) if days else 0.0
        hours: defaultdict[tuple[int, int], float] = defaultdict(float)
        for (day, hour), count in counts.items():
            if day in wanted:
                hours[clock.day_type(day), hour] += count * min(1.0, capped / per_day[day])
        self._of_type: dict[tuple[int, int], float] = {}
        self._sums: dict[datetime, float] = {}
        self._types: dict[datetime, tuple[int, int]] = {} if prior is None else prior._types
        of_type = Counter(clock.day_type(day) for day in wanted)
        everything = sum(hours.values())
        average = everything / max(1, len(wanted))
        for kind in (0, 1, 2):
            seen = sum(hours[kind, hour] for hour in range(24))
            if prior is None:
                # few days of a type: its level is drawn towards the average day, its shape towards all days
                level = (seen + average) / (of_type[kind] + 1) / average if average else 1.0
                everywhere = [sum(hours[one, hour] for one in (0, 1, 2)) / max(1.0, everything) for hour in range(24)]
                shape = [(hours[kind, hour] + SMOOTHING * everywhere[hour] + SMOOTHING / 24) / (seen + 2 * SMOOTHING) for hour in range(24)]
            else:
                drawn = [prior._of_type[kind, hour] for hour in range(24)]
                level = (seen + DRAWN * sum(drawn)) / (of_type[kind] * average + DRAWN)
                shape = [(hours[kind, hour] + DRAWN * drawn[hour] / sum(drawn)) / (seen + DRAWN) for hour in range(24)]
            self._of_type.update({(kind, hour): level * shape[hour] for hour in range(24)})

    def of_day(self, day: date) -> float:
        """Return the weight of a day; the average day has about 1."""
        kind = self.clock.day_type(day)
        return sum(self._of_type[kind, hour] for hour in range(24))

    def between(self, start: datetime, end: datetime) -> float:
        """Return the weight of a span of time, in average days."""
        return max(0.0, self._until(end) - self._until(start))

    def _until(self, at: datetime) -> float:
        """Return the weight before a moment, from any fixed hour."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        return self._before(hour) + self._of_hour(hour) * ((at - hour) / HOUR)

    def _of_hour(self, hour: datetime) -> float:
        if hour not in self._types:
            local = hour.astimezone(self.clock.zone)
            self._types[hour] = self.clock.day_type(local.date()), local.hour
        return self._of_type[self._types[hour]]

    def _before(self, hour: datetime) -> float:
        """Return the weight of the hours before, from any fixed hour."""
        if not self._sums:
            self._sums[hour] = 0.0
        if hour not in self._sums:
            newest, oldest = max(self._sums), min(self._sums)
            while newest < hour:
                self._sums[newest + HOUR] = self._sums[newest] + self._of_hour(newest)
                newest += HOUR
            while oldest > hour:
                oldest -= HOUR
                self._sums[oldest] = self._sums[oldest + HOUR] - self._of_hour(oldest)
        return self._sums[hour]


def cap_of(counts: Sequence[int]) -> float:
    """Return the daily count above which a day is an event.

    >>> cap_of([0, 0, 0, 1, 0, 40]), cap_of([10, 12, 11, 9, 300])
    (2.0, 16.4478)
    """
    middle = median(counts)
    spread = 1.4826 * median(abs(one - middle) for one in counts)
    return round(float(middle + 3 * spread + 1 + (1 if middle < 1 else 0)), 6)


def level(counts: Mapping[date, int], days: Sequence[date], rhythm: Rhythm, heard: Mapping[date, float]) -> tuple[float, float, float]:
    """Estimate people per average day of one subject: (people, days, dispersion).

    The first two are the parameters of a gamma distribution; days of an event are capped, older days count less. The third is the
    variance over the mean of the daily counts, at least 1.

    Args:
        counts: people by local day.
        days: of the history, oldest first.
        rhythm: weights of the days.
        heard: share of the city's posts that could be heard on a day, 0..1: a day on which its sources were silent shows nothing, and
            makes what was before no older.
    """
    known = [day for day in days if heard[day] > 0]
    cap = cap_of([counts.get(day, 0) for day in known]) if known else 0.0
    people, exposure, age = PRIOR_PEOPLE, PRIOR_DAYS, 0.0
    rows = []
    for day in reversed(known):
        age += heard[day]
        weight = 0.5 ** (age / HALF_LIFE_DAYS)
        count, usual = min(counts.get(day, 0), cap), rhythm.of_day(day) * heard[day]
        people += weight * count
        exposure += weight * usual
        rows.append((count, usual))
    rate = people / exposure
    plain = sum(rate * usual for _count, usual in rows)
    squares = sum((count - rate * usual) ** 2 for count, usual in rows)
    return people, exposure, max(1.0, squares / plain) if plain > 1 else 1.0
