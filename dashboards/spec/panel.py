"""Describe panels and dashboards: counts, splits and chart forms."""

from collections.abc import Mapping
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import model_validator

from core.i18n.translate import translator
from core.records import Record
from dashboards.filters import Condition
from dashboards.spec.measures import Measure, Percentiles, Sums
from dashboards.spec.split import Axis, Split
from dashboards.window import Window

Index = Literal["posts", "cases"]
Form = Literal["tile", "days", "bars", "change", "grid", "span", "share", "list"]

__all__ = ["Dashboard", "Form", "Index", "Latest", "Layer", "LayerNames", "Measure", "Panel", "Percentiles", "Row", "Sums"]


class Layer(Record):
    """Define one count: its filters, time field and splits."""

    key: str
    name: str
    window: str | None
    """Time field that must be in the window; None: records of any time."""
    where: tuple[Condition, ...] = ()
    split: tuple[Split, ...]
    measure: Measure | None = None
    """None: records are counted."""

    @model_validator(mode="after")
    def _has_no_percentiles_to_add(self) -> Self:
        if self.measure is not None and not self.measure.can_be_added and any(split.is_folded for split in self.split):
            raise ValueError("percentiles cannot be added: a split with several buckets of one key only counts")
        return self


class LayerNames(Axis):
    """Define the axis of a panel that has several layers."""

    layers: tuple[Layer, ...]

    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List the layers in their order."""
        return [layer.key for layer in self.layers]

    def label(self, key: str, language: str) -> str:
        """Translate the layer's name."""
        return translator(language, "dashboards")(next(layer.name for layer in self.layers if layer.key == key))


class Latest(Record):
    """List the newest or largest records instead of counting."""

    where: tuple[Condition, ...]
    order: str
    window: str | None = None
    """Time field that must be in the window; None: records of any time."""
    columns: tuple[tuple[str, str], ...]
    """Field and header."""
    size: int = 20


class Panel(Record):
    """Describe one chart or table of a dashboard."""

    key: str
    title: str
    note: str
    """One sentence: what the panel shows, and what it leaves out."""
    index: Index
    layers: tuple[Layer, ...] = ()
    latest: Latest | None = None
    form: Form
    wide: bool = False
    minimum: int = 1
    """Number of records from which the numbers may be compared; below it the panel says so in words."""
    empty: str = "Nothing in this period."
    """What the panel says without any record."""

    @property
    def counts(self) -> bool:
        """Return whether the panel has one count to compare with another period."""
        return len(self.layers) == 1 and self.layers[0].window is not None and self.layers[0].measure is None

    @property
    def follows_city_clock(self) -> bool:
        """Return whether a split of the panel depends on the city's clock."""
        return any(split.follows_city_clock for layer in self.layers for split in layer.split)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Return the axes of a row's key: splits, then layers or percentiles.

        A list has none.
        """
        if not self.layers:
            return ()
        first = self.layers[0]
        names = (LayerNames(layers=self.layers),) if len(self.layers) > 1 else ()
        return (*first.split, *names, *((first.measure,) if first.measure else ()))

    def title_in(self, language: str) -> str:
        """Return the translated title."""
        return translator(language, "dashboards")(self.title)

    def note_in(self, language: str, zone: ZoneInfo | None = None) -> str:
        """Return the translated note with minimum and time zone."""
        _ = translator(language, "dashboards")
        parts = [_(self.note)]
        if self.minimum > 1:
            parts.append(_("Reliable from {count} records on.").format(count=self.minimum))
        if zone is not None and self.follows_city_clock:
            parts.append(_("Time zone: {zone}.").format(zone=zone.key))
        return " ".join(parts)


class Dashboard(Record):
    """Describe a page of related panels."""

    key: str
    title: str
    description: str
    panels: tuple[Panel, ...]

    def title_in(self, language: str) -> str:
        """Return the translated title."""
        return translator(language, "dashboards")(self.title)

    def description_in(self, language: str) -> str:
        """Return the translated description."""
        return translator(language, "dashboards")(self.description)


Row = tuple[str | float | int | None, ...]
"""Keys, then one number; in a list: the fields."""
