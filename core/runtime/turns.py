"""Give each town its turn in a task with one limit.

A town has its share of the time that is left, one that ends early leaves the rest to the others, and one that was cut off is last the next
time: there it has all that the others leave, and keeps none of them from its turn.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from core.errors import EscuchaError

LEAST_S = 60.0
"""A turn is not shorter than this, so that each gets something done; then not all towns may have one in this run, and the others come first
in the next."""
SPARE_S = 5.0
"""Left to the task for its own end: its limit must not end it without a word about the town."""
BEGUN, ENDED = "begun", "ended"


class TurnEndedError(EscuchaError):
    """Report that a town's time was used up.

    Its next turn goes on. A retry would come too soon: the next run is due in minutes.
    """

    fatal = True


class _TurnOver(BaseException):
    """End a turn from outside, as a kill of the process would."""


def last_turn(home: Path, step: str) -> tuple[bool, int]:
    """Return whether the last turn was cut off, and when it was.

    Sorts the towns: first who has waited longest, last who was cut off.
    """
    try:
        return _mark(home, step).read_text(encoding="ascii") != ENDED, _mark(home, step).stat().st_mtime_ns
    except OSError:  # there was none
        return False, 0


def cut_off(home: Path) -> list[str]:
    """Return the steps whose last turn was cut off, or still runs."""
    try:
        steps = sorted(one.name for one in (home / "run" / "turns").iterdir())
    except OSError:
        return []
    return [step for step in steps if last_turn(home, step)[0]]


@contextmanager
def turn(home: Path, step: str, waiting: int) -> Iterator[None]:
    """Limit the work inside to the share of one town.

    Args:
        home: state folder of the town.
        step: what is done in the turn.
        waiting: the towns that have had no turn yet, with this one.

    Raises:
        TurnEndedError: the time was used up, or none was left.
    """
    with _limited(lambda left: min(max(left / waiting, LEAST_S), left - SPARE_S)):
        _note(home, step, BEGUN)
        try:
            yield
        except Exception:
            _note(home, step, ENDED)  # it failed by itself and took no other town's time
            raise
        _note(home, step, ENDED)


@contextmanager
def _limited(share: Callable[[float], float]) -> Iterator[None]:
    """End the work inside after a share of the time left.

    Airflow sets the timer of the process for the whole task. Without one there is no limit.
    """
    if threading.current_thread() is not threading.main_thread() or not (left := signal.getitimer(signal.ITIMER_REAL)[0]):
        yield
        return
    seconds, began = share(left), time.monotonic()
    if seconds <= 0:
        raise TurnEndedError("no time was left for this town: it comes first in the next run")

    def end(_number: int, _frame: FrameType | None) -> None:
        raise _TurnOver

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except _TurnOver:
        raise TurnEndedError(
            f"not done after {seconds:.0f} s, so that other towns have their turn; what is left is done in the next run, where this town "
            "is last and has the time that the others leave"
        ) from None
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - began), 0.001))


def _note(home: Path, step: str, mark: str) -> None:
    with suppress(OSError):  # the order of turns is no reason to do nothing
        _mark(home, step).parent.mkdir(parents=True, exist_ok=True)
        _mark(home, step).write_text(mark, encoding="ascii")


def _mark(home: Path, step: str) -> Path:
    return home / "run" / "turns" / step
