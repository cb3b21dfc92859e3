"""Limits on tries, in bounded memory: of a caller, of an account, and of a log-in as a whole."""

import hmac
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from core.privacy.pseudonyms import keyed_hash

MAX_CALLERS = 10_000
"""Beyond it the caller that was silent for longest is dropped, never all of them: a flood must not reset its own counters."""
FREE_TRIES = 10
"""Wrong passwords of one account, from anywhere, before it has to wait."""
LONGEST_WAIT_S = 900.0
FORGET_S = 86_400.0
LONGEST_NAME = 64


@dataclass
class RateLimit:
    """At most `allowed` tries in a window, for each caller."""

    allowed: int
    window_s: float
    clock: Callable[[], float] = time.monotonic
    _tries: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def admits(self, caller: str) -> bool:
        """Count one try; False when this caller has had too many."""
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

    def refund(self, caller: str) -> None:
        """Take back the latest try of a caller: it was a good one."""
        with self._lock:
            if tries := self._tries.get(caller):
                tries.pop()

    def forgive(self, caller: str) -> None:
        """Forget all tries of a caller."""
        with self._lock:
            self._tries.pop(caller, None)


@dataclass
class BackOff:
    """Make each further try wait twice as long, after some free ones."""

    clock: Callable[[], float] = time.monotonic
    _tries: OrderedDict[str, tuple[int, float, float]] = field(default_factory=OrderedDict)
    """For each caller: tries so far, when the next is admitted, when the last was made."""
    _lock: Lock = field(default_factory=Lock)

    def admits(self, caller: str) -> bool:
        """Count one try; False while this caller has to wait."""
        moment = self.clock()
        with self._lock:
            count, not_before, last = self._tries.get(caller, (0, 0.0, moment))
            if moment - last > FORGET_S:
                count, not_before = 0, 0.0
            if moment < not_before:
                return False
            count += 1
            wait = 0.0 if count < FREE_TRIES else min(LONGEST_WAIT_S, 2.0 ** min(count - FREE_TRIES, 20))
            self._tries[caller] = (count, moment + wait, moment)
            self._tries.move_to_end(caller)
            while len(self._tries) > MAX_CALLERS:
                self._tries.popitem(last=False)
        return True

    def forgive(self, caller: str) -> None:
        """Forget all tries of a caller."""
        with self._lock:
            self._tries.pop(caller, None)


@dataclass
class LoginLimits:
    """Limit log-ins by account and address, by account, by address; a browser that logged in before has limits of its own.

    Where the real address is hidden, all callers share one: wrong tries then slow down the accounts they name, and never a
    browser in which this account has logged in before (OWASP calls it a device cookie).
    """

    pairs: RateLimit = field(default_factory=lambda: RateLimit(5, 300))
    addresses: RateLimit = field(default_factory=lambda: RateLimit(60, 300))
    browsers: RateLimit = field(default_factory=lambda: RateLimit(10, 300))
    accounts: BackOff = field(default_factory=BackOff)

    def admits(self, account: str, address: str, browser: str | None) -> bool:
        """Count one try; False when it must wait. The narrowest limit comes first and spends nothing of the wider ones."""
        account = account[:LONGEST_NAME]
        if browser is not None:
            return self.browsers.admits(f"{account} {browser}")
        return (
            self.pairs.admits(f"{account} {address}")
            and self.addresses.admits(address)
            and self.accounts.admits(account)
        )

    def succeeded(self, account: str, address: str, browser: str | None) -> None:
        """The password was right: this try, and wrong ones of the same account here, count no more."""
        account = account[:LONGEST_NAME]
        if browser is not None:
            self.browsers.forgive(f"{account} {browser}")
            return
        self.pairs.forgive(f"{account} {address}")
        self.addresses.refund(address)
        self.accounts.forgive(account)


@dataclass
class ChangeLimits:
    """Limit changes by account, and by address for all accounts behind it."""

    accounts: RateLimit = field(default_factory=lambda: RateLimit(60, 60))
    addresses: RateLimit = field(default_factory=lambda: RateLimit(300, 60))

    def admits(self, account: str, address: str) -> bool:
        """Count one change; False when there were too many."""
        return self.accounts.admits(account) and self.addresses.admits(address)


def browser_mark(salt: bytes, account: str, nonce: str) -> str:
    """Make the value of the cookie that says: this account has logged in here."""
    return f"{nonce}.{keyed_hash(salt, 'browser', f'{account} {nonce}')}"


def known_browser(salt: bytes, account: str, mark: str) -> str | None:
    """Return the browser's nonce when its cookie is ours and of this account."""
    nonce, _, _ = mark.partition(".")
    good = bool(nonce) and hmac.compare_digest(browser_mark(salt, account, nonce).encode(), mark.encode())
    return nonce if good else None
