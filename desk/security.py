"""Who may do what on the desk, and what a browser may do with its pages."""

import ipaddress
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core.errors import ConfigurationError
from core.settings import Settings

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
RIGHTS: dict[str, frozenset[str]] = {
    "reader": frozenset({"read"}),
    "agent": frozenset({"read", "work"}),
    "admin": frozenset({"read", "work", "originals", "manage"}),
}
"""reader looks; agent works cases and labels; admin may open originals, manage users and read the audit log."""
LOCAL_USER = "desk"
"""Who acts on a desk without users: it listens on loopback only."""


@dataclass(frozen=True)
class User:
    """Who is at the desk."""

    name: str
    role: str

    def may(self, right: str) -> bool:
        """True when this user has the right: read, work, originals, manage."""
        return right in RIGHTS[self.role]


def is_loopback(host: str) -> bool:
    """True for an address that only this machine reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def demand_users(settings: Settings, has_users: bool) -> None:
    """A desk that others can reach needs users.

    Raises:
        ConfigurationError: says how to make one.
    """
    if not is_loopback(settings.desk_host) and not has_users:
        raise ConfigurationError(
            f"ESCUCHA_DESK_HOST={settings.desk_host}: a desk that other machines reach needs users: "
            "make one with `escucha user NAME --role admin` (it reads the password from standard input)"
        )


def allowed_hosts(settings: Settings) -> list[str]:
    """Names under which the desk answers: any other Host header is a rebinding attack."""
    named = urlsplit(settings.desk_address).hostname
    return sorted({"127.0.0.1", "localhost", "[::1]", settings.desk_host, *([named] if named else [])} - {"0.0.0.0"})  # noqa: S104


@dataclass
class RateLimit:
    """At most `allowed` tries a window, for each caller."""

    allowed: int
    window_s: float
    _tries: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def admits(self, caller: str) -> bool:
        """Count one try; False when this caller has had too many."""
        moment, tries = time.monotonic(), self._tries[caller]
        while tries and tries[0] < moment - self.window_s:
            tries.popleft()
        if len(tries) >= self.allowed:
            return False
        tries.append(moment)
        if len(self._tries) > 10_000:  # a flood of addresses must not fill the memory
            self._tries.clear()
        return True
