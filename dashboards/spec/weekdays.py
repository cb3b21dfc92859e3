"""Split records by day of the week in the city's time zone."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date

from dashboards.spec.split import Json, ReadModel, Split
from dashboards.window import Window

WEEKDAYS = tuple(str(day) for day in range(1, 8))
"""ISO numbers: Monday is 1."""
A_MONDAY = date(2026, 11, 2)
LOCAL_WEEKDAY = (
    "if (doc['{field}'].size() != 0) {{ emit(Integer.toString(doc['{field}'].value.withZoneSameInstant(ZoneId.of('{zone}'))"
    ".getDayOfWeek().getValue())); }}"
)
"""Script in Painless: Kibana's Lens has no column for the day of the week."""


class Weekdays(Split):
    """Define a split with one part per weekday, from Monday."""

    kind: Literal["weekdays"] = "weekdays"
    field: str
    header: str = "Day of the week"
    is_folded: ClassVar[bool] = True

    def buckets(self, view: Window) -> Json:
        """Build a date histogram by day, whose days are added by weekday."""
        day = {"calendar_interval": "day", "time_zone": view.zone.key, "format": "yyyy-MM-dd", "min_doc_count": 1}
        return {"date_histogram": {"field": self.field, **day}}

    def parts(self, buckets: Any, view: Window) -> Iterator[tuple[str, Json]]:
        """Yield each daily bucket with its day of the week."""
        for bucket in buckets:
            yield str(date.fromisoformat(bucket["key_as_string"]).isoweekday()), bucket

    def keys_of(self, record: ReadModel, view: Window) -> list[str]:
        """List the record's day of the week; none without a time."""
        moment: datetime | None = getattr(record, self.field)
        return [] if moment is None else [str(moment.astimezone(view.zone).isoweekday())]

    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List all days from Monday."""
        return [*WEEKDAYS]

    def label(self, key: str, language: str) -> str:
        """Format the name of the day."""
        return str(format_date(A_MONDAY + timedelta(days=int(key) - 1), "EEEE", locale=language))

    def lens_column(self, order_by: str, language: str) -> Json:
        """Return the values of the runtime field, from Monday on.

        Kibana shows their numbers.
        """
        params = {
            "size": len(WEEKDAYS), "orderBy": {"type": "alphabetical", "fallback": False}, "orderDirection": "asc",
            "otherBucket": False, "missingBucket": False, "parentFormat": {"id": "terms"},
            "include": [], "exclude": [], "includeIsRegex": False, "excludeIsRegex": False,
        }  # fmt: skip
        return {
            **self._lens_head(language), "operationType": "terms", "sourceField": self._runtime_name,
            "dataType": "string", "scale": "ordinal", "params": params,
        }  # fmt: skip

    def runtime_field(self, zone: ZoneInfo) -> tuple[str, Json]:
        """Return the weekday as a keyword that Kibana computes at query time."""
        source = LOCAL_WEEKDAY.format(field=self.field, zone=zone.key)
        return self._runtime_name, {"type": "keyword", "script": {"source": source}}

    @property
    def _runtime_name(self) -> str:
        return f"{self.field}_weekday"
