"""Define what the tables of all sources share in the profile, with the defaults of each from `collectors/defaults.toml`.

The defaults are data and not code because Airflow's schedules need `every` and must not import a collector with the client
library of its network.
"""

import tomllib
from datetime import timedelta
from functools import cache
from inspect import get_annotations
from pathlib import Path
from typing import Any

from pydantic import Field

from core.errors import ConfigurationError
from core.records import Options, Record

DEFAULTS = Path(__file__).resolve().parents[2] / "collectors" / "defaults.toml"


class Deletions(Options):
    """`[sources.NAME.deletions]`: how the network is asked which posts were deleted there; those are forgotten here as well."""

    every: timedelta = Field(timedelta(days=1), ge=timedelta(minutes=10))
    """A post that the network has not shown for so long is asked for."""
    younger_than: timedelta = Field(timedelta(days=30), gt=timedelta(0))
    """Posts that came in longer ago are asked for no more; `retention` removes them in the end."""
    a_day: int = Field(5000, ge=0)
    """At most so many a day (UTC) that the network answers, those unseen the longest first; 0: none."""


class SpendingLimits(Record):
    """What a source may cost; None: no limit."""

    monthly_usd: float | None = None
    """In a calendar month (UTC)."""
    daily_usd: float | None = None
    """In a day (UTC)."""
    daily_requests: int | None = None
    """Requests in a day (UTC)."""
    run_usd: float | None = None
    """In one run."""


class SourceOptions(Options):
    """The keys that mean the same in every table `[sources.NAME]`.

    `class Options(SourceOptions, source="x")` takes the defaults from the section `[x]` of `collectors/defaults.toml`. A key that
    the section leaves out, and the class does not declare itself, is not offered: the profile may not set it, and the attribute has
    the value below.
    """

    every: int = Field(60, ge=1)
    """Minutes between two reads."""
    quiet_after: timedelta | None = None
    """Silent for longer than this: alarm. None: the source may be silent."""
    pages: int = Field(50, ge=1)
    """Pages a run may read at most; the rest is read by the next runs."""
    deletions: Deletions | None = None
    """How the network is asked which posts were deleted: `every`, `younger_than`, `a_day`. None: it cannot be asked."""

    def __init_subclass__(cls, source: str = "", **config: Any) -> None:
        # the argument is for the hook below; BaseModel would take it for a setting of pydantic
        super().__init_subclass__(**config)

    @classmethod
    def __pydantic_init_subclass__(cls, source: str = "", **config: Any) -> None:
        """Give the shared fields the defaults of this source; remove those it does not offer."""
        super().__pydantic_init_subclass__(**config)
        if not source:
            return
        given, offered, own = default_options(source), _defaults()[source], get_annotations(cls)
        for name in SourceOptions.model_fields:
            if name in offered:
                cls.model_fields[name].default = getattr(given, name)
            elif name not in own:
                del cls.model_fields[name]
                setattr(cls, name, getattr(given, name))
        cls.model_rebuild(force=True)

    @property
    def is_live(self) -> bool:
        """Tell whether the source brings what people say now, and not a recording."""
        return True

    def spending_limits(self) -> SpendingLimits:
        """Return what the source may cost; no limit unless its own options set one."""
        return SpendingLimits()


def default_options(source: str) -> SourceOptions:
    """Return the shared options of a source as they are without a profile; imports no collector.

    Raises:
        ConfigurationError: `collectors/defaults.toml` has no such section.
    """
    if source not in _defaults():
        raise ConfigurationError(f"{DEFAULTS}: there is no section [{source}]: add one with at least `every`")
    return SourceOptions.model_validate(_defaults()[source])


@cache
def _defaults() -> dict[str, dict[str, Any]]:
    return tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
