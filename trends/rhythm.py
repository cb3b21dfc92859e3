"""Estimate how many people usually write: hour of the week, holidays, trend.

Counts of rare subjects are too few for a table of 168 hours: the shape of the day comes from all posts, the level from the subject.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

HALF_LIFE_DAYS = 14.0
"""Age at which a day of the history counts half: the level follows the trend."""
SMOOTHING = 12.0
"""Posts a day type is given at an even rate: keeps quiet hours from an expectation of zero."""
PRIOR_PEOPLE, PRIOR_DAYS = 0.05, 5.0
"""Prior of a subject's rate: a subject never seen before is expected once in a hundred days."""
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


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

    def __init__(self, clock: Clock, moments: Iterable[datetime], days: Sequence[date]) -> None:
        """Learn from the posts of `days`, which are local days."""
        self.clock = clock
        wanted = set(days)
        hours: defaultdict[tuple[int, int], float] = defaultdict(float)
        per_day: Counter[date] = Counter()
        local = [moment.astimezone(clock.zone) for moment in moments]
        for moment in local:
            per_day[moment.date()] += 1
        capped = cap_of([per_day[day] for day in wanted]) if wanted else 0.0
        for moment in local:
            if moment.date() in wanted:
                weight = min(1.0, capped / per_day[moment.date()])
                hours[clock.day_type(moment.date()), moment.hour] += weight
        of_type = Counter(clock.day_type(day) for day in wanted)
        average = sum(hours.values()) / max(1, len(wanted))
        self._hours: dict[tuple[int, int], float] = {}
        self._sums: dict[datetime, float] = {}
        for kind in (0, 1, 2):
            n, seen = of_type[kind], sum(hours[kind, hour] for hour in range(24))
            # few days of a type: its level is drawn towards the average day, its shape towards all days
            level = (seen + average) / (n + 1) / average if average else 1.0
            for hour in range(24):
                everywhere = sum(hours[one, hour] for one in (0, 1, 2)) / max(1.0, sum(hours.values()))
                given = (hours[kind, hour] + SMOOTHING * everywhere + SMOOTHING / 24) / (seen + 2 * SMOOTHING)
                self._hours[kind, hour] = level * given

    def of_day(self, day: date) -> float:
        """Return the weight of a day; the average day has about 1."""
        kind = self.clock.day_type(day)
        return sum(self._hours[kind, hour] for hour in range(24))

    def between(self, start: datetime, end: datetime) -> float:
        """Return the weight of a span of time, in average days."""
        return max(0.0, self._until(end) - self._until(start))

    def _until(self, at: datetime) -> float:
        """Return the weight before a moment, from any fixed hour."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        return self._before(hour) + self._of_hour(hour) * ((at - hour) / HOUR)

    def _of_hour(self, hour: datetime) -> float:
        local = hour.astimezone(self.clock.zone)
        return self._hours[self.clock.day_type(local.date()), local.hour]

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


def level(counts: dict[date, int], days: Sequence[date], rhythm: Rhythm, today: date) -> tuple[float, float, float]:
    """Estimate people per average day of one subject: (people, days, dispersion).

    The first two are the parameters of a gamma distribution; days of an event are capped, older days count less. The third is the
    variance over the mean of the daily counts, at least 1.
    """
    cap = cap_of([counts.get(day, 0) for day in days]) if days else 0.0
    people, exposure, squares, plain = PRIOR_PEOPLE, PRIOR_DAYS, 0.0, 0.0
    rows = []
    for day in days:
        weight = 0.5 ** ((today - day).days / HALF_LIFE_DAYS)
        count, weight_of_day = min(counts.get(day, 0), cap), rhythm.of_day(day)
        people += weight * count
        exposure += weight * weight_of_day
        rows.append((count, weight_of_day))
    rate = people / exposure
    for count, weight_of_day in rows:
        mean = rate * weight_of_day
        squares += (count - mean) ** 2
        plain += mean
    return people, exposure, max(1.0, squares / plain) if plain > 1 else 1.0
