"""Split records by hour of day in the city's time zone."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from dashboards.spec.split import Json, ReadModel, Split
from dashboards.window import Window

HOURS = tuple(f"{hour:02}" for hour in range(24))
LOCAL_HOUR = (
    "if (doc['{field}'].size() != 0) {{ emit(doc['{field}'].value.withZoneSameInstant(ZoneId.of('{zone}'))"
    ".format(DateTimeFormatter.ofPattern('HH'))); }}"
)
"""Script in Painless: Kibana's Lens has no column for the hour of day."""


class Hours(Split):
    """Define a split with one part per hour of the day.

    The hour that occurs twice in the night of a clock change counts as one.
    """

    kind: Literal["hours"] = "hours"
    field: str
    header: str = "Hour"
    is_folded: ClassVar[bool] = True

    def buckets(self, view: Window) -> Json:
        """Build a date histogram by hour.

        It needs no script and no extra index field.
        """
        hour = {"calendar_interval": "hour", "time_zone": view.zone.key, "min_doc_count": 1}
        return {"date_histogram": {"field": self.field, **hour}}

    def parts(self, buckets: Any, view: Window) -> Iterator[tuple[str, Json]]:
        """Yield each hourly bucket with its hour of day."""
        for bucket in buckets:
            yield self._key(datetime.fromtimestamp(bucket["key"] / 1000, UTC), view.zone), bucket

    def keys_of(self, record: ReadModel, view: Window) -> list[str]:
        """List the record's hour, `08`; none without a time."""
        moment: datetime | None = getattr(record, self.field)
        return [] if moment is None else [self._key(moment, view.zone)]

    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List all hours from midnight."""
        return [*HOURS]

    def label(self, key: str, language: str) -> str:
        """Format the start of the hour on the 24-hour clock."""
        return f"{key}:00"

    def lens_column(self, order_by: str, language: str) -> Json:
        """Return the values of the runtime field, from midnight on.

        Kibana leaves out hours without records.
        """
        params = {
            "size": len(HOURS), "orderBy": {"type": "alphabetical", "fallback": False}, "orderDirection": "asc",
            "otherBucket": False, "missingBucket": False, "parentFormat": {"id": "terms"},
            "include": [], "exclude": [], "includeIsRegex": False, "excludeIsRegex": False,
        }  # fmt: skip
        return {
            **self._lens_head(language), "operationType": "terms", "sourceField": self._runtime_name,
            "dataType": "string", "scale": "ordinal", "params": params,
        }  # fmt: skip

    def runtime_field(self, zone: ZoneInfo) -> tuple[str, Json]:
        """Return the hour as a keyword that Kibana computes at query time."""
        source = LOCAL_HOUR.format(field=self.field, zone=zone.key)
        return self._runtime_name, {"type": "keyword", "script": {"source": source}}

    @property
    def _runtime_name(self) -> str:
        return f"{self.field}_hour"

    @staticmethod
    def _key(moment: datetime, zone: ZoneInfo) -> str:
        return HOURS[moment.astimezone(zone).hour]
