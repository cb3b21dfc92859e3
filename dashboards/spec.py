"""The words in which a panel is described: what is counted, how it is split, and which form its picture has."""

from typing import Annotated, Literal

from pydantic import Field

from core.i18n.translate import translator
from core.records import Fact
from dashboards.filters import Condition

NOT_KNOWN = "__missing__"
"""Key of the facts that have no value; also Kibana's own word for them."""

Index = Literal["posts", "cases"]
Form = Literal["days", "bars", "change", "grid", "span", "share", "list"]


class Terms(Fact):
    """One part for each value of a field."""

    kind: Literal["terms"] = "terms"
    field: str
    header: str
    names: str | None = None
    """The table of `core.i18n.display_names` that says how values read; None: as they are."""
    values: tuple[str, ...] = ()
    """All values there can be, in the order to show; empty: those found, most frequent first."""
    unknown: str | None = None
    """How the facts without a value are called; None: they are left out."""


class Days(Fact):
    """One part for each of the city's days in the window."""

    kind: Literal["days"] = "days"
    field: str
    header: str = "Day"


class Group(Fact):
    """A named part."""

    key: str
    name: str
    condition: Condition


class Groups(Fact):
    """One part for each group; a fact may be in several."""

    kind: Literal["groups"] = "groups"
    header: str
    groups: tuple[Group, ...]


Split = Annotated[Terms | Days | Groups, Field(discriminator="kind")]


class Percentiles(Fact):
    """Instead of counting: the values below which half and nine in ten lie."""

    field: str
    percents: tuple[int, ...] = (50, 90)


class Layer(Fact):
    """One count: which facts, over which time, split by what."""

    key: str
    name: str
    window: str | None
    """Field of the time that must lie in the window; None: all facts, whenever."""
    where: tuple[Condition, ...] = ()
    split: tuple[Split, ...]
    measure: Percentiles | None = None
    """None: facts are counted."""


class Latest(Fact):
    """No numbers: the newest facts themselves."""

    where: tuple[Condition, ...]
    order: str
    columns: tuple[tuple[str, str], ...]
    """Field and header."""
    size: int = 20


class Panel(Fact):
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

    def title_in(self, language: str) -> str:
        """The title in a language."""
        return translator(language, "dashboards")(self.title)


class Dashboard(Fact):
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
