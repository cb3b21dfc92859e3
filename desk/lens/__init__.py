"""Hold what a user looks at: period, comparison, and filters of posts.

    Lens      the frozen value; `request.state.lens` on every staff page
    links     carries the lens in every link and form of a page

The lens is written in the address of every page: `?period=week&topic=noise`. What the address leaves out has its default, and the default
period is the page's own: a list of posts shows 30 days, the case book all open cases.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from core.errors import ConfigurationError
from core.periods import COMPARISONS, FIRST_YEAR, LAST_YEAR, PRESETS, Comparison, Days, Preset, Window, compared_with, window_of
from core.records.annotation import INTENTS, SENTIMENTS, TOPICS
from core.records.area import Area
from ledger.read import PostFilters

__all__ = ["DIMENSIONS", "NAMES", "PLACES", "Lens", "LensError", "Window"]

DIMENSIONS = ("topic", "district", "source", "language", "intent", "sentiment")
"""Filters of posts that the lens holds, by the names of the ledger."""
PLACES = ("barrio", "area")
"""Narrower places: a neighbourhood, and an area drawn on the map."""
NAMES = ("period", "first", "last", "compare", *DIMENSIONS, *PLACES)
"""Parameters of the address that belong to the lens."""
ALLOWED: dict[str, tuple[str, ...]] = {
    "period": PRESETS,
    "compare": COMPARISONS,
    "topic": TOPICS,
    "intent": INTENTS,
    "sentiment": SENTIMENTS,
}
MAX_VALUE = 100
MAX_AREA = 1_000


class LensError(ConfigurationError):
    """Refuse an address whose period or filter cannot be read."""


@dataclass(frozen=True)
class Lens:
    """Hold period, comparison and filters of posts; None: not set."""

    period: Preset | None = None
    days: Days | None = None
    """Only for `custom`."""
    compare: Comparison = "previous"
    topic: str | None = None
    district: str | None = None
    source: str | None = None
    """The channel."""
    language: str | None = None
    intent: str | None = None
    sentiment: str | None = None
    barrio: str | None = None
    area: str | None = None
    """Drawn on the map, as `core.records.area` writes it."""

    @classmethod
    def read(cls, query: QueryParams) -> Self:
        """Read the lens from the parameters of an address.

        >>> Lens.read(QueryParams("period=week&topic=noise")).topic
        'noise'

        Raises:
            LensError: a value is unknown, or a custom range has no day, or its days are not in order.
        """
        given = {name: query[name] for name in NAMES if query.get(name)}
        for name, allowed in ALLOWED.items():
            if name in given and given[name] not in allowed:
                raise LensError("This address names a period, a comparison or a filter that does not exist.")
        if any(len(value) > (MAX_AREA if name == "area" else MAX_VALUE) or not value.isprintable() for name, value in given.items()):
            raise LensError("This address names a period, a comparison or a filter that does not exist.")
        days = _days(given) if given.get("period", "custom") == "custom" else None
        period = given.get("period") or ("custom" if days else None)
        if (period == "custom") != (days is not None):
            raise LensError("A period of your own needs a first or a last day.")
        if "area" in given:
            given["area"] = _area(given["area"])
        values: dict[str, Any] = {name: given[name] for name in ("compare", *DIMENSIONS, *PLACES) if name in given}
        return cls(period=period, days=days, **values)  # type: ignore[arg-type]  # PRESETS holds it

    def changed(self, **changes: Any) -> Self:
        """Return the lens with some values changed.

        Another period removes the days of a range.
        """
        if "period" in changes and changes["period"] != "custom":
            changes = {"days": None, **changes}
        return replace(self, **changes)

    def over(self, period: Preset) -> Self:
        """Return the lens with this period, unless it has one."""
        return self if self.period else self.changed(period=period)

    @property
    def parameters(self) -> dict[str, str]:
        """Return the parameters of the address; defaults are left out."""
        days = {name: str(day) for name, day in zip(("first", "last"), self.days or (), strict=False) if day}
        compare = {} if self.compare == "previous" else {"compare": self.compare}
        filters = {name: getattr(self, name) for name in (*DIMENSIONS, *PLACES) if getattr(self, name)}
        return ({"period": self.period} if self.period else {}) | days | compare | filters

    @property
    def query(self) -> str:
        """Return the lens as the query of an address."""
        return urlencode(self.parameters)

    @property
    def filters(self) -> dict[str, str]:
        """Return the filters that are set, without period and narrower places."""
        return {name: getattr(self, name) for name in DIMENSIONS if getattr(self, name)}

    @property
    def is_narrowed(self) -> bool:
        """Return whether a barrio or an area is set."""
        return bool(self.barrio or self.area)

    def in_places(self, window: Window) -> PostFilters:
        """Return a period and the narrower places as filters of posts.

        The other filters of the lens are left out: facets count by them.
        """
        return PostFilters(since=window.since, until=window.until, barrio=self.barrio, area=self.shape)

    @property
    def shape(self) -> Area | None:
        """Return the area drawn on the map; None without one."""
        return Area.read(self.area) if self.area else None

    def window(self, now: datetime, zone: ZoneInfo) -> Window:
        """Return the bounds of the period; without a period there are none."""
        return window_of(self.period or "all", self.days, now, zone)

    def compared(self, now: datetime, zone: ZoneInfo) -> Window:
        """Return the bounds of the earlier period to compare with.

        They are open without a period or a comparison.
        """
        period = self.period or "all"
        return compared_with(period, self.window(now, zone), self.compare, now, zone)

    def post_filters(self, now: datetime, zone: ZoneInfo) -> PostFilters:
        """Return the lens as filters of posts in the ledger."""
        return PostFilters(
            **self.in_places(self.window(now, zone)),
            topic=self.topic,
            district=self.district,
            source=self.source,
            language=self.language,
            intent=self.intent,
            sentiment=self.sentiment,
        )


def _area(text: str) -> str:
    """Return an area as the addresses of the desk write it."""
    try:
        return Area.read(text).text
    except ValueError:
        raise LensError("The area in this address cannot be read. Draw it again on the map.") from None


def _days(given: dict[str, str]) -> Days | None:
    """Read the days of a custom range; None when neither is given."""
    if "first" not in given and "last" not in given:
        return None
    try:
        first, last = (date.fromisoformat(given[name]) if name in given else None for name in ("first", "last"))
    except ValueError:
        raise LensError("A period of your own needs a first or a last day.") from None
    known = [one for one in (first, last) if one]
    if known != sorted(known) or not all(FIRST_YEAR <= one.year <= LAST_YEAR for one in known):
        raise LensError("The first day of the period must not be after the last day.")
    return first, last
