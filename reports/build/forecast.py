"""Compute the forecast of complaints, cases and work."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from core.config.city import City
from core.records import Record
from core.working_hours import due_at
from ledger import read
from ledger.read import Counted, Ledger
from trends.forecast import forecast

HISTORY = timedelta(weeks=156)
SHOWN_WEEKS = 12
"""Past weeks that are shown beside a forecast."""
DAYS = 14
"""Days ahead for which due cases are forecast."""
WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
LEAST_SHOWN = 0.05
EVEN = 2.0
"""Cases a weekday is given beforehand, so that few cases do not decide on which days they come."""


class WeekAhead(Record):
    """Hold the forecast of one week as it is shown."""

    monday: date
    mean: float
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
    """From replayed or example posts, because there are no others."""


def build_outlook(city: City, ledger: Ledger, now: datetime, weeks: int = 4) -> Outlook:
    """Compute the next weeks from complete calendar weeks, city time."""
    today = now.astimezone(city.zone).date()
    monday = today - timedelta(days=today.weekday())
    since = datetime.combine(monday - HISTORY, time(), city.zone)
    complaints, cases = read.complaints(ledger, since), read.cases(ledger, since)
    made_up = all(one.made_up for one in (*complaints, *cases))
    if not made_up:
        complaints, cases = ([one for one in some if not one.made_up] for some in (complaints, cases))
    series = [
        one
        for what, some in (("complaints", complaints), ("cases", cases))
        for one in _series(city, what, some, monday, weeks)
    ]
    return Outlook(
        first_monday=monday, series=tuple(series), due=_due(city, cases, monday, today, now), made_up=made_up
    )


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


def _series(city: City, what: str, counted: Sequence[Counted], monday: date, weeks: int) -> list[SeriesForecast]:
    groups: dict[tuple[str | None, str | None], list[Counted]] = defaultdict(list)
    for one in counted:
        groups[None, None].append(one)
        if one.topic is not None:
            groups[one.topic, None].append(one)
            if one.district is not None:
                groups[one.topic, one.district].append(one)
    whole = _weekly(city, counted, monday)
    found = []
    for (service, district), some in sorted(groups.items(), key=lambda one: (one[0][0] or "", one[0][1] or "")):
        past = _weekly(city, some, monday)
        past = [0] * (len(whole) - len(past)) + past if district is None else past
        ahead = _ahead(past, monday, weeks)
        if ahead or district is None:
            found.append(
                SeriesForecast(
                    what=what, service=service, district=district, past=tuple(past[-SHOWN_WEEKS:]), ahead=ahead
                )
            )
    return found


def _ahead(past: Sequence[int], monday: date, weeks: int) -> tuple[WeekAhead, ...]:
    made = forecast(past, weeks)
    if made is None:
        return ()
    return tuple(
        WeekAhead(monday=monday + n * WEEK, mean=round(one.mean, 1), low=round(one.low), high=round(one.high))
        for n, one in enumerate(made.points)
    )


def _due(city: City, cases: Sequence[Counted], monday: date, today: date, now: datetime) -> tuple[DueDay, ...]:
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
        come = _to_come(city, department, groups[department], monday, today, now)
        for day in (today + n * DAY for n in range(DAYS)):
            n, (mean, low, high) = known[department, day], come.get(day, (0.0, 0.0, 0.0))
            if not come and n:
                found.append(DueDay(day=day, department=department, known=n, expected=None, low=None, high=None))
            elif n or mean >= LEAST_SHOWN:
                bounds = {"low": n + round(low), "high": n + round(high)}
                found.append(DueDay(day=day, department=department, known=n, expected=round(mean, 1), **bounds))
    return tuple(found)


def _to_come(
    city: City, department: str, cases: Sequence[Counted], monday: date, today: date, now: datetime
) -> dict[date, tuple[float, float, float]]:
    """Return mean, low and high of coming cases by due day."""
    weeks = _ahead(_weekly(city, cases, monday), monday, DAYS // 7 + 1)
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
            part = (week.mean * share[n], week.low * share[n], week.high * share[n])
            found[due] = (before[0] + part[0], before[1] + part[1], before[2] + part[2])
    return found


def _weekday_shares(city: City, cases: Sequence[Counted]) -> list[float]:
    counts = Counter(one.at.astimezone(city.zone).weekday() for one in cases)
    total = sum(counts.values()) + 7 * EVEN
    return [(counts[n] + EVEN) / total for n in range(7)]
