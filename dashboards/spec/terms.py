"""Split records by the values of a field."""

from collections.abc import Mapping
from typing import Literal

from core.i18n.display_names import display_name
from core.i18n.translate import translator
from dashboards.spec.split import NOT_KNOWN, Json, ReadModel, Split
from dashboards.window import Window

ALL_VALUES = 1_000
"""Above the number of topics, districts, departments or sources: the engine's counts are exact only when all are returned."""
LENS_VALUES = 100
"""Values that Kibana requests; above the number of services, districts or departments."""


class Terms(Split):
    """Define a split with one part per value of a field."""

    kind: Literal["terms"] = "terms"
    field: str
    header: str
    names: str | None = None
    """Table of `core.i18n.display_names` with the display names; None: values are shown unchanged."""
    values: tuple[str, ...] = ()
    """All possible values, in display order; empty: those found, most frequent first."""
    unknown: str | None = None
    """Label of records without a value; None: they are left out."""

    @property
    def is_ranked(self) -> bool:
        """Return True unless the order of the values is fixed."""
        return not self.values

    def buckets(self, view: Window) -> Json:
        """Build a terms aggregation, most frequent value first."""
        missing = {"missing": NOT_KNOWN} if self.unknown else {}
        order = [{"_count": "desc"}, {"_key": "asc"}]
        return {"terms": {"field": self.field, "size": ALL_VALUES, "order": order, **missing}}

    def keys_of(self, record: ReadModel, view: Window) -> list[str]:
        """List the value of the field, or all its values."""
        value = getattr(record, self.field)
        if isinstance(value, tuple):
            return list(dict.fromkeys(value))
        if value is None:
            return [NOT_KNOWN] if self.unknown else []
        return [str(value)]

    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List all values, or those found, most frequent first.

        Records without a value come last.
        """
        unknown = [NOT_KNOWN] if totals.get(NOT_KNOWN, 0) else []
        if self.values:
            return [*self.values, *unknown]
        known = totals.keys() - {NOT_KNOWN}
        return [*sorted(known, key=lambda value: (-totals[value], value)), *unknown]

    def label(self, key: str, language: str) -> str:
        """Format the value's display name."""
        if key == NOT_KNOWN:
            return translator(language, "dashboards")(self.unknown or "")
        return display_name(self.names, key, language) if self.names else key

    def lens_column(self, order_by: str, language: str) -> Json:
        """Return a column of the most frequent values."""
        params = {
            "size": LENS_VALUES,
            "orderBy": {"type": "column", "columnId": order_by},
            "orderDirection": "desc",
            "otherBucket": False,
            "missingBucket": bool(self.unknown),
            "parentFormat": {"id": "terms"},
            "include": [],
            "exclude": [],
            "includeIsRegex": False,
            "excludeIsRegex": False,
        }
        return {
            **self._lens_head(language),
            "operationType": "terms",
            "sourceField": self.field,
            "dataType": "string",
            "scale": "ordinal",
            "params": params,
        }
