"""Draw the trend of the response times: twelve months with the target."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from reports.output.open_data import ResponseTimes, Times

MONTHS = 12
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 240, 48, 30, 12
STEPS = (1, 2, 3, 6, 12, 24, 48, 72, 96, 120, 168, 240, 336, 480, 720, 1440, 2880)
"""Hours between the lines of the scale."""


@dataclass(frozen=True)
class Bar:
    """Draw the median of one month; without a figure only its place."""

    month: str
    """`2026.11`."""
    x: float
    y: float
    width: float
    height: float
    hours: float | None


@dataclass(frozen=True)
class Trend:
    """Draw the medians of the last months, oldest first."""

    bars: Sequence[Bar]
    lines: Sequence[tuple[float, float]]
    """Hours of each line of the scale, with its height on the picture."""
    target: tuple[float, float] | None
    """The same for the target of all cases; None: no figure."""


def trend(times: ResponseTimes, zone: ZoneInfo) -> Trend | None:
    """Return the picture of the last twelve months; None without any figure."""
    known = {row.name: row for row in times.rows if row.kind == "month"}
    total = next((row for row in times.rows if row.kind == "all"), None)
    shown = [(name, known.get(name)) for name in last_months(times.made_at, zone)]
    medians = [row.median_hours for _, row in shown if row is not None and row.median_hours is not None]
    if total is None or not medians:
        return None
    step = next((one for one in STEPS if max(*medians, total.target_hours or 0, 1) <= 4 * one), STEPS[-1])
    most = max(4.0 * step, *medians)

    def height(hours: float) -> float:
        return round(hours / most * (HEIGHT - BOTTOM - TOP), 1)

    def y(hours: float) -> float:
        return round(HEIGHT - BOTTOM - height(hours), 1)

    target = None if total.target_hours is None else (total.target_hours, y(total.target_hours))
    return Trend(_bars(shown, y, height), [(step * n, y(step * n)) for n in range(5)], target)


def _bars(shown: Sequence[tuple[str, Times | None]], y: Callable[[float], float], height: Callable[[float], float]) -> list[Bar]:
    wide = (WIDTH - LEFT) / MONTHS
    bars = []
    for number, (name, row) in enumerate(shown):
        hours = None if row is None else row.median_hours
        x = round(LEFT + number * wide + wide * 0.15, 1)
        bars.append(Bar(name, x, y(hours or 0), round(wide * 0.7, 1), height(hours or 0), hours))
    return bars


def last_months(moment: datetime, zone: ZoneInfo) -> list[str]:
    """Return the names of the last twelve months, oldest first.

    >>> from datetime import UTC
    >>> last_months(datetime(2026, 2, 1, tzinfo=UTC), ZoneInfo("Europe/Madrid"))[-3:]
    ['2025.12', '2026.01', '2026.02']
    """
    local = moment.astimezone(zone)
    last = local.year * 12 + local.month - 1
    return [f"{month // 12}.{month % 12 + 1:02}" for month in range(last - MONTHS + 1, last + 1)]
