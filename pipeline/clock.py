"""Compares the clock with what the ledger wrote down: what cannot be undone is done only by a clock that is plausible.

A clock is implausible when it lies behind what was written down already, or when it has jumped: for more than `STANDSTILL` no source
was read and nobody acted, and then time went on. That happens after a long outage too, which only a person can tell from a wrong clock.
Moments written while the clock was wrong do not hide the jump, because every gap since the last forgetting is looked at, not the last one.
"""

from datetime import datetime, timedelta

from core.errors import ClockError
from ledger.database import Ledger
from ledger.system import clock
from ledger.system.clock import Accepted

STANDSTILL = timedelta(days=10)
"""A machine that was off for a week needs nobody's word; one that seems to have been off for longer does."""
BEHIND = timedelta(hours=1)
"""Clocks of several machines may differ, and be set back, by this much."""


def check(ledger: Ledger, now: datetime) -> None:
    """Refuse an implausible clock before something that cannot be undone.

    Raises:
        ClockError: what the ledger knows, what the clock says, and that one of them may be wrong.
    """
    known = clock.accepted(ledger)
    newest = clock.newest(ledger)
    if newest is not None and _is_behind(newest, known, now):
        raise ClockError(
            f"the clock says {_words(now)}, but the ledger was written at {_words(newest)}: the clock is wrong now, or was wrong then"
        )
    jump = clock.longest_jump(ledger, known.at if known else None, now)
    if jump is not None and jump.length > STANDSTILL:
        raise ClockError(
            f"the clock says {_words(now)}, but nothing was written between {_words(jump.start)} and {_words(jump.end)} "
            f"({jump.length.days} days): the clock is wrong, or everything stood still for so long"
        )


def check_not_behind(ledger: Ledger, source: str, now: datetime) -> None:
    """Refuse to read a source by a clock that lies behind its last run: its new posts would be turned away as from the future.

    Raises:
        ClockError: when its last run began, and how the clock is accepted all the same.
    """
    last = clock.newest_run(ledger, source)
    if last is not None and _is_behind(last, clock.accepted(ledger), now):
        raise ClockError(
            f"the clock says {_words(now)}, but {source} was last read at {_words(last)}: nothing was read. "
            "Look at the clock (`date -u`, `timedatectl`); if it is right now and was wrong then, say so with `escucha forget --approve 0`"
        )


def accept(ledger: Ledger, now: datetime, by_person: bool = False) -> None:
    """Remember that this clock is right; moments that lie ahead of it are known to be wrong from now on.

    Only a person's word moves it back: a clock that lies behind is harmless tonight, and would look like a jump tomorrow.
    """
    known, newest = clock.accepted(ledger), clock.newest(ledger)
    # what was written in the last moments, by us or a machine whose clock differs a little, is no sign of a wrong clock
    ahead = [one for one in (newest, known.wrong_until if known else None) if one is not None and one > now + BEHIND]
    at = now if known is None or by_person else max(known.at, now)
    clock.accept(ledger, Accepted(at=at, wrong_until=max(ahead, default=None)))


def _is_behind(newest: datetime, known: Accepted | None, now: datetime) -> bool:
    is_known = known is not None and known.wrong_until is not None and newest <= known.wrong_until
    return newest - now > BEHIND and not is_known


def _words(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
