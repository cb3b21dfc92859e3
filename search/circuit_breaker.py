"""The circuit breaker between pages and the search engine: a page waits 3 s at most, and not again for one that is away.

closed --a question failed--> open (nothing is asked for OPEN_S) --one greeting, by one page--> closed, or open again
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from core.config.settings import Settings
from core.errors import ConfigurationError, UnavailableError
from search.engine import Engine, NotRunningError, connect, is_current

PAGE_S = 3.0
"""What a page may spend on the search engine in all."""
OPEN_S = 10.0
PROBE_S = 0.25
"""The page that greets an engine again waits so long for it; the greeting itself goes on behind it."""

T = TypeVar("T")


@dataclass
class CircuitBreaker:
    """One a process; may be used by several threads."""

    settings: Settings
    page_s: float = PAGE_S
    open_s: float = OPEN_S
    _engine: Engine | None = None
    _why: UnavailableError | ConfigurationError | None = None
    _open_until: float = 0.0
    _probing: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, question: Callable[[Engine], T], seconds: float | None = None) -> T:
        """The answer to a question, or an error within `seconds` (None: what a page may spend), whatever the engine does.

        Raises:
            UnavailableError: it does not answer, or did not a moment ago.
            ConfigurationError: it does not let us in.
        """
        began, limit = time.monotonic(), seconds or self.page_s
        self._let_pass()
        return self._asked(question, limit - (time.monotonic() - began))

    def _asked(self, question: Callable[[Engine], T], seconds: float) -> T:
        try:
            return in_time(lambda: question(self._connected(seconds).within(seconds)), seconds)
        except NotRunningError:
            raise
        except (UnavailableError, ConfigurationError) as error:
            self._opens(error)
            raise

    def _let_pass(self) -> None:
        """Nothing while it is closed; else one caller greets the engine anew and the others are told at once."""
        with self._lock:
            why = self._why
            if why is None:
                return
            if self._probing or time.monotonic() < self._open_until:
                raise type(why)(str(why))
            self._probing = True
        try:
            in_time(self._probe, PROBE_S)
        except UnavailableError:
            raise type(why)(str(why)) from None

    def _probe(self) -> None:
        """Greet the engine; what comes of it counts even when the page no longer waits."""
        try:
            self._engine = None
            self._connected(self.page_s)
        except NotRunningError:  # found out without a request: it need not be spared
            self._why = None
            raise
        except (UnavailableError, ConfigurationError) as error:
            self._opens(error)
            raise
        finally:
            with self._lock:
                self._probing = False
        with self._lock:
            self._why = None

    def _connected(self, seconds: float) -> Engine:
        engine = self._engine
        if engine is None or not is_current(engine, self.settings):
            engine = connect(self.settings, start_embedded=False, greet_s=seconds)
            self._engine = engine
        return engine

    def _opens(self, error: UnavailableError | ConfigurationError) -> None:
        with self._lock:
            self._why, self._engine = error, None
            self._open_until = time.monotonic() + self.open_s


def in_time(call: Callable[[], T], seconds: float) -> T:
    """The result of a call, given up after `seconds`: also where no socket is to blame, as when a name is looked up.

    Raises:
        UnavailableError: the time is over.
    """
    result: dict[str, Any] = {}

    def work() -> None:
        try:
            result["value"] = call()
        except BaseException as error:
            result["error"] = error

    thread = threading.Thread(target=work, name="search", daemon=True)
    thread.start()
    thread.join(max(0.0, seconds))
    if "error" in result:
        raise result["error"]
    if "value" not in result:
        raise UnavailableError(f"the search engine gave no answer within {seconds:.1f} s")
    return cast(T, result["value"])
