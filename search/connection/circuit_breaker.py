"""Stop web pages from waiting for a search engine that is down.

A page waits at most 3 s for the engine, and the following pages do not wait at all.

closed --a request failed--> open (no request for OPEN_S) --one page probes the engine--> closed, or open again
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from core.config.settings import Settings
from core.errors import ConfigurationError, UnavailableError
from search.connection.engine import Engine, NotRunningError, connect, is_current

PAGE_S = 3.0
"""Total time that a page may wait for the search engine."""
OPEN_S = 10.0
PROBE_S = 0.25
"""Time that the page which probes an engine waits; the probe continues in the background."""

T = TypeVar("T")


@dataclass
class CircuitBreaker:
    """Guard requests to the search engine; one per process, thread-safe."""

    settings: Settings
    page_s: float = PAGE_S
    open_s: float = OPEN_S
    _engine: Engine | None = None
    _error: UnavailableError | ConfigurationError | None = None
    _open_until: float = 0.0
    _probing: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, query: Callable[[Engine], T], seconds: float | None = None) -> T:
        """Run a query within `seconds` (None: the limit of a page).

        Raises:
            UnavailableError: the engine does not answer, or did not a moment ago.
            ConfigurationError: it rejects our credentials or certificate settings.
        """
        began, limit = time.monotonic(), seconds or self.page_s
        self._admit()
        return self._run(query, limit - (time.monotonic() - began))

    def _run(self, query: Callable[[Engine], T], seconds: float) -> T:
        try:
            return with_timeout(lambda: query(self._connected(seconds).within(seconds)), seconds)
        except NotRunningError:
            raise
        except (UnavailableError, ConfigurationError) as error:
            self._trip(error)
            raise

    def _admit(self) -> None:
        """Pass while closed; after the pause one caller probes the engine.

        The other callers fail at once with the last error.
        """
        with self._lock:
            error = self._error
            if error is None:
                return
            if self._probing or time.monotonic() < self._open_until:
                raise type(error)(str(error))
            self._probing = True
        try:
            with_timeout(self._probe, PROBE_S)
        except UnavailableError:
            raise type(error)(str(error)) from None

    def _probe(self) -> None:
        """Connect to the engine.

        The result counts even if the page that asked for it no longer waits.
        """
        try:
            self._engine = None
            self._connected(self.page_s)
        except NotRunningError:  # found without a request, so there is nothing to protect the page from
            self._error = None
            raise
        except (UnavailableError, ConfigurationError) as error:
            self._trip(error)
            raise
        finally:
            with self._lock:
                self._probing = False
        with self._lock:
            self._error = None

    def _connected(self, seconds: float) -> Engine:
        engine = self._engine
        if engine is None or not is_current(engine, self.settings):
            engine = connect(self.settings, start_embedded=False, timeout_s=seconds, is_reader=True)
            self._engine = engine
        return engine

    def _trip(self, error: UnavailableError | ConfigurationError) -> None:
        with self._lock:
            self._error, self._engine = error, None
            self._open_until = time.monotonic() + self.open_s


def with_timeout(call: Callable[[], T], seconds: float) -> T:
    """Run a call in a thread and return its result within `seconds`.

    The limit also holds where no socket timeout applies, such as name resolution.

    Raises:
        UnavailableError: the time is over.

    >>> with_timeout(lambda: 6 * 7, 5.0)
    42
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
        raise UnavailableError(f"the search engine did not answer within {seconds:.1f} s")
    return cast(T, result["value"])
