"""Split records by the city's days."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Literal

from babel.dates import format_date

from dashboards.spec.split import Json, ReadModel, Split
from dashboards.window import Window


class Days(Split):
    """Define a split with one part per day of the window."""

    kind: Literal["days"] = "days"
    field: str
    follows_city_clock: ClassVar[bool] = True
    header: str = "Day"

    def buckets(self, view: Window) -> Json:
        """Build a date histogram by day in the city's time zone."""
        day = {"calendar_interval": "day", "time_zone": view.zone.key, "format": "yyyy-MM-dd", "min_doc_count": 1}
        return {"date_histogram": {"field": self.field, **day}}

    def keys_of(self, record: ReadModel, view: Window) -> list[str]:
        """List the record's day, `2026-10-25`."""
        return [getattr(record, self.field).astimezone(view.zone).date().isoformat()]

    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List the days of the window, oldest first."""
        return [day.isoformat() for day in view.dates]

    def label(self, key: str, language: str) -> str:
        """Format weekday, day and month."""
        return str(format_date(date.fromisoformat(key), "EEE d MMM", locale=language))

    def lens_column(self, order_by: str, language: str) -> Json:
        """Return a histogram by day.

        Its time zone is Kibana's setting dateFormat:tz.
        """
        params = {"interval": "1d", "includeEmptyRows": True, "dropPartials": False}
        return {
            **self._lens_head(language),
            "operationType": "date_histogram",
            "sourceField": self.field,
            "dataType": "date",
            "scale": "interval",
            "params": params,
        }
