"""Define the options that all sources share, with per-source defaults.

The defaults are data (`[defaults]` of the manifest, `core.parts`) and not code because Airflow's schedules need `every` and must not import
a collector with the client library of its network.
"""

from datetime import timedelta
from inspect import get_annotations
from typing import Any

from pydantic import Field

from core.errors import ConfigurationError
from core.parts import sources
from core.records import Options, Record


class Deletions(Options):
    """Configure the deletion checks of a source: `[sources.NAME.deletions]`.

    Posts that the network deleted are erased here as well.
    """

    every: timedelta = Field(timedelta(days=1), ge=timedelta(minutes=10))
    """Check a post that the network has not returned for this long."""
    younger_than: timedelta = Field(timedelta(days=30), gt=timedelta(0))
    """Posts received longer ago are no longer checked; `retention` removes them in the end."""
    a_day: int = Field(5000, ge=0)
    """Maximum number of answered checks in a day (UTC), posts not seen for longest first; 0: none."""


class SpendingLimits(Record):
    """Limit what a source may cost; None: no limit."""

    monthly_usd: float | None = None
    """In a calendar month (UTC)."""
    daily_usd: float | None = None
    """In a day (UTC)."""
    daily_requests: int | None = None
    """Requests in a day (UTC)."""
    run_usd: float | None = None
    """In one run."""


class SourceOptions(Options):
    """Hold the keys that mean the same in every table `[sources.NAME]`.

    `class Options(SourceOptions, source="x")` takes the defaults from `[defaults]` of `collectors/x/part.toml`. A key that
    it leaves out, and the class does not declare itself, is not offered: the profile may not set it, and the attribute has
    the value below.
    """

    every: int = Field(60, ge=1)
    """Minutes between two collections."""
    quiet_after: timedelta | None = None
    """Alarm when there is no new post for longer than this. None: no alarm."""
    pages: int = Field(50, ge=1)
    """Maximum pages per run; the next runs continue."""
    deletions: Deletions | None = None
    """Deletion checks: `every`, `younger_than`, `a_day`. None: the network does not support them."""

    def __init_subclass__(cls, source: str = "", **config: Any) -> None:
        # `source` is for the hook below; BaseModel would treat it as a pydantic setting
        super().__init_subclass__(**config)

    @classmethod
    def __pydantic_init_subclass__(cls, source: str = "", **config: Any) -> None:
        """Set the defaults of the shared fields; remove those not offered."""
        super().__pydantic_init_subclass__(**config)
        if not source:
            return
        given, offered, own = default_options(source), _defaults(source), get_annotations(cls)
        for name in SourceOptions.model_fields:
            if name in offered:
                cls.model_fields[name].default = getattr(given, name)
            elif name not in own:
                del cls.model_fields[name]
                setattr(cls, name, getattr(given, name))
        cls.model_rebuild(force=True)

    @property
    def is_live(self) -> bool:
        """Return whether the source brings current posts, not a recording."""
        return True

    def spending_limits(self) -> SpendingLimits:
        """Return the cost limits; none unless the source's options set one."""
        return SpendingLimits()


def default_options(source: str) -> SourceOptions:
    """Return the shared options of a source without a profile.

    Imports no collector.

    >>> default_options("x").every
    15

    Raises:
        ConfigurationError: there is no such source.
    """
    return SourceOptions.model_validate(_defaults(source))


def _defaults(source: str) -> dict[str, Any]:
    if source not in sources():
        raise ConfigurationError(f"collectors/{source}/part.toml: there is no such manifest: write one with `every` under [defaults]")
    return sources()[source].defaults
