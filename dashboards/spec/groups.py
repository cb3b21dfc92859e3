"""Split by named conditions."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from core.i18n.translate import translator
from core.records import Record
from dashboards.filters import Condition, Either, dsl, holds, kql
from dashboards.spec.split import Json, ReadModel, Split
from dashboards.window import Window


class Group(Record):
    """A named part."""

    key: str
    name: str
    condition: Condition


class Groups(Split):
    """One part for each group; a record may be in several."""

    kind: Literal["groups"] = "groups"
    header: str
    groups: tuple[Group, ...]

    def buckets(self, view: Window) -> Json:
        """Ask for each condition by the group's key."""
        return {"filters": {"filters": {group.key: dsl(group.condition, view) for group in self.groups}}}

    def parts(self, buckets: Any, view: Window) -> Iterator[tuple[str, Json]]:
        """Yield the groups: they come by name."""
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
        """Return one filter a group."""
        _ = translator(language, "dashboards")
        filters = [
            {"input": {"query": kql(group.condition), "language": "kuery"}, "label": _(group.name)}
            for group in self.groups
        ]
        return {
            **self._lens_head(language), "operationType": "filters", "dataType": "string", "scale": "ordinal",
            "params": {"filters": filters},
        }  # fmt: skip

    def condition(self) -> Condition:
        """Return that one group holds: in Kibana a service with nothing in any group would be a line of zeros."""
        return Either(conditions=tuple(group.condition for group in self.groups))
