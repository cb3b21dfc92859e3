"""List everything that is wrong now, for the light on every page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipeline.context import Context
from pipeline.health.freshness import quiet_sources
from pipeline.health.heartbeat import overdue_tasks


@dataclass(frozen=True)
class Alarm:
    """Hold one thing that is wrong."""

    kind: Literal["scheduler", "worker", "source", "quiet", "settings", "search"]
    """`source`: it is not collected any more; `quiet`: it is, and brings nothing new; `search`: the search engine does not answer."""
    since: datetime | None = None
    name: str = ""
    """Of the source, or the section of the profile."""
    every_minutes: int = 0
    """How often the source should be collected."""


def alarms(context: Context, at: datetime) -> list[Alarm]:
    """Return what is wrong, the worst first; empty while all is well."""
    found = []
    for one in overdue_tasks(context, at):
        kind: Literal["scheduler", "worker", "source"] = (
            "worker" if one.worker else "source" if one.source else "scheduler"
        )
        found.append(Alarm(kind, one.last, one.source or "", one.every_minutes))
    overdue = {one.name for one in found}
    found += [Alarm("quiet", since, name) for name, since in quiet_sources(context, at) if name not in overdue]
    return found + [Alarm("settings", name=section) for section in context.overlay_problems]
