"""Split records by hour of day or day of the week."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date

from dashboards.spec.split import Json, ReadModel, Split
from dashboards.window import Window

A_MONDAY = date(2026, 11, 2)
EMIT = "if (doc['{field}'].size() != 0) {{ emit({key}); }}"
LOCAL_TIME = "doc['{field}'].value.withZoneSameInstant(ZoneId.of('{zone}'))"
"""Scripts in Painless: Kibana's Lens has no column for hours of the day or days of the week."""


class Clock(Split):
    """Define a split into the recurring parts of a day or week.

    The search engine counts by time without a script or an extra index field; equal parts are added here.
    """

    field: str
    is_folded: ClassVar[bool] = True
    follows_city_clock: ClassVar[bool] = True
    keys: ClassVar[tuple[str, ...]]
    """In their order."""
    interval: ClassVar[str]
    """Of the engine's date histogram."""
    runtime: ClassVar[str]
    """End of the runtime field's name."""
    painless: ClassVar[str]
    """Expression in Painless that gives the key of the time `{local}`."""

    @staticmethod
    @abstractmethod
    def key_of(local: datetime) -> str:
        """Return the key of a time of the city."""

    def buckets(self, view: Window) -> Json:
        """Build a date histogram."""
        every = {"calendar_interval": self.interval, "time_zone": view.zone.key, "min_doc_count": 1}
        return {"date_histogram": {"field": self.field, **every}}

    def parts(self, buckets: Any, view: Window) -> Iterator[tuple[str, Json]]:
        """Yield each bucket with its part of the day or week."""
        for bucket in buckets:
            yield self.key_of(datetime.fromtimestamp(bucket["key"] / 1000, UTC).astimezone(view.zone)), bucket

    def keys_of(self, record: ReadModel, view: Window) -> list[str]:
        """List the record's part; none without a time."""
        moment: datetime | None = getattr(record, self.field)
        return [] if moment is None else [self.key_of(moment.astimezone(view.zone))]

    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List all parts in their order."""
        return [*self.keys]

    def lens_column(self, order_by: str, language: str) -> Json:
        """Return the values of the runtime field in their order.

        Kibana shows the keys, and leaves out parts without records.
        """
        params = {
            "size": len(self.keys),
            "orderBy": {"type": "alphabetical", "fallback": False},
            "orderDirection": "asc",
            "otherBucket": False,
            "missingBucket": False,
            "parentFormat": {"id": "terms"},
            "include": [],
            "exclude": [],
            "includeIsRegex": False,
            "excludeIsRegex": False,
        }
        return {
            **self._lens_head(language),
            "operationType": "terms",
            "sourceField": self._runtime_name,
            "dataType": "string",
            "scale": "ordinal",
            "params": params,
        }

    def runtime_field(self, zone: ZoneInfo) -> tuple[str, Json]:
        """Return the part as a keyword that Kibana computes at query time."""
        key = self.painless.format(local=LOCAL_TIME.format(field=self.field, zone=zone.key))
        source = EMIT.format(field=self.field, key=key)
        return self._runtime_name, {"type": "keyword", "script": {"source": source}}

    @property
    def _runtime_name(self) -> str:
        return f"{self.field}_{self.runtime}"


class Hours(Clock):
    """Define a split with one part per hour of the day.

    The hour that occurs twice in the night of a clock change counts as one.
    """

    kind: Literal["hours"] = "hours"
    header: str = "Hour"
    keys: ClassVar[tuple[str, ...]] = tuple(f"{hour:02}" for hour in range(24))
    interval: ClassVar[str] = "hour"
    runtime: ClassVar[str] = "hour"
    painless: ClassVar[str] = "{local}.format(DateTimeFormatter.ofPattern('HH'))"

    @staticmethod
    def key_of(local: datetime) -> str:
        """Return the hour, `08`."""
        return f"{local.hour:02}"

    def label(self, key: str, language: str) -> str:
        """Format the start of the hour on the 24-hour clock."""
        return f"{key}:00"


class Weekdays(Clock):
    """Define a split with one part per weekday, from Monday."""

    kind: Literal["weekdays"] = "weekdays"
    header: str = "Day of the week"
    keys: ClassVar[tuple[str, ...]] = tuple(str(day) for day in range(1, 8))
    interval: ClassVar[str] = "day"
    runtime: ClassVar[str] = "weekday"
    painless: ClassVar[str] = "Integer.toString({local}.getDayOfWeek().getValue())"

    @staticmethod
    def key_of(local: datetime) -> str:
        """Return the ISO number of the day: Monday is 1."""
        return str(local.isoweekday())

    def label(self, key: str, language: str) -> str:
        """Format the name of the day."""
        return str(format_date(A_MONDAY + timedelta(days=int(key) - 1), "EEEE", locale=language))
