"""Define the axes of a row's key.

A new kind of split is one subclass of `Split` in a separate file.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from core.i18n.translate import translator
from core.records import Record
from core.records.read_models import CaseRecord, PostRecord
from dashboards.filters import Condition
from dashboards.window import Window

Json = dict[str, Any]
ReadModel = PostRecord | CaseRecord

NOT_KNOWN = "__missing__"
"""Key of records without a value; Kibana uses the same."""


class Axis(Record, ABC):
    """Define one position of a row's key: a split, layers or percentiles."""

    header: str = ""
    """English; empty: no header."""

    @property
    def is_ranked(self) -> bool:
        """Return True when keys are sorted by size.

        Then a chart may show the first ones only.
        """
        return False

    @abstractmethod
    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List the keys to show, in order. `totals`: the keys found, with their sums."""

    @abstractmethod
    def label(self, key: str, language: str) -> str:
        """Format a key in the given language."""

    def header_in(self, language: str) -> str:
        """Translate the header; empty without one."""
        return translator(language, "dashboards")(self.header) if self.header else ""


class Split(Axis):
    """Split records into parts; every kind implements five representations.

    They are: the aggregation of the search engine (`buckets` builds it, `parts` parses the answer), the keys of a record
    (`keys_of`), the keys to show (`all_keys`), the texts (`label`, `header_in`) and the column in Kibana (`lens_column`).
    """

    kind: str
    is_folded: ClassVar[bool] = False
    """True when several buckets have the same key and their counts are added; percentiles cannot be added."""
    follows_city_clock: ClassVar[bool] = False
    """True when the time zone decides in which part a record is; the panel then names the zone."""

    @abstractmethod
    def buckets(self, view: Window) -> Json:
        """Build an aggregation that every supported search engine has."""

    def parts(self, buckets: Any, view: Window) -> Iterator[tuple[str, Json]]:
        """Yield key and bucket from the engine's answer."""
        for bucket in buckets:
            yield str(bucket.get("key_as_string", bucket["key"])), bucket

    @abstractmethod
    def keys_of(self, record: ReadModel, view: Window) -> list[str]:
        """List the parts that count a record; without any it is skipped."""

    @abstractmethod
    def lens_column(self, order_by: str, language: str) -> Json:
        """Return the column of a Lens panel. `order_by`: the id of the column with the number."""

    def condition(self) -> Condition | None:
        """Return an extra filter for Kibana; None when it needs none."""
        return None

    def runtime_field(self, zone: ZoneInfo) -> tuple[str, Json] | None:
        """Return name and definition of a runtime field of Kibana's data view.

        None: the index has all fields.
        """
        return None

    def _lens_head(self, language: str) -> Json:
        return {"label": self.header_in(language), "customLabel": True, "isBucketed": True}
