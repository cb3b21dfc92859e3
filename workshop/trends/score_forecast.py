"""Print the back-test of the forecast: errors and coverage.

Each week is forecast from the weeks before it alone, 1 to 4 weeks ahead. MASE is the mean absolute error of a series divided by that of
seasonal naive (the week a year before, else the week before) for the same weeks; the other ratio divides by the better of the last week
and the mean of the last four, known afterwards. The interval is judged as it is shown, in whole posts.
"""

import argparse
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from statistics import fmean
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from core.config.city import City, load_city
from core.config.day_files import load_calendar
from core.config.plugins import ROOT
from core.working_hours import is_holiday
from gazetteer.importing.geometry import is_inside
from gazetteer.loading.outlines import outlines
from reports.build.day_files import days_of, frequent_kinds
from trends.forecast import LEAST_WEEKS, Forecast, Pool, Weekly, forecast, has_enough, loads_of, seasonal_naive
from trends.forecast.models import Matrix, Vector
from workshop.incidents.dataset import PROFILE
from workshop.trends.notices import NOTICES, notices
from workshop.trends.pools import AVISA, _rows, decide_madrid

AHEAD = 4
WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
LEAST_ORIGINS = 8
"""Weeks from which a series is forecast, to have figures of its own."""
PERIODS = {True: ("2021", date(2021, 6, 7), date(2022, 2, 21)), False: ("2023", date(2023, 5, 1), date(2023, 12, 25))}
"""Notices on which methods were chosen, and those that are measured: file, first and last Monday."""
SECTIONS = 30
"""Services of the city's own list that are counted, the largest."""
BANDS = (2.0, 5.0, 20.0, 100.0)
"""Posts a week between which series are told apart by size."""
LEARNED, MEASURED, WHOLE = (0.0, 0.6), (0.6, 1.0), (0.0, 1.0)
"""Parts of the weeks: those in which methods were chosen, those that are measured, and all."""
Part = tuple[float, float]
Key = tuple[str, ...]
"""Names of a series: none, a service, a service and a district."""
Made = tuple[list[float], list[tuple[float, float]] | None] | None
"""Medians of the weeks ahead, and intervals if any; None: not enough data."""


class Data(NamedTuple):
    """Hold counts of the days of complete weeks."""

    name: str
    first: date
    days: dict[Key, Matrix]
    """A row a week, a column a day."""
    holidays: list[list[bool]]
    """Of these weeks and `AHEAD` more."""

    def counts(self, key: Key) -> Vector:
        """Return the weekly counts of a series."""
        return np.asarray(self.days[key].sum(axis=1))


Method = Callable[[Sequence[float], Pool], Made]
"""Forecasts `AHEAD` weeks from the past of a series, and what all series up to then teach."""


class ForecastErrors(NamedTuple):
    """Hold what one method did on one series."""

    errors: Matrix
    """A row a week from which was forecast, a column a week ahead."""
    hits: Matrix | None
    """Whether the interval held; None: the method has none."""


def data_of(name: str, rows: Sequence[tuple[date, Key]], first: date, last: date, city: City) -> Data:
    """Count by series and day between two Mondays, both weeks included.

    A row counts for its key and for each shorter one it begins with, but not for all together where it has no name.
    """
    weeks = (last - first).days // 7 + 1
    days: dict[Key, Matrix] = defaultdict(lambda: np.zeros((weeks, 7)))
    for day, key in rows:
        n = (day - first).days
        if 0 <= n < weeks * 7:
            for size in range(len(key) + 1):
                days[key[:size]].flat[n] += 1
    dates = [[first + week * WEEK + day * DAY for day in range(7)] for week in range(weeks + AHEAD)]
    holidays = [[day.weekday() < 6 and is_holiday(city.working_hours, day) for day in week] for week in dates]
    return Data(name, first, {key: days[key] for key in sorted(days)}, holidays)


def pools_of(data: Data) -> Callable[[int], Pool]:
    """Return what gives the pool of the weeks before one."""

    @cache
    def pool(known: int) -> Pool:
        loads = loads_of(data.days[()][:known], data.holidays[: known + AHEAD])
        return Pool([list(data.counts(key)[:known]) for key in data.days], loads)

    return pool


def ours(past: Sequence[float], pool: Pool) -> Made:
    """Return the forecast of Escucha."""
    return _made(forecast(past, AHEAD, pool))


def _made(found: Forecast | None) -> Made:
    return None if found is None else ([one.median for one in found.points], [(one.low, one.high) for one in found.points])


def with_calendar(path: Path, data: Data) -> Method:
    """Return the forecast of Escucha with a calendar known ahead.

    `path`: as `[forecast] calendar`.
    """
    calendar = load_calendar(path)
    weeks = len(data.days[()])
    kinds = frequent_kinds(calendar, data.first + weeks * WEEK)
    begins = monday(min(calendar))
    mondays = [data.first + n * WEEK for n in range(weeks + AHEAD)]
    rows = tuple(days_of(calendar, kinds, one) if one >= begins else None for one in mondays)

    def method(past: Sequence[float], pool: Pool) -> Made:
        return _made(forecast(past, AHEAD, pool, [Weekly("calendar", rows[: len(past) + AHEAD])]))

    return method


