"""Limit attempts per client, per account and for log-ins as a whole.

Memory is bounded.
"""

import hmac
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from threading import Lock

from core.privacy.pseudonyms import keyed_hash

MAX_CALLERS = 10_000
"""Beyond this number the least recent caller is dropped, never all: a flood must not reset its own counters."""
FREE_TRIES = 10
"""Attempts for one account, from anywhere, before it must wait."""
MAX_WAIT_S = 900.0
FORGET_S = 86_400.0
MAX_NAME = 64


@dataclass
class RateLimit:
    """Allow at most `allowed` attempts per caller in a window.

    >>> limit = RateLimit(allowed=1, window_s=60)
    >>> limit.admits("192.0.2.1"), limit.admits("192.0.2.1"), limit.admits("192.0.2.2")
    (True, False, True)
    """

    allowed: int
    window_s: float
    clock: Callable[[], float] = time.monotonic
    _tries: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def admits(self, caller: str) -> bool:
        """Count one attempt; return False when this caller has had too many."""
        moment = self.clock()
        with self._lock:
            tries = self._tries.setdefault(caller, deque())
            self._tries.move_to_end(caller)
            while tries and tries[0] < moment - self.window_s:
                tries.popleft()
            admitted = len(tries) < self.allowed
            if admitted:
                tries.append(moment)
            while len(self._tries) > MAX_CALLERS:
                self._tries.popitem(last=False)
        return admitted

    def wait_s(self, caller: str) -> int:
        """Return in how many seconds the caller is admitted again; 0: now."""
        with self._lock:
            tries = self._tries.get(caller, deque())
            wait = tries[0] + self.window_s - self.clock() if len(tries) >= self.allowed else 0.0
        return max(0, ceil(wait))

    def refund(self, caller: str) -> None:
        """Take back the caller's latest attempt, which succeeded."""
        with self._lock:
            if tries := self._tries.get(caller):
                tries.pop()

    def forgive(self, caller: str) -> None:
        """Reset the attempts of a caller."""
        with self._lock:
            self._tries.pop(caller, None)


@dataclass
class BackOff:
    """Double the wait after each further attempt, after some free ones."""

    clock: Callable[[], float] = time.monotonic
    _tries: OrderedDict[str, tuple[int, float, float]] = field(default_factory=OrderedDict)
    """Per caller: attempts so far, time when the next is admitted, time of the last."""
    _lock: Lock = field(default_factory=Lock)

    def admits(self, caller: str) -> bool:
        """Count one attempt; return False while this caller must wait."""
        moment = self.clock()
        with self._lock:
            count, not_before, last = self._tries.get(caller, (0, 0.0, moment))
            if moment - last > FORGET_S:
                count, not_before = 0, 0.0
            if moment < not_before:
                return False
            count += 1
            wait = 0.0 if count < FREE_TRIES else min(MAX_WAIT_S, 2.0 ** min(count - FREE_TRIES, 20))
            self._tries[caller] = (count, moment + wait, moment)
            self._tries.move_to_end(caller)
            while len(self._tries) > MAX_CALLERS:
                self._tries.popitem(last=False)
        return True

    def forgive(self, caller: str) -> None:
        """Reset the attempts of a caller."""
        with self._lock:
            self._tries.pop(caller, None)


@dataclass
class LoginLimits:
    """Limit log-ins by account and address, by account, and by address.

    Where the real address is hidden, all callers share one: wrong attempts then slow down the accounts they name, and never a
    browser in which this account has logged in before, which has separate limits (OWASP calls it a device cookie).
    """

    pairs: RateLimit = field(default_factory=lambda: RateLimit(5, 300))
    addresses: RateLimit = field(default_factory=lambda: RateLimit(60, 300))
    browsers: RateLimit = field(default_factory=lambda: RateLimit(10, 300))
    accounts: BackOff = field(default_factory=BackOff)

    def admits(self, account: str, address: str, browser: str | None) -> bool:
        """Count one attempt; return False when it must wait.

        The narrowest limit is checked first; when it refuses, the wider ones are not used up.
        """
        account = account[:MAX_NAME]
        if browser is not None:
            return self.browsers.admits(f"{account} {browser}")
        return self.pairs.admits(f"{account} {address}") and self.addresses.admits(address) and self.accounts.admits(account)

    def succeeded(self, account: str, address: str, browser: str | None) -> None:
        """Reset this account's attempts here after a correct password."""
        account = account[:MAX_NAME]
        if browser is not None:
            self.browsers.forgive(f"{account} {browser}")
            return
        self.pairs.forgive(f"{account} {address}")
        self.addresses.refund(address)
        self.accounts.forgive(account)


@dataclass
class ChangeLimits:
    """Limit changes by account, and by address for all its accounts."""

    accounts: RateLimit = field(default_factory=lambda: RateLimit(60, 60))
    addresses: RateLimit = field(default_factory=lambda: RateLimit(300, 60))

    def admits(self, account: str, address: str) -> bool:
        """Count one change; return False when there were too many."""
        return self.accounts.admits(account) and self.addresses.admits(address)


def browser_mark(salt: bytes, account: str, nonce: str) -> str:
    """Return the device cookie's value for an account that has logged in."""
    return f"{nonce}.{keyed_hash(salt, 'browser', f'{account} {nonce}')}"


def known_browser(salt: bytes, account: str, mark: str) -> str | None:
    """Return the nonce of this account's valid device cookie, or None."""
    nonce, _, _ = mark.partition(".")
    good = bool(nonce) and hmac.compare_digest(browser_mark(salt, account, nonce).encode(), mark.encode())
    return nonce if good else None
