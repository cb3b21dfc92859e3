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
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean

from tools.trends.pools import AVISA, _rows, decide_madrid
from trends.forecast import LEAST_WEEKS, forecast, seasonal_naive

AHEAD = 4
WEEK = timedelta(weeks=1)
LEAST_ORIGINS = 8
"""Weeks from which a service is forecast, for separate figures."""
Method = Callable[[Sequence[float]], tuple[list[float], list[tuple[float, float]] | None] | None]
"""Forecasts `AHEAD` weeks: means, and intervals if it has any; None: not enough data."""


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


def ours(past: Sequence[float]) -> tuple[list[float], list[tuple[float, float]] | None] | None:
    """Return the forecast of Escucha."""
    found = forecast(past, AHEAD)
    return (
        None if found is None else ([one.mean for one in found.points], [(one.low, one.high) for one in found.points])
    )


def naive(past: Sequence[float]) -> tuple[list[float], list[tuple[float, float]] | None] | None:
    """Return the forecast of seasonal naive."""
    return [seasonal_naive(past, ahead) for ahead in range(1, AHEAD + 1)], None


def library(name: str) -> Method:
    """Return a model of statsforecast."""
    import numpy as np
    from statsforecast import models

    def method(past: Sequence[float]) -> tuple[list[float], list[tuple[float, float]] | None] | None:
        model = models.CrostonOptimized() if name == "CrostonOptimized" else getattr(models, name)(season_length=1)
        values = np.array(past, dtype=float)
        if name == "CrostonOptimized":
            return [float(one) for one in model.forecast(values, h=AHEAD)["mean"]], None
        found = model.forecast(values, h=AHEAD, level=[80])
        return [float(one) for one in found["mean"]], list(zip(found["lo-80"], found["hi-80"], strict=True))

    return method


def measure(counts: Sequence[float], origins: Sequence[int], method: Method) -> tuple[list[float], list[bool]]:
    """Return absolute errors and interval hits of all origins."""
    errors: list[float] = []
    hits: list[bool] = []
    for origin in origins:
        found = method(counts[:origin])
        if found is None:
            continue
        means, bounds = found
        for ahead, mean in enumerate(means):
            real = counts[origin + ahead]
            errors.append(abs(real - mean))
            if bounds is not None:
                hits.append(round(bounds[ahead][0]) <= real <= round(bounds[ahead][1]))
    return errors, hits


def usable(counts: Sequence[float], start: int) -> list[int]:
    """Return the weeks from which Escucha has enough data."""
    return [n for n in range(start, len(counts) - AHEAD + 1) if ours(counts[:n]) is not None]


def rows_of(name: str, rows: Sequence[tuple[date, str]], first: date, last: date, methods: dict[str, Method]) -> None:
    """Print the rows of one set of data."""
    out = sys.stdout.write
    total: dict[str, tuple[list[float], list[bool]]] = {method: ([], []) for method in methods}
    for service, counts in series_of(rows, first, last).items():
        origins = usable(counts, max(LEAST_WEEKS, int(0.6 * len(counts))))
        base = measure(counts, origins, naive)[0] if len(origins) >= LEAST_ORIGINS else []
        if not sum(base):
            out(f"| {name} | {service} | not enough data | – | {fmean(counts):.1f} |\n")
            continue
        for method, call in methods.items():
            errors, hits = measure(counts, origins, call)
            total[method][0].extend(one / fmean(base) for one in errors)
            total[method][1].extend(hits)
            if method == "Escucha":
                out(
                    f"| {name} | {service} | {fmean(errors) / fmean(base):.2f} | {fmean(hits):.2f} | {fmean(counts):.1f} |\n"
                )
    for method, (errors, hits) in total.items():
        if errors:
            out(f"| **{name}, all** | {method} | {fmean(errors):.2f} | {f'{fmean(hits):.2f}' if hits else '–'} | – |\n")
    sys.stdout.flush()


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path, help="a council's CSV with a column of dates and one of services")
    parser.add_argument("--date", default="date", help="name of the column of dates, as YYYY-MM-DD")
    parser.add_argument("--service", default="service", help="name of the column of services")
    a = parser.parse_args()
    methods: dict[str, Method] = {"Escucha": ours, "seasonal naive": naive}
    if find_spec("statsforecast") is not None:
        methods |= {f"statsforecast {name}": library(name) for name in ("AutoETS", "AutoTheta", "CrostonOptimized")}
    sys.stdout.write("| data | service or method | MASE | coverage of 80 % | posts a week |\n|---|---|---|---|---|\n")
    if a.csv is not None:
        with a.csv.open(encoding="utf-8-sig", newline="") as file:
            rows = [(date.fromisoformat(one[a.date][:10]), one[a.service]) for one in csv.DictReader(file)]
        first, last = monday(min(day for day, _s in rows)), monday(max(day for day, _s in rows))
        rows_of(a.csv.name, rows, first, last - WEEK, methods)
        return 0
    dated = [(one.at.date(), one.service) for one in decide_madrid()]
    early = [one for one in dated if one[0] < date(2019, 1, 7)]
    late = [one for one in dated if one[0] >= date(2024, 1, 1)]
    rows_of("Decide Madrid 2015-2018", early, date(2015, 9, 14), date(2018, 12, 31), methods)
    rows_of("Decide Madrid 2024-2025", late, date(2024, 1, 1), date(2025, 11, 10), methods)
    notices = [
        (datetime.fromisoformat(one["received"]).date(), one["section"]) for one in _rows(AVISA) if one["resolved"]
    ]
    month = [one for one in notices if one[0] >= date(2016, 1, 4)]
    sections = {name for name, _n in Counter(service for _d, service in month).most_common(3)}
    rows_of(
        "AVISA January 2016", [one for one in month if one[1] in sections], date(2016, 1, 4), date(2016, 1, 11), methods
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
