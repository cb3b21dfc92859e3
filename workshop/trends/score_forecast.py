"""Print the back-test of the forecast: MASE and coverage.

Each week of the measured part is forecast from the weeks before it alone, 1 to 4 weeks ahead. MASE is the mean absolute error divided
by that of seasonal naive (the week a year before, else the week before) for the same weeks: seasonal naive itself has 1. The interval
is judged as it is shown, in whole posts.
"""

import argparse
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import fmean, median

from core.config.day_files import load_calendar
from reports.build.day_files import days_of, frequent_kinds
from trends.forecast import LEAST_WEEKS, Forecast, Pool, Weekly, forecast, has_enough, pool_of, seasonal_naive
from workshop.trends.pools import AVISA, _rows, decide_madrid

AHEAD = 4
WEEK = timedelta(weeks=1)
LEAST_ORIGINS = 8
"""Weeks from which a service is forecast, for separate figures."""
Made = tuple[list[float], list[tuple[float, float]] | None] | None
Method = Callable[[Sequence[float], Pool], Made]
"""Forecasts `AHEAD` weeks from the past of a series and of all: means, and intervals if any; None: not enough data."""
LEARNED, MEASURED = (0.0, 0.6), (0.6, 1.0)
"""Parts of the weeks: those in which methods were chosen, and those that are measured."""


def monday(day: date) -> date:
    """Return the Monday of a week."""
    return day - timedelta(days=day.weekday())


