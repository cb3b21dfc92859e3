"""Keep what is costly to make, made by one thread.

`functools.lru_cache` lets every thread that finds nothing make it: forty first visitors loaded forty gazetteers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, update_wrapper
from threading import Lock, RLock
from typing import Any, Generic, ParamSpec, TypeVar, overload

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class _Slot(Generic[T]):
    """Hold the result for one key; [] until it is made."""

    made: list[T] = field(default_factory=list)
    filling: Any = field(default_factory=RLock)
    """Held by the thread that makes it."""


class OneFiller(Generic[P, T]):
    """Call a function once for each key, whatever many threads ask.

    The others wait for the result. An error is not kept: the next thread tries again.
    """

    __name__: str
    __wrapped__: Callable[P, T]

    def __init__(self, fill: Callable[P, T], maxsize: int) -> None:
        self._fill = fill
        self._finding = Lock()

        def slot(*_key: Any, **_named: Any) -> _Slot[T]:
            return _Slot()

        self._slots = lru_cache(maxsize)(slot)
        self.cache_clear = self._slots.cache_clear
        self.cache_info = self._slots.cache_info
        update_wrapper(self, fill)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result that is kept, or make it."""
        with self._finding:
            slot = self._slots(*args, **kwargs)  # type: ignore[arg-type]  # unhashable arguments raise TypeError, as in lru_cache
        if not slot.made:
            with slot.filling:
                if not slot.made:
                    slot.made.append(self._fill(*args, **kwargs))
        return slot.made[0]


def one_filler(maxsize: int) -> Callable[[Callable[P, T]], OneFiller[P, T]]:
    """Keep the last `maxsize` results, each made by one thread."""

    def decorate(fill: Callable[P, T]) -> OneFiller[P, T]:
        return OneFiller(fill, maxsize)

    return decorate


class one_filler_property(cached_property[T]):  # noqa: N801  read as a decorator, like its parent
    """Make the value of a property once, by one thread.

    `cached_property` does so up to Python 3.11 only.
    """

    def __init__(self, fill: Callable[[Any], T]) -> None:
        super().__init__(fill)
        self._filling = RLock()

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> "one_filler_property[T]": ...

    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> T: ...

    def __get__(self, instance: object, owner: type[Any] | None = None) -> Any:
        """Return the value that is kept, or make it."""
        if instance is None:
            return self
        with self._filling:
            kept = instance.__dict__
            name = self.attrname or ""
            return kept[name] if name in kept else super().__get__(instance, owner)
