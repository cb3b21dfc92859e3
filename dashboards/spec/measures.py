"""Measure records instead of counting them.

A new kind of measure is one subclass of `Measure`.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from core.i18n.translate import translator
from dashboards.spec.split import Axis, Json, ReadModel
from dashboards.window import Window

EXACT_VALUES = 2_000
"""Up to this many distinct values per part, percentiles are computed here, exactly. Above it the engine's estimate is within 1 %.
For a few values the estimates of OpenSearch and osmem are far off (p90 of 1, 2, 3, 4, 100: 100 instead of 61.6)."""


class Measure(Axis):
    """Compute numbers of the records of a part."""

    can_be_added: ClassVar[bool] = False
    """True when the numbers of two buckets of one key can be added."""

    @abstractmethod
    def aggregations(self) -> Json:
        """Build the aggregations inside each part."""

    @abstractmethod
    def numbers(self, bucket: Json) -> Iterator[tuple[str, float]]:
        """Yield key and number from the engine's answer for one part."""

    @abstractmethod
    def expected(self, records: Sequence[ReadModel]) -> Iterator[tuple[str, float]]:
        """Yield key and number of one part, in plain Python."""

    @abstractmethod
    def lens_numbers(self) -> Iterator[tuple[str, str, str, str, Json]]:
        """Yield column id, English label, operation, field and parameters of Kibana's columns."""


class Percentiles(Measure):
    """Measure the median and 90th percentile of a field."""

    field: str
    percents: tuple[int, ...] = (50, 90)

    @staticmethod
    def key(percent: int) -> str:
        """Return the key of a percentile's row, `p50`."""
        return f"p{percent}"

    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List the percentiles in their order."""
        return [self.key(percent) for percent in self.percents]

    def label(self, key: str, language: str) -> str:
        """Translate the name of a percentile."""
        _ = translator(language, "dashboards")
        return _("median") if key == "p50" else _("90 %")

    def aggregations(self) -> Json:
        """Build the values up to a limit, and an estimate for more."""
        # With the default compression (100) osmem is up to 4 % off.
        estimate = {"field": self.field, "percents": list(self.percents), "tdigest": {"compression": 1000}}
        return {
            "values": {"terms": {"field": self.field, "size": EXACT_VALUES, "order": {"_key": "asc"}}},
            "estimate": {"percentiles": estimate},
        }

    def numbers(self, bucket: Json) -> Iterator[tuple[str, float]]:
        """Yield the percentiles; nothing when no record has a value."""
        values = [one["key"] for one in bucket["values"]["buckets"] for _ in range(one["doc_count"])]
        if not values:
            return
        is_exact = not bucket["values"]["sum_other_doc_count"]
        estimates = bucket["estimate"]["values"]
        for percent in self.percents:
            yield self.key(percent), percentile(values, percent) if is_exact else float(estimates[f"{percent}.0"])

    def expected(self, records: Sequence[ReadModel]) -> Iterator[tuple[str, float]]:
        """Yield the percentiles of the known values."""
        values = sorted(value for one in records if (value := getattr(one, self.field)) is not None)
        if values:
            yield from ((self.key(percent), percentile(values, percent)) for percent in self.percents)

    def lens_numbers(self) -> Iterator[tuple[str, str, str, str, Json]]:
        """Yield the columns of median and 90th percentile."""
        yield "p50", "median", "median", self.field, {"emptyAsNull": False}
        yield "p90", "90 %", "percentile", self.field, {"percentile": 90}


class Sums(Measure):
    """Add up several fields; a record without a value adds nothing."""

    fields: tuple[str, ...]
    names: dict[str, str]
    """English name of each field."""
    can_be_added: ClassVar[bool] = True

    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List the fields in their order."""
        return list(self.fields)

    def label(self, key: str, language: str) -> str:
        """Translate the field's name."""
        return translator(language, "dashboards")(self.names[key])

    def aggregations(self) -> Json:
        """Build one sum per field."""
        return {field: {"sum": {"field": field}} for field in self.fields}

    def numbers(self, bucket: Json) -> Iterator[tuple[str, float]]:
        """Yield the sums."""
        if bucket["doc_count"]:
            yield from ((field, bucket[field]["value"]) for field in self.fields)

    def expected(self, records: Sequence[ReadModel]) -> Iterator[tuple[str, float]]:
        """Yield the sums of the known values."""
        if records:
            yield from ((field, float(sum(getattr(one, field) or 0 for one in records))) for field in self.fields)

    def lens_numbers(self) -> Iterator[tuple[str, str, str, str, Json]]:
        """Yield one column of sums per field."""
        yield from ((field, self.names[field], "sum", field, {"emptyAsNull": False}) for field in self.fields)


def percentile(ordered: Sequence[Any], percent: int) -> float:
    """Return a percentile by linear interpolation, as Elasticsearch does.

    `ordered` is sorted and not empty.

    >>> percentile([1, 2, 3, 4], 50)
    2.5
    """
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (ordered[above] - ordered[below]) * (place - below))
