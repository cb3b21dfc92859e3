"""Compute forecasts of weekly counts, from services and files of days.

`forecast` is the way in: counts of complete weeks, what all series teach each other (`Pool`), and what files say of each week
(`Weekly`). No forecast uses a week after the one it is made in.
"""

from collections.abc import Sequence

from trends.forecast.files import Weekly
from trends.forecast.loads import loads_of
from trends.forecast.models import MODELS, Series, seasonal_naive
from trends.forecast.pool import Pool
from trends.forecast.series import LEAST_MEAN, LEAST_WEEKS, Forecast, Point, has_enough

__all__ = (
    "LEAST_MEAN",
    "LEAST_WEEKS",
    "MODELS",
    "Forecast",
    "Point",
    "Pool",
    "Weekly",
    "forecast",
    "has_enough",
    "loads_of",
    "seasonal_naive",
)


def forecast(counts: Series, weeks: int, pool: Pool | None = None, files: Sequence[Weekly] = ()) -> Forecast | None:
    """Compute the forecast of the next weeks; None: not enough data.

    Args:
        counts: of complete weeks, oldest first; weeks without any are 0.
        weeks: how many to forecast.
        pool: of series of the same kind, whose last week is that of `counts`; None: the series alone.
        files: of days, with a row for each week of `counts` and each week ahead.
    """
    if not has_enough(counts):
        return None
    pool = pool or Pool([counts])
    return pool.fit(counts).forecast(weeks, files, pool.bounds)
