"""Split records by the city's months."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Literal

from babel.dates import format_date

from dashboards.spec.split import Json, ReadModel, Split
from dashboards.window import Window


class Months(Split):
    """Define a split with one part per month that has records."""

    kind: Literal["months"] = "months"
    field: str
    follows_city_clock: ClassVar[bool] = True
    header: str = "Month"

    def buckets(self, view: Window) -> Json:
        """Build a date histogram by month in the city's time zone."""
        month = {"calendar_interval": "month", "time_zone": view.zone.key, "format": "yyyy-MM", "min_doc_count": 1}
        return {"date_histogram": {"field": self.field, **month}}

    def keys_of(self, record: ReadModel, view: Window) -> list[str]:
        """List the record's month, `2026-10`; none without a time."""
        at = getattr(record, self.field)
        return [] if at is None else [f"{at.astimezone(view.zone):%Y-%m}"]

    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List the months found, oldest first."""
        return sorted(totals)

    def label(self, key: str, language: str) -> str:
        """Format month and year."""
        return str(format_date(date.fromisoformat(f"{key}-01"), "LLL yyyy", locale=language))

    def lens_column(self, order_by: str, language: str) -> Json:
        """Return a histogram by month."""
        params = {"interval": "1M", "includeEmptyRows": False, "dropPartials": False}
        return {
            **self._lens_head(language),
            "operationType": "date_histogram",
            "sourceField": self.field,
            "dataType": "date",
            "scale": "interval",
            "params": params,
        }