def naive(past: Sequence[float], _pool: Pool) -> Made:
    """Return the forecast of seasonal naive."""
    return [seasonal_naive(past, ahead) for ahead in range(1, AHEAD + 1)], None


def last_week(past: Sequence[float], _pool: Pool) -> Made:
    """Return the last week for all weeks ahead."""
    return [past[-1]] * AHEAD, None


def four_weeks(past: Sequence[float], _pool: Pool) -> Made:
    """Return the mean of the last four weeks for all weeks ahead."""
    return [fmean(past[-4:])] * AHEAD, None


METHODS: Mapping[str, Method] = {"Escucha": ours, "seasonal naive": naive, "last week": last_week, "mean of four weeks": four_weeks}


def library_methods() -> dict[str, Method]:
    """Return the methods of statsforecast; none where it is not installed."""
    try:
        models = import_module("statsforecast.models")  # measured beside ours, and no part of the product
    except ImportError:
        return {}

    def method(make: Callable[[], object]) -> Method:
        def call(past: Sequence[float], _pool: Pool) -> Made:
            found = make().forecast(np.array(past, dtype=np.float64), AHEAD, level=[80])  # type: ignore[attr-defined]
            lows, highs = (np.maximum(0, found[side]) for side in ("lo-80", "hi-80"))
            return [max(0.0, float(one)) for one in found["mean"]], list(zip(lows, highs, strict=True))

        return call

    named = {"AutoETS": models.AutoETS, "AutoTheta": models.AutoTheta, "AutoARIMA": models.AutoARIMA}
    return {f"statsforecast {name}": method(make) for name, make in named.items()}


def measure(counts: Vector, origins: Sequence[int], pool: Callable[[int], Pool], method: Method) -> ForecastErrors:
    """Return errors and interval hits of the weeks from which is forecast."""
    errors, hits = [], []
    for origin in origins:
        found = method([float(one) for one in counts[:origin]], pool(origin))
        if found is None:
            continue
        medians, bounds = found
        real = counts[origin : origin + AHEAD]
        errors.append(np.abs(real - medians))
        if bounds is not None:
            hits.append([round(low) <= one <= round(high) for (low, high), one in zip(bounds, real, strict=True)])
    return ForecastErrors(np.array(errors), np.array(hits, dtype=np.float64) if hits else None)


def usable(counts: Sequence[float], part: Part) -> list[int]:
    """Return the weeks of a part from which Escucha has enough data."""
    start, end = (int(share * len(counts)) for share in part)
    first = LEAST_WEEKS + (AHEAD if not start else 0)
    return [n for n in range(max(first, start), end - AHEAD + 1) if has_enough(counts[:n])]


def print_rows(data: Data, part: Part, methods: Mapping[str, Method], *, each: bool) -> None:
    """Print the rows of one set of data, and the intervals.

    `each`: print services with figures of their own, too.
    """
    out, pool = sys.stdout.write, pools_of(data)
    for depth, group in enumerate(("all together", "services", "services and districts")):
        keys = [key for key in data.days if len(key) == depth]
        found: dict[Key, dict[str, ForecastErrors]] = {}
        for key in keys:
            counts = data.counts(key)
            origins = usable([float(one) for one in counts], part)
            if len(origins) >= LEAST_ORIGINS:
                found[key] = {name: measure(counts, origins, pool, method) for name, method in methods.items()}
        found = {key: one for key, one in found.items() if all(made.errors.sum() for made in one.values())}
        if each and depth == 1:
            for key in keys:
                per_week = f"{data.counts(key).mean():.1f}"
                if key not in found:
                    out(f"| {data.name} | {key[0]} | not enough data | – | – | {per_week} |\n")
                else:
                    out(f"| {data.name} | {key[0]} | {_figures([found[key]], 'Escucha')} | {per_week} |\n")
        if not found:
            continue
        size = fmean(data.counts(key).mean() for key in found)
        for name in methods:
            out(f"| **{data.name}, {group}** ({len(found)}) | {name} | {_figures(list(found.values()), name)} | {size:.1f} |\n")
        hits = {key: one["Escucha"].hits for key, one in found.items()}
        ahead = [fmean(one[:, n].mean() for one in hits.values() if one is not None) for n in range(AHEAD)]
        bands: dict[int, list[float]] = defaultdict(list)
        for key, one in hits.items():
            if one is not None:
                bands[int(np.searchsorted(BANDS, data.counts(key).mean()))].append(float(one.mean()))
        sizes = ("under 2", "2 to 5", "5 to 20", "20 to 100", "over 100")
        by_size = "; ".join(f"{sizes[n]} a week {fmean(some):.2f} ({len(some)})" for n, some in sorted(bands.items()))
        by_ahead = ", ".join(f"{one:.2f}" for one in ahead)
        out(f"| {data.name}, {group} | held by the interval, 1 to {AHEAD} weeks ahead: {by_ahead}; {by_size} | – | – | – | – |\n")
    sys.stdout.flush()


