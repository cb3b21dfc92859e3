"""Compute forecasts of weekly counts, from services and files of days.

`forecast` is the way in: counts of complete weeks, what is learned from all services (`pool_of`), and what files say of each week
(`Weekly`). No forecast uses a week after the one it is made in.
"""

from trends.forecast.files import Weekly
from trends.forecast.interval import interval
from trends.forecast.models import MODELS, seasonal_naive
from trends.forecast.pool import Pool
from trends.forecast.series import LEAST_MEAN, LEAST_WEEKS, Forecast, Point, forecast, has_enough, pool_of

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
    "interval",
    "pool_of",
    "seasonal_naive",
)
