"""Split records by period: the window and the comparison period."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from core.i18n.translate import translator
from dashboards.spec.split import Json, ReadModel, Split
from dashboards.window import Window

NOW, BEFORE = "now", "before"
NAMES = {NOW: "this period", BEFORE: "the period before"}
LENS_SHIFT = "28d"
"""Kibana's time shift: the length of the dashboards' default period."""


class Periods(Split):
    """Define a split with two parts: this period and the comparison period."""

    kind: Literal["periods"] = "periods"
    field: str
    header: str = "Period"
    mean_of: int = 1

    def buckets(self, view: Window) -> Json:
        """Build a filters aggregation with one range per period."""
        return {"filters": {"filters": {key: {"range": {self.field: ends}} for key, ends in self._ends(view).items()}}}

    def parts(self, buckets: Any, view: Window) -> Iterator[tuple[str, Json]]:
        """Yield each period with its bucket."""
        yield from buckets.items()

    def keys_of(self, record: ReadModel, view: Window) -> list[str]:
        """List the period of the record's time; none for an older one."""
        at: datetime | None = getattr(record, self.field)
        return [key for key, one in _windows(view).items() if at is not None and one.start <= at < one.now]

    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List both periods."""
        return [NOW, BEFORE]

    def label(self, key: str, language: str) -> str:
        """Translate the period's name."""
        return translator(language, "dashboards")(NAMES[key])

    def lens_column(self, order_by: str, language: str) -> Json:
        """Raise: Kibana compares periods by a time shift of the number."""
        raise NotImplementedError("a panel of two periods shifts its numbers: see lens.columns")

    def _ends(self, view: Window) -> dict[str, Json]:
        return {key: {"gte": one.start.isoformat(), "lt": one.now.isoformat()} for key, one in _windows(view).items()}


def _windows(view: Window) -> dict[str, Window]:
    return {NOW: view, **({BEFORE: view.before} if view.before else {})}
