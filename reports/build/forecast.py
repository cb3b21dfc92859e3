"""Compute the forecast of complaints, cases and work."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from core.config.city import City
from core.records import Record
from core.working_hours import due_at, is_holiday
from ledger import read
from ledger.read import Counted, Ledger
from reports.build.day_files import FileOfDays, weekly_files
from trends.forecast import LEAST_WEEKS, Forecast, Pool, Weekly, forecast, loads_of

HISTORY = timedelta(weeks=156)
SHOWN_WEEKS = 12
"""Past weeks that are shown beside a forecast."""
DAYS = 14
"""Days ahead for which due cases are forecast."""
DUE_WEEKS = DAYS // 7 + 1
"""Weeks in which cases arrive that are due in these days."""
WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
SUNDAY = 6
LEAST_SHOWN = 0.05
EVEN = 2.0
"""Cases a weekday is given beforehand, so that few cases do not decide on which days they come."""


Group = tuple[str | None, str | None]
"""Service and district; None: all."""


class WeekAhead(Record):
    """Hold the forecast of one week as it is shown."""

    monday: date
    median: float
    """As many weeks have more as have fewer."""
    low: int
    high: int


class SeriesForecast(Record):
    """Hold past and forecast weeks of a service in a district.

    Without weeks ahead there are not enough data."""

    what: str
    """complaints or cases."""
    service: str | None
    """None: all services."""
    district: str | None
    """None: the whole city."""
    past: tuple[int, ...]
    """Complete weeks, oldest first."""
    ahead: tuple[WeekAhead, ...]
    uses: tuple[str, ...] = ()
    """Files of days it is made with: calendar, weather."""


class DueDay(Record):
    """Hold the cases that a department has to answer by a day."""

    day: date
    department: str
    known: int
    """Cases that wait now."""
    expected: float | None
    """Cases that are still to come; None: not enough data."""
    low: int | None
    high: int | None
    """80 % interval of all, known and to come; None: not enough data."""


class Outlook(Record):
    """Hold everything that is forecast at one moment."""

    first_monday: date
    series: tuple[SeriesForecast, ...]
    due: tuple[DueDay, ...]
    made_up: bool
    """With replayed and example posts, because there are too few weeks of others."""
    files: tuple[FileOfDays, ...] = ()
    """What became of the files of `[forecast]`; empty: the profile names none."""


def build_outlook(city: City, ledger: Ledger, now: datetime, weeks: int = 4, without: Collection[str] = ()) -> Outlook:
    """Compute the next weeks from complete calendar weeks, city time.

    `without`: sources that do not count.
    """
    today = now.astimezone(city.zone).date()
    monday = today - timedelta(days=today.weekday())
    since = datetime.combine(monday - HISTORY, time(), city.zone)
    complaints, cases = read.complaints(ledger, since, without), read.cases(ledger, since, without)
    made_up = _needs_made_up(city, (*complaints, *cases), monday)
    if not made_up:
        complaints, cases = ([one for one in some if not one.made_up] for some in (complaints, cases))
    history, ahead = HISTORY // WEEK, max(weeks, DUE_WEEKS)
    files, weekly = weekly_files(city, monday, history, ahead)
    foresight = {
        what: Foresight(_pool(city, some, monday, ahead), weekly, history) for what, some in (("complaints", complaints), ("cases", cases))
    }
    series = [
        one
        for what, some in (("complaints", complaints), ("cases", cases))
        for one in _series(city, what, some, monday, weeks, foresight[what])
    ]
    made = [one for one in series if one.ahead]
    return Outlook(
        first_monday=monday,
        series=tuple(series),
        due=_due(city, cases, monday, today, now, foresight["cases"]),
        made_up=made_up,
        files=tuple(one.model_copy(update={"used": sum(one.kind in some.uses for some in made), "of": len(made)}) for one in files),
    )


def _needs_made_up(city: City, counted: Iterable[Counted], monday: date) -> bool:
    """Tell whether replayed and example posts alone reach far enough back.

    A first report on the portal of a demonstration must not empty its forecast.
    """
    sorted_out: dict[bool, list[Counted]] = {True: [], False: []}
    for one in counted:
        sorted_out[one.made_up].append(one)
    if not sorted_out[False]:
        return bool(sorted_out[True])
    weeks = {made_up: len(_weekly(city, some, monday)) for made_up, some in sorted_out.items()}
    return weeks[False] < LEAST_WEEKS <= weeks[True]


@dataclass(frozen=True)
class Foresight:
    """Hold what the forecast of a series may use besides its past."""

    pool: Pool | None
    """All services; None: too few weeks."""
    files: Sequence[Weekly]
    history: int
    """Weeks of the files before the first that is forecast."""

    def forecast(self, past: Sequence[int], weeks: int) -> Forecast | None:
        """Return the forecast of the next weeks; None: not enough data."""
        span = slice(self.history - len(past), self.history + weeks)
        return forecast(past, weeks, self.pool, [Weekly(one.name, one.rows[span]) for one in self.files])


def _pool(city: City, counted: Sequence[Counted], monday: date, ahead: int) -> Pool | None:
    """Return what all series teach, with the load of each week."""
    whole = _weekly(city, counted, monday)
    if not whole:
        return None
    first = monday - len(whole) * WEEK
    days = np.zeros((len(whole), 7))
    for one in counted:
        n = (one.at.astimezone(city.zone).date() - first).days
        if 0 <= n < days.size:
            days.flat[n] += 1
    dates = [[first + n * WEEK + day * DAY for day in range(7)] for n in range(len(whole) + ahead)]
    holidays = [[day.weekday() != SUNDAY and is_holiday(city.working_hours, day) for day in week] for week in dates]
    return Pool([_weekly(city, some, monday) for some in _groups(counted).values()], loads_of(days, holidays))


def _groups(counted: Sequence[Counted]) -> dict[Group, list[Counted]]:
    """Sort by service and district; totals come first."""
    groups: dict[Group, list[Counted]] = defaultdict(list)
    for one in counted:
        groups[None, None].append(one)
        if one.topic is not None:
            groups[one.topic, None].append(one)
            if one.district is not None:
                groups[one.topic, one.district].append(one)
    return groups


def _weekly(city: City, counted: Iterable[Counted], monday: date) -> list[int]:
    """Count complete weeks, from the first with anything to the last."""
    per_week: Counter[date] = Counter()
    for one in counted:
        day = one.at.astimezone(city.zone).date()
        per_week[day - timedelta(days=day.weekday())] += 1
    begun = [week for week in per_week if week < monday and monday - week <= HISTORY]
    if not begun:
        return []
    return [per_week[min(begun) + n * WEEK] for n in range((monday - min(begun)).days // 7)]


def _series(city: City, what: str, counted: Sequence[Counted], monday: date, weeks: int, foresight: Foresight) -> list[SeriesForecast]:
    whole = _weekly(city, counted, monday)
    found = []
    for (service, district), some in sorted(_groups(counted).items(), key=lambda one: (one[0][0] or "", one[0][1] or "")):
        past = _weekly(city, some, monday)
        past = [0] * (len(whole) - len(past)) + past if district is None else past
        made = foresight.forecast(past, weeks)
        if made is not None or district is None:
            names = {"what": what, "service": service, "district": district}
            uses = made.uses if made else ()
            found.append(SeriesForecast(**names, past=tuple(past[-SHOWN_WEEKS:]), ahead=_ahead(made, monday), uses=uses))
    return found


def _ahead(made: Forecast | None, monday: date) -> tuple[WeekAhead, ...]:
    if made is None:
        return ()
    found = []
    for n, one in enumerate(made.points):
        median = round(one.median, 1)
        found.append(WeekAhead(monday=monday + n * WEEK, median=median, **_bounds(median, one.low, one.high)))
    return tuple(found)


def _bounds(shown: float, low: float, high: float) -> dict[str, int]:
    """Round an interval so that it holds the number beside it.

    Of 3.46 cases at most 3.46 the number is shown as 3.5, so as 4: an interval that ended at 3 would deny it.
    """
    return {"low": min(round(low), round(shown)), "high": max(round(high), round(shown))}


def _due(city: City, cases: Sequence[Counted], monday: date, today: date, now: datetime, foresight: Foresight) -> tuple[DueDay, ...]:
    """Return the cases due on each of the next days, by department.

    Departments without enough data have known cases only."""
    last = today + DAYS * DAY
    known: Counter[tuple[str, date]] = Counter()
    groups: dict[str, list[Counted]] = defaultdict(list)
    for one in cases:
        groups[one.department or ""].append(one)
        if one.due_at is not None and today <= one.due_at.astimezone(city.zone).date() < last:
            known[one.department or "", one.due_at.astimezone(city.zone).date()] += 1
    found = []
    for department in sorted(groups):
        come = _to_come(city, department, groups[department], monday, today, now, foresight)
        for day in (today + n * DAY for n in range(DAYS)):
            n, (mean, low, high) = known[department, day], come.get(day, (0.0, 0.0, 0.0))
            if not come and n:
                found.append(DueDay(day=day, department=department, known=n, expected=None, low=None, high=None))
            elif n or mean >= LEAST_SHOWN:
                come_in = round(mean, 1)
                bounds = _bounds(n + come_in, n + low, n + high)
                found.append(DueDay(day=day, department=department, known=n, expected=come_in, **bounds))
    return tuple(found)


def _to_come(
    city: City, department: str, cases: Sequence[Counted], monday: date, today: date, now: datetime, foresight: Foresight
) -> dict[date, tuple[float, float, float]]:
    """Return mean, low and high of coming cases by due day."""
    weeks = _ahead(foresight.forecast(_weekly(city, cases, monday), DUE_WEEKS), monday)
    owner = next((one for one in city.departments if one.name == department), None)
    if not weeks or owner is None:
        return {}
    share = _weekday_shares(city, cases)
    found: dict[date, tuple[float, float, float]] = {}
    for week in weeks:
        for n in range(7):
            day = week.monday + n * DAY
            if day < today:
                continue
            arrives = max(now, datetime.combine(day, time(12), city.zone))
            due = due_at(city, arrives, owner.answer_within).astimezone(city.zone).date()
            before = found.get(due, (0.0, 0.0, 0.0))
            part = (week.median * share[n], week.low * share[n], week.high * share[n])
            found[due] = (before[0] + part[0], before[1] + part[1], before[2] + part[2])
    return found


def _weekday_shares(city: City, cases: Sequence[Counted]) -> list[float]:
    counts = Counter(one.at.astimezone(city.zone).weekday() for one in cases)
    total = sum(counts.values()) + 7 * EVEN
    return [(counts[n] + EVEN) / total for n in range(7)]
