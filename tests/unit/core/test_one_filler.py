"""Forty threads that want the same thing at once get one, made once."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from core.runtime.one_filler import one_filler, one_filler_property

THREADS = 40


def ask_at_once(ask: Callable[[], Any]) -> list[Any]:
    """Ask in forty threads that begin together; return what each got."""
    gate = Barrier(THREADS)

    def one(_: int) -> Any:
        gate.wait()
        try:
            return ask()
        except OSError as error:
            return str(error)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_each_key_is_filled_once_and_everybody_gets_the_same() -> None:
    fills: list[str] = []

    @one_filler(maxsize=2)
    def load(name: str) -> object:
        fills.append(name)
        time.sleep(0.05)  # all forty are inside before the first is done
        return object()

    assert len(set(ask_at_once(lambda: load("madrid")))) == 1
    assert len(set(ask_at_once(lambda: load("getafe")))) == 1
    assert fills == ["madrid", "getafe"]


def test_a_slow_key_does_not_hold_up_another() -> None:
    met = Barrier(2, timeout=10)

    @one_filler(maxsize=2)
    def load(name: str) -> str:
        met.wait()  # both are being loaded
        return name

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(load, ["madrid", "getafe"])) == ["madrid", "getafe"]


def test_an_error_is_not_kept_and_the_next_one_tries_again() -> None:
    tries: list[int] = []

    @one_filler(maxsize=1)
    def load() -> str:
        tries.append(len(tries))
        if len(tries) < 3:
            raise OSError("the disk is away")
        return "good"

    assert sorted(ask_at_once(load)) == ["good"] * (THREADS - 2) + ["the disk is away"] * 2
    assert tries == [0, 1, 2]


def test_what_was_not_asked_for_longest_makes_room() -> None:
    fills: list[str] = []

    @one_filler(maxsize=2)
    def load(name: str) -> str:
        fills.append(name)
        return name

    for name in ("a", "b", "a", "c", "a", "b"):
        assert load(name) == name
    assert fills == ["a", "b", "c", "b"]
    load.cache_clear()
    assert (load("a"), fills[-1]) == ("a", "a")


def test_a_property_is_filled_once_for_each_object() -> None:
    class Places:
        fills = 0

        @one_filler_property
        def index(self) -> object:
            Places.fills += 1
            time.sleep(0.02)
            return object()

    one, other = Places(), Places()
    assert len({*ask_at_once(lambda: one.index), *ask_at_once(lambda: other.index)}) == 2
    assert Places.fills == 2


def test_its_name_and_words_are_those_of_the_function() -> None:
    @one_filler(maxsize=1)
    def load(name: str) -> str:
        """Load one."""
        return name

    assert (load.__name__, load.__doc__, load("a")) == ("load", "Load one.", "a")