def _figures(found: Sequence[Mapping[str, ForecastErrors]], name: str) -> str:
    """Return MASE, ratio to the better of two, and coverage."""
    mean = [{method: float(one.errors.mean()) for method, one in each.items()} for each in found]
    mase = fmean(one[name] / one["seasonal naive"] for one in mean)
    better = fmean(one[name] / min(one["last week"], one["mean of four weeks"]) for one in mean)
    hits = [float(one[name].hits.mean()) for one in found if one[name].hits is not None]  # type: ignore[union-attr]
    return f"{mase:.2f} | {better:.2f} | {f'{fmean(hits):.2f}' if hits else '–'}"


def monday(day: date) -> date:
    """Return the Monday of a week."""
    return day - timedelta(days=day.weekday())


def rows_of(period: str) -> Iterator[tuple[date, str, str | None, str]]:
    """Yield day, the city's service, ours or None, and district."""
    zone = ZoneInfo("Europe/Madrid")
    districts = outlines(ROOT / "cities" / "madrid", "district")
    areas = {name: [[[(lat, lon) for lon, lat in ring]] for ring in rings] for name, rings in districts.items()}

    @cache
    def district(lat: float, lon: float) -> str:
        return next((name for name, polygons in areas.items() if is_inside((lat, lon), polygons)), "")

    for one in notices(period):
        yield one.at.astimezone(zone).date(), one.service, one.topic, district(round(one.lat, 3), round(one.lon, 3))


def print_notices(city: City, methods: Mapping[str, Method], *, learned: bool) -> None:
    """Print the rows of real notices, where their data are."""
    period, first, last = PERIODS[learned]
    if not NOTICES.is_dir():
        sys.stdout.write(f"| notices {period} | not measured: {NOTICES} is missing | – | – | – | – |\n")
        return
    rows = list(rows_of(period))
    by_topic = [(day, (topic, district)) for day, _service, topic, district in rows if topic and district]
    print_rows(data_of(f"notices {period} by topic", by_topic, first, last, city), WHOLE, methods, each=True)
    largest = {name for name, _n in Counter(service for _day, service, _topic, _district in rows).most_common(SECTIONS)}
    by_section: list[tuple[date, Key]] = [(day, (service,)) for day, service, _topic, _district in rows if service in largest]
    print_rows(data_of(f"notices {period} by the city's services", by_section, first, last, city), WHOLE, methods, each=False)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path, help="a council's CSV with a column of dates and one of services")
    parser.add_argument("--date", default="date", help="name of the column of dates, as YYYY-MM-DD")
    parser.add_argument("--service", default="service", help="name of the column of services")
    parser.add_argument("--calendar", type=Path, help="a calendar as [forecast] names it, to measure what it helps")
    parser.add_argument("--learned", action="store_true", help="measure the weeks in which the methods were chosen")
    a = parser.parse_args()
    part, city, methods = LEARNED if a.learned else MEASURED, load_city(PROFILE), {**METHODS, **library_methods()}
    sys.stdout.write("| data | service or method | MASE | to the better of two | coverage of 80 % | posts a week |\n")
    sys.stdout.write("|---|---|---|---|---|---|\n")

    def show(name: str, rows: Sequence[tuple[date, Key]], first: date, last: date, calendar: Path | None = None) -> None:
        data = data_of(name, rows, first, last, city)
        more = {} if calendar is None else {"Escucha with the calendar": with_calendar(calendar, data)}
        print_rows(data, part, {**methods, **more}, each=True)

    if a.csv is not None:
        with a.csv.open(encoding="utf-8-sig", newline="") as file:
            given: list[tuple[date, Key]] = [(date.fromisoformat(one[a.date][:10]), (one[a.service],)) for one in csv.DictReader(file)]
        show(a.csv.name, given, monday(min(day for day, _s in given)), monday(max(day for day, _s in given)) - WEEK, a.calendar)
        return 0
    print_notices(city, methods, learned=a.learned)
    dated: list[tuple[date, Key]] = [(one.at.date(), (one.service,)) for one in decide_madrid()]
    show("Decide Madrid 2015-2018", dated, date(2015, 9, 14), date(2018, 12, 31))
    show("Decide Madrid 2024-2025", dated, date(2024, 1, 1), date(2025, 11, 10), a.calendar)
    old = [(datetime.fromisoformat(one["received"]).date(), one["section"]) for one in _rows(AVISA) if one["resolved"]]
    month = [one for one in old if one[0] >= date(2016, 1, 4)]
    sections = {name for name, _n in Counter(service for _d, service in month).most_common(3)}
    few: list[tuple[date, Key]] = [(day, (service,)) for day, service in month if service in sections]
    show("AVISA January 2016", few, date(2016, 1, 4), date(2016, 1, 11))
    return 0


if __name__ == "__main__":
    sys.exit(main())
