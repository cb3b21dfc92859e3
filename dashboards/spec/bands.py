"""Split records by bands of a number."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from core.i18n.translate import translator
from core.records import Record
from dashboards.spec.split import Json, ReadModel, Split
from dashboards.window import Window


class Band(Record):
    """Define one band: from `low` (inclusive) up to `high` (exclusive)."""

    key: str
    low: float | None = None
    high: float | None = None
    name: str = ""
    """English; empty: the key, for bands that read the same in all languages."""

    def holds(self, value: float) -> bool:
        """Return whether the value is in the band."""
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)

    def as_range(self) -> Json:
        """Return the search engine's range; an open end is omitted."""
        ends = {"from": self.low, "to": self.high}
        return {"key": self.key, **{name: end for name, end in ends.items() if end is not None}}


class Bands(Split):
    """Define a split with one part per band, lowest first."""

    kind: Literal["bands"] = "bands"
    field: str
    header: str
    bands: tuple[Band, ...]

    def buckets(self, view: Window) -> Json:
        """Build a range aggregation."""
        return {"range": {"field": self.field, "ranges": [band.as_range() for band in self.bands]}}

    def parts(self, buckets: Any, view: Window) -> Iterator[tuple[str, Json]]:
        """Yield each band with its bucket."""
        for bucket in buckets:
            yield bucket["key"], bucket

    def keys_of(self, record: ReadModel, view: Window) -> list[str]:
        """List the bands of the record's number; none without one."""
        value: float | None = getattr(record, self.field)
        return [] if value is None else [band.key for band in self.bands if band.holds(value)]

    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List the bands in their order."""
        return [band.key for band in self.bands]

    def label(self, key: str, language: str) -> str:
        """Translate the band's name; without one its key is shown."""
        name = next(band.name for band in self.bands if band.key == key)
        return translator(language, "dashboards")(name) if name else key

    def lens_column(self, order_by: str, language: str) -> Json:
        """Return a column of custom ranges."""
        ranges = [{"from": b.low, "to": b.high, "label": self.label(b.key, language)} for b in self.bands]
        return {
            **self._lens_head(language),
            "operationType": "range",
            "sourceField": self.field,
            "dataType": "string",
            "scale": "ordinal",
            "params": {"type": "range", "ranges": ranges, "maxBars": "auto"},
        }
