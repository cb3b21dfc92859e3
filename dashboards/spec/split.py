"""Define the axes of a row's key; a new kind of split is one subclass of `Split` in a file of its own."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from core.i18n.translate import translator
from core.read_models import CaseRecord, PostRecord
from core.records import Record
from dashboards.filters import Condition
from dashboards.window import Window

Json = dict[str, Any]
ReadModel = PostRecord | CaseRecord

NOT_KNOWN = "__missing__"
"""Key of the records that have no value; also Kibana's own word for them."""


class Axis(Record, ABC):
    """One position of a row's key: a split, the layers, or the percentiles."""

    header: str = ""
    """English; empty: the axis has no header of its own."""

    @property
    def is_ranked(self) -> bool:
        """True when the keys come largest first, so that a picture may show only the first ones."""
        return False

    @abstractmethod
    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List the keys to show, in order. `totals`: the keys that were found, with their sums."""

    @abstractmethod
    def label(self, key: str, language: str) -> str:
        """Write a key in the reader's language."""

    def header_in(self, language: str) -> str:
        """Translate the header; empty without one."""
        return translator(language, "dashboards")(self.header) if self.header else ""


class Split(Axis):
    """A way to split records into parts, with the five readings that every kind must give.

    They are: the aggregation of the search engine (`buckets` asks, `parts` reads the answer), the keys of a record
    (`keys_of`), the keys to show (`all_keys`), the words (`label`, `header_in`) and the column in Kibana (`lens_column`).
    """

    kind: str
    is_folded: ClassVar[bool] = False
    """True when several buckets have the same key, so that their counts are added; percentiles cannot be."""

    @abstractmethod
    def buckets(self, view: Window) -> Json:
        """Return the aggregation that every supported search engine has."""

    def parts(self, buckets: Any, view: Window) -> Iterator[tuple[str, Json]]:
        """Yield key and bucket from the engine's answer."""
        for bucket in buckets:
            yield str(bucket.get("key_as_string", bucket["key"])), bucket

    @abstractmethod
    def keys_of(self, record: ReadModel, view: Window) -> list[str]:
        """List the parts in which a record is counted; none: it is left out."""

    @abstractmethod
    def lens_column(self, order_by: str, language: str) -> Json:
        """Return the column of a Lens panel. `order_by`: the id of the column with the number."""

    def condition(self) -> Condition | None:
        """Return what a record must fulfil to be in any part; None: nothing that Kibana must be told."""
        return None

    def runtime_field(self, zone: ZoneInfo) -> tuple[str, Json] | None:
        """Return name and definition of a field that only Kibana's data view has; None: the index has all fields."""
        return None

    def _lens_head(self, language: str) -> Json:
        return {"label": self.header_in(language), "customLabel": True, "isBucketed": True}
