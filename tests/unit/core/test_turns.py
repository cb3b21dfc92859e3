"""Each town has its turn in a task with one time limit, however slow another one is.

The signals are real, the clock is not: who is slow uses up its turn at once, on a busy machine too.
"""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.runtime import turns
from core.runtime.turns import TurnEndedError, last_turn, turn

TOWNS = ("aranjuez", "getafe", "parla")
LIMIT_S = 600.0


class TaskTimeoutError(BaseException):
    """What the task's own limit raises, as Airflow's does."""


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(turns, "time", SimpleNamespace(monotonic=lambda: _clock[0]))

    def end(*_: object) -> None:
        raise TaskTimeoutError

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


_clock = [0.0]


def use_up_the_turn() -> None:
    """Do what a timer does when its time is over."""
    _clock[0] += signal.getitimer(signal.ITIMER_REAL)[0] + 1
    signal.raise_signal(signal.SIGALRM)


def run(home: Path, *slow: str, wrong: str = "") -> tuple[list[str], list[str]]:
    """Give each town its turn; return the order, and who was cut off."""
    order, cut = [], []
    in_turn = sorted(TOWNS, key=lambda town: last_turn(home / town, "collect-x"))
    for at, town in enumerate(in_turn):
        order.append(town)
        try:
            with turn(home / town, "collect-x", len(in_turn) - at):
                if town in slow:
                    use_up_the_turn()
                if town == wrong:
                    raise ValueError(town)
        except TurnEndedError:
            cut.append(town)
        except ValueError:
            pass
    return order, cut


def test_a_slow_first_town_leaves_the_others_their_turns_and_is_last_the_next_time(tmp_path: Path) -> None:
    assert run(tmp_path, "aranjuez") == (["aranjuez", "getafe", "parla"], ["aranjuez"])
    assert signal.getitimer(signal.ITIMER_REAL)[0] > LIMIT_S / 2  # its share was a third
    order, cut = run(tmp_path, "aranjuez")
    assert (order, cut) == (["getafe", "parla", "aranjuez"], ["aranjuez"])
    assert signal.getitimer(signal.ITIMER_REAL)[0] > 0  # the task ends by itself, and says which town it was


def test_who_fails_by_itself_keeps_its_place(tmp_path: Path) -> None:
    run(tmp_path, wrong="aranjuez")
    assert last_turn(tmp_path / "aranjuez", "collect-x")[0] is False


def test_who_had_no_turn_is_first_in_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LEAST_S", LIMIT_S)  # a turn takes all that is left
    order, cut = run(tmp_path, "aranjuez", "getafe")
    assert (order, cut) == (list(TOWNS), list(TOWNS))
    assert sorted(TOWNS, key=lambda town: last_turn(tmp_path / town, "collect-x")) == ["getafe", "parla", "aranjuez"]


def test_the_limit_of_the_task_holds_on_after_the_turns(tmp_path: Path) -> None:
    run(tmp_path)
    assert signal.getitimer(signal.ITIMER_REAL)[0] > LIMIT_S / 2
    with pytest.raises(TaskTimeoutError):
        signal.raise_signal(signal.SIGALRM)


def test_without_a_limit_and_outside_the_main_thread_a_turn_is_not_limited(tmp_path: Path) -> None:
    done = []

    def use() -> None:
        with turn(tmp_path, "verify", 2):
            done.append(True)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    signal.setitimer(signal.ITIMER_REAL, 0)
    use()
    assert (done, signal.getitimer(signal.ITIMER_REAL)[0]) == ([True, True], 0)


def test_each_step_has_turns_of_its_own_and_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    run(tmp_path, "aranjuez")
    assert last_turn(tmp_path / "aranjuez", "collect-youtube") == (False, 0)
    (tmp_path / "run").write_text("a file where the folder should be")
    with turn(tmp_path, "verify", 1):
        pass
