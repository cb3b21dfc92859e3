"""Split by the values of a field."""

from collections.abc import Mapping
from typing import Literal

from core.i18n.display_names import display_name
from core.i18n.translate import translator
from dashboards.spec.split import NOT_KNOWN, Json, ReadModel, Split
from dashboards.window import Window

ALL_VALUES = 1_000
"""More than there are topics, districts, departments or sources: the engine's counts are exact only when none is left out."""
LENS_VALUES = 100
"""Values of a field that Kibana asks for; more than there are services, districts or departments."""


class Terms(Split):
    """One part for each value of a field."""

    kind: Literal["terms"] = "terms"
    field: str
    header: str
    names: str | None = None
    """The table of `core.i18n.display_names` that says how values read; None: as they are."""
    values: tuple[str, ...] = ()
    """All values there can be, in the order to show; empty: those found, most frequent first."""
    unknown: str | None = None
    """How the records without a value are called; None: they are left out."""

    @property
    def is_ranked(self) -> bool:
        """True unless the order of the values is given."""
        return not self.values

    def buckets(self, view: Window) -> Json:
        """Ask for every value, most frequent first."""
        missing = {"missing": NOT_KNOWN} if self.unknown else {}
        order = [{"_count": "desc"}, {"_key": "asc"}]
        return {"terms": {"field": self.field, "size": ALL_VALUES, "order": order, **missing}}

    def keys_of(self, record: ReadModel, view: Window) -> list[str]:
        """List the value of the field."""
        value = getattr(record, self.field)
        if value is None:
            return [NOT_KNOWN] if self.unknown else []
        return [str(value)]

    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List all values, or those found, most frequent first; records without a value come last."""
        unknown = [NOT_KNOWN] if totals.get(NOT_KNOWN, 0) else []
        if self.values:
            return [*self.values, *unknown]
        known = totals.keys() - {NOT_KNOWN}
        return [*sorted(known, key=lambda value: (-totals[value], value)), *unknown]

    def label(self, key: str, language: str) -> str:
        """Write the value's name."""
        if key == NOT_KNOWN:
            return translator(language, "dashboards")(self.unknown or "")
        return display_name(self.names, key, language) if self.names else key

    def lens_column(self, order_by: str, language: str) -> Json:
        """Return the most frequent values."""
        params = {
            "size": LENS_VALUES, "orderBy": {"type": "column", "columnId": order_by}, "orderDirection": "desc",
            "otherBucket": False, "missingBucket": bool(self.unknown), "parentFormat": {"id": "terms"},
            "include": [], "exclude": [], "includeIsRegex": False, "excludeIsRegex": False,
        }  # fmt: skip
        return {
            **self._lens_head(language), "operationType": "terms", "sourceField": self.field, "dataType": "string",
            "scale": "ordinal", "params": params,
        }  # fmt: skip
