"""Say how one town of several is, for the operator of all.

Numbers and what is wrong; nothing of a post or a person.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.config.towns import ServedTown
from core.errors import EscuchaError
from core.runtime import turns
from core.runtime.disk import MB
from ledger import read
from ledger.read import Steps
from ledger.retention import suppressions
from ledger.system import heartbeat
from pipeline.context import Context, now, view_context
from pipeline.health.alarms import Alarm, alarms


@dataclass(frozen=True)
class TownHealth:
    """Hold the state of a town.

    Without `seen`, its ledger cannot be opened.
    """

    town: ServedTown
    free_mb: int | None
    """On the disk of its folder; None: there is none yet."""
    problem: str = ""
    """Why it cannot be opened, or what its ledger lacks."""
    seen: "TownNumbers | None" = None


@dataclass(frozen=True)
class TownNumbers:
    """Hold what the ledger of a town says."""

    city: str
    ledger: str
    collected_at: datetime | None
    """When a source was last asked."""
    steps: Steps
    unsent: int
    """Messages of the outbox that wait, those to citizens."""
    wrong: Sequence[Alarm]
    cut: Sequence[str]
    """Steps whose last turn took more than the town's share."""


def health_of(town: ServedTown) -> TownHealth:
    """Look at a town; changes nothing, and fails for none."""
    free = _free_mb(town.settings.home)
    try:
        with view_context(town.profile, town.settings) as context:
            return TownHealth(town, free, suppressions.journal_problem(context.ledger) or "", _numbers(context))
    except (EscuchaError, OSError) as error:
        return TownHealth(town, free, str(error))
    except Exception as error:  # a bug in what this town alone has; its message may quote a post
        return TownHealth(town, free, f"internal error in Escucha ({type(error).__name__}), please report it")


def _numbers(context: Context) -> TownNumbers:
    return TownNumbers(
        city=context.city.name,
        ledger=context.ledger.describe(),
        collected_at=max(heartbeat.last_runs(context.ledger).values(), default=None),
        steps=read.steps(context.ledger),
        unsent=read.outbox_left(context.ledger, "citizen").waiting,
        wrong=alarms(context, now()),
        cut=turns.cut_off(context.settings.home),
    )


def _free_mb(home: Path) -> int | None:
    """Return the free space on the disk of a folder, in MB."""
    try:
        found = os.statvfs(home)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize // MB
