"""Describe a panel or a dashboard: what is counted, how it is split, and which form its picture has."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import model_validator

from core.i18n.translate import translator
from core.records import Record
from dashboards.filters import Condition
from dashboards.spec.split import Axis, Split
from dashboards.window import Window

Index = Literal["posts", "cases"]
Form = Literal["days", "bars", "change", "grid", "span", "share", "list"]


class Percentiles(Axis):
    """Instead of counting: the values below which half and nine in ten lie."""

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


class Layer(Record):
    """One count: which facts, over which time, split by what."""

    key: str
    name: str
    window: str | None
    """Field of the time that must lie in the window; None: all facts, whenever."""
    where: tuple[Condition, ...] = ()
    split: tuple[Split, ...]
    measure: Percentiles | None = None
    """None: facts are counted."""

    @model_validator(mode="after")
    def _has_no_percentiles_to_add(self) -> Self:
        if self.measure is not None and any(split.is_folded for split in self.split):
            raise ValueError("percentiles cannot be added: a split with several buckets of one key only counts")
        return self


class LayerNames(Axis):
    """The layers of a panel that has several."""

    layers: tuple[Layer, ...]

    def all_keys(self, view: Window, totals: Mapping[str, float]) -> list[str]:
        """List the layers in their order."""
        return [layer.key for layer in self.layers]

    def label(self, key: str, language: str) -> str:
        """Translate the layer's name."""
        return translator(language, "dashboards")(next(layer.name for layer in self.layers if layer.key == key))


class Latest(Record):
    """No numbers: the newest facts themselves."""

    where: tuple[Condition, ...]
    order: str
    columns: tuple[tuple[str, str], ...]
    """Field and header."""
    size: int = 20


class Panel(Record):
    """One picture or table of a dashboard."""

    key: str
    title: str
    note: str = ""
    """What a reader must know to read it rightly."""
    index: Index
    layers: tuple[Layer, ...] = ()
    latest: Latest | None = None
    form: Form
    wide: bool = False

    @property
    def axes(self) -> tuple[Axis, ...]:
        """What the keys of a row mean, in order: the splits, then the layers or the percentiles; none of a list."""
        if not self.layers:
            return ()
        first = self.layers[0]
        names = (LayerNames(layers=self.layers),) if len(self.layers) > 1 else ()
        return (*first.split, *names, *((first.measure,) if first.measure else ()))

    def title_in(self, language: str) -> str:
        """The title in a language."""
        return translator(language, "dashboards")(self.title)


class Dashboard(Record):
    """Panels that are looked at together."""

    key: str
    title: str
    description: str
    panels: tuple[Panel, ...]

    def title_in(self, language: str) -> str:
        """The title in a language."""
        return translator(language, "dashboards")(self.title)


Row = tuple[str | float | int | None, ...]
"""Keys first, then one number; of a list: the fields."""
