"""Check that the clock is plausible before an irreversible step.

A clock is implausible when it is behind a time the ledger already holds, or when it has jumped: for more than `STANDSTILL` no source
was collected and no person acted, and then time went on. A long outage looks the same, and only a person can tell it from a wrong clock.
Times written while the clock was wrong do not hide the jump, because every gap since the last `forget` is examined, not only the last one.
"""

from datetime import datetime, timedelta

from core.errors import ClockError
from ledger.database import Ledger
from ledger.system import clock
from ledger.system.clock import Accepted

STANDSTILL = timedelta(days=10)
"""A machine that was off for a week needs no approval; one that seems to have been off for longer does."""
BEHIND = timedelta(hours=1)
"""The clocks of several machines may differ, or be set back, by this much."""


def check(ledger: Ledger, now: datetime) -> None:
    """Refuse an implausible clock before an irreversible step.

    Raises:
        ClockError: names the newest time in the ledger and the clock's time; one of them may be wrong.
    """
    known = clock.accepted(ledger)
    newest = clock.newest(ledger)
    if newest is not None and _is_behind(newest, known, now):
        raise ClockError(
            f"the clock says {_format_time(now)}, but the ledger was written at {_format_time(newest)}: "
            "the clock is wrong now, or was wrong then"
        )
    jump = clock.longest_jump(ledger, known.at if known else None, now)
    if jump is not None and jump.length > STANDSTILL:
        raise ClockError(
            f"the clock says {_format_time(now)}, but nothing was written between {_format_time(jump.start)} and {_format_time(jump.end)} "
            f"({jump.length.days} days): the clock is wrong, or Escucha was not running for that time"
        )


def check_not_behind(ledger: Ledger, source: str, now: datetime) -> None:
    """Refuse to collect a source while the clock is behind.

    The last run of the source is later than the clock, so its new posts would be rejected as dated in the future.

    Raises:
        ClockError: names when the last run began, and how to accept the clock all the same.
    """
    last = clock.newest_run(ledger, source)
    if last is not None and _is_behind(last, clock.accepted(ledger), now):
        raise ClockError(
            f"the clock says {_format_time(now)}, but {source} was last collected at {_format_time(last)}: nothing was collected. "
            "Check the clock (`date -u`, `timedatectl`); if it is right now and was wrong then, accept it with `escucha forget --approve 0`"
        )


def accept(ledger: Ledger, now: datetime, by_person: bool = False) -> None:
    """Record that this clock is right and later times are wrong.

    Only a person may move it back: a clock that is behind does no harm tonight, and would look like a jump tomorrow.
    """
    known, newest = clock.accepted(ledger), clock.newest(ledger)
    # times up to BEHIND ahead may come from this process or from a machine whose clock differs a little: not a wrong clock
    ahead = [one for one in (newest, known.wrong_until if known else None) if one is not None and one > now + BEHIND]
    at = now if known is None or by_person else max(known.at, now)
    clock.accept(ledger, Accepted(at=at, wrong_until=max(ahead, default=None)))


def _is_behind(newest: datetime, known: Accepted | None, now: datetime) -> bool:
    is_known = known is not None and known.wrong_until is not None and newest <= known.wrong_until
    return newest - now > BEHIND and not is_known


def _format_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