def series_of(rows: Sequence[tuple[date, str]], first: date, last: date) -> dict[str, list[float]]:
    """Count by service and week between two Mondays, both included."""
    weeks = [first + n * WEEK for n in range((last - first).days // 7 + 1)]
    counts: dict[str, Counter[date]] = defaultdict(Counter)
    for day, service in rows:
        counts[service][monday(day)] += 1
    return {service: [float(counts[service][week]) for week in weeks] for service in sorted(counts)}


def ours(past: Sequence[float], pool: Pool | None) -> Made:
    """Return the forecast of Escucha."""
    return _made(forecast(past, AHEAD, pool))


def _made(found: Forecast | None) -> Made:
    return None if found is None else ([one.mean for one in found.points], [(one.low, one.high) for one in found.points])


def with_calendar(path: Path, first: date, weeks: int) -> Method:
    """Return the forecast of Escucha with a calendar.

    Its days to come were known.

    Args:
        path: as `[forecast] calendar`.
        first: Monday of the first week of the series.
        weeks: of the series.
    """
    calendar = load_calendar(path)
    kinds = frequent_kinds(calendar, first + weeks * WEEK)
    begins = monday(min(calendar))
    mondays = [first + n * WEEK for n in range(weeks + AHEAD)]
    rows = tuple(days_of(calendar, kinds, one) if one >= begins else None for one in mondays)

    def method(past: Sequence[float], _pool: Pool) -> Made:
        return _made(forecast(past, AHEAD, _pool, [Weekly("calendar", rows[: len(past) + AHEAD])]))

    return method


def naive(past: Sequence[float], _pool: Pool) -> Made:
    """Return the forecast of seasonal naive."""
    return [seasonal_naive(past, ahead) for ahead in range(1, AHEAD + 1)], None


def measure(counts: Sequence[float], origins: Sequence[int], pool: Pool, method: Method) -> tuple[list[float], list[bool]]:
    """Return absolute errors and interval hits of all origins."""
    errors: list[float] = []
    hits: list[bool] = []
    for origin in origins:
        found = method(counts[:origin], pool.until(origin))
        if found is None:
            continue
        means, bounds = found
        for ahead, mean in enumerate(means):
            real = counts[origin + ahead]
            errors.append(abs(real - mean))
            if bounds is not None:
                hits.append(round(bounds[ahead][0]) <= real <= round(bounds[ahead][1]))
    return errors, hits


def best_number(counts: Sequence[float], origins: Sequence[int]) -> float:
    """Return the least error that one number for all weeks can have.

    It is known afterwards only, and shows how much of the error is chance."""
    real = [counts[origin + ahead] for origin in origins for ahead in range(AHEAD)]
    return fmean(abs(one - median(real)) for one in real)


def usable(counts: Sequence[float], part: tuple[float, float]) -> list[int]:
    """Return the weeks of a part from which Escucha has enough data."""
    start, end = (int(share * len(counts)) for share in part)
    first = LEAST_WEEKS + (AHEAD if not start else 0)
    return [n for n in range(max(first, start), end - AHEAD + 1) if has_enough(counts[:n])]


def rows_of(
    name: str,
    rows: Sequence[tuple[date, str]],
    first: date,
    last: date,
    methods: dict[str, Method],
    part: tuple[float, float] = MEASURED,
    calendar: Path | None = None,
) -> None:
    """Print the rows of one set of data."""
    out = sys.stdout.write
    total: dict[str, tuple[list[float], list[bool]]] = {method: ([], []) for method in methods}
    ratios: dict[str, list[float]] = {method: [] for method in methods}
    series = series_of(rows, first, last)
    if calendar is not None:
        weeks = (last - first).days // 7 + 1
        methods = {**methods, "Escucha with the calendar": with_calendar(calendar, first, weeks)}
        total["Escucha with the calendar"], ratios["Escucha with the calendar"] = ([], []), []
    pool = pool_of(list(series.values()))
    for service, counts in series.items():
        origins = usable(counts, part)
        base = measure(counts, origins, pool, naive)[0] if len(origins) >= LEAST_ORIGINS else []
        if not sum(base):
            out(f"| {name} | {service} | not enough data | – | {fmean(counts):.1f} |\n")
            continue
        for method, call in methods.items():
            errors, hits = measure(counts, origins, pool, call)
            total[method][0].extend(one / fmean(base) for one in errors)
            total[method][1].extend(hits)
            ratios[method].append(fmean(errors) / fmean(base))
            if method == "Escucha":
                out(f"| {name} | {service} | {ratios[method][-1]:.2f} | {fmean(hits):.2f} | {fmean(counts):.1f} |\n")
                if ratios[method][-1] >= 1:
                    known = best_number(counts, origins) / fmean(base)
                    out(f"| {name} | {service}: the best single number, known afterwards ({len(origins)} weeks) | {known:.2f} | – | – |\n")
    for method, (errors, hits) in total.items():
        if errors:
            behind = sum(one >= 1 for one in ratios[method])
            kept = f"{fmean(hits):.2f}" if hits else "–"
            out(f"| **{name}, all** | {method}: {behind} of {len(ratios[method])} at 1 or more | {fmean(errors):.2f} | {kept} | – |\n")
    sys.stdout.flush()


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path, help="a council's CSV with a column of dates and one of services")
    parser.add_argument("--date", default="date", help="name of the column of dates, as YYYY-MM-DD")
    parser.add_argument("--service", default="service", help="name of the column of services")
    parser.add_argument("--calendar", type=Path, help="a calendar as [forecast] names it, to measure what it helps")
    parser.add_argument("--learned", action="store_true", help="measure the first 60 %% of the weeks, in which the methods were chosen")
    a = parser.parse_args()
    part = LEARNED if a.learned else MEASURED
    methods: dict[str, Method] = {"Escucha": ours, "seasonal naive": naive}
    sys.stdout.write("| data | service or method | MASE | coverage of 80 % | posts a week |\n|---|---|---|---|---|\n")
    if a.csv is not None:
        with a.csv.open(encoding="utf-8-sig", newline="") as file:
            rows = [(date.fromisoformat(one[a.date][:10]), one[a.service]) for one in csv.DictReader(file)]
        first, last = monday(min(day for day, _s in rows)), monday(max(day for day, _s in rows))
        rows_of(a.csv.name, rows, first, last - WEEK, methods, part, a.calendar)
        return 0
    dated = [(one.at.date(), one.service) for one in decide_madrid()]
    early = [one for one in dated if one[0] < date(2019, 1, 7)]
    late = [one for one in dated if one[0] >= date(2024, 1, 1)]
    rows_of("Decide Madrid 2015-2018", early, date(2015, 9, 14), date(2018, 12, 31), methods, part)
    rows_of("Decide Madrid 2024-2025", late, date(2024, 1, 1), date(2025, 11, 10), methods, part, a.calendar)
    notices = [(datetime.fromisoformat(one["received"]).date(), one["section"]) for one in _rows(AVISA) if one["resolved"]]
    month = [one for one in notices if one[0] >= date(2016, 1, 4)]
    sections = {name for name, _n in Counter(service for _d, service in month).most_common(3)}
    rows_of("AVISA January 2016", [one for one in month if one[1] in sections], date(2016, 1, 4), date(2016, 1, 11), methods)
    return 0


if __name__ == "__main__":
    sys.exit(main())
