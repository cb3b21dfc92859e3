"""Split records by named conditions."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from core.i18n.translate import translator
from core.records import Record
from dashboards.filters import Condition, Either, dsl, holds, kql
from dashboards.spec.split import Json, ReadModel, Split
from dashboards.window import Window


class Group(Record):
    """Define a named part of a split by its condition."""

    key: str
    name: str
    condition: Condition


class Groups(Split):
    """Define a split with one part per group.

    A record may be in several.
    """

    kind: Literal["groups"] = "groups"
    header: str
    groups: tuple[Group, ...]
    mean_of: int = 1
    """In a panel of change: number of periods in the second group, whose mean is shown."""

    def buckets(self, view: Window) -> Json:
        """Build a filters aggregation keyed by group."""
        return {"filters": {"filters": {group.key: dsl(group.condition, view) for group in self.groups}}}

    def parts(self, buckets: Any, view: Window) -> Iterator[tuple[str, Json]]:
        """Yield each group with its bucket."""
        yield from buckets.items()

    def keys_of(self, record: ReadModel, view: Window) -> list[str]:
        """List the groups whose condition holds."""
        return [group.key for group in self.groups if holds(group.condition, record, view)]

    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List the groups in their order."""
        return [group.key for group in self.groups]

    def label(self, key: str, language: str) -> str:
        """Translate the group's name."""
        return translator(language, "dashboards")(next(group.name for group in self.groups if group.key == key))

    def lens_column(self, order_by: str, language: str) -> Json:
        """Return a filters column with one filter per group."""
        _ = translator(language, "dashboards")
        filters = [{"input": {"query": kql(group.condition), "language": "kuery"}, "label": _(group.name)} for group in self.groups]
        return {
            **self._lens_head(language),
            "operationType": "filters",
            "dataType": "string",
            "scale": "ordinal",
            "params": {"filters": filters},
        }

    def condition(self) -> Condition:
        """Return the condition that at least one group matches.

        Without it Kibana would show a row of zeros for a service without records in any group.
        """
        return Either(conditions=tuple(group.condition for group in self.groups))
