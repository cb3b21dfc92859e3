"""Who may do what on the desk, and what a browser may do with its pages."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.config.settings import Settings
from core.errors import ConfigurationError

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
HSTS = {"Strict-Transport-Security": "max-age=31536000"}
"""Only where people reach the desk by https."""
RIGHTS: dict[str, frozenset[str]] = {
    "reader": frozenset({"read"}),
    "agent": frozenset({"read", "work"}),
    "admin": frozenset({"read", "work", "originals", "manage"}),
}
"""reader looks; agent works cases and labels; admin may open originals, manage users and read the audit log."""
LOCAL_USER = "desk"
"""Who acts on a desk without users: it answers direct requests of its own machine only."""


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


def users_demanded(settings: Settings) -> bool:
    """Return True for a desk that is meant for others than the person at this machine."""
    named = urlsplit(settings.desk_address).hostname or ""
    return bool(settings.trusted_networks) or not (is_loopback(settings.desk_host) and is_loopback(named))


def refuse_plain_http(settings: Settings) -> None:
    """Refuse to let passwords cross a network unencrypted.

    Raises:
        ConfigurationError: says what to set.
    """
    encrypted = settings.desk_address.startswith("https://") and bool(settings.trusted_networks)
    if not (is_loopback(settings.desk_host) or encrypted or settings.desk_plain_http):
        raise ConfigurationError(
            f"ESCUCHA_DESK_HOST={settings.desk_host}: passwords would cross the network unencrypted. Put a web server with TLS before "
            "the desk (deploy/nginx/escucha.conf), set ESCUCHA_DESK_URL=https://... and name it in ESCUCHA_TRUSTED_PROXIES; or, where "
            "nobody else is on that network, set ESCUCHA_DESK_PLAIN_HTTP=true"
        )


def allowed_hosts(settings: Settings) -> list[str]:
    """Names under which the desk answers: any other Host header is a rebinding attack."""
    named = urlsplit(settings.desk_address).hostname
    return sorted({"127.0.0.1", "localhost", "[::1]", settings.desk_host, *([named] if named else [])} - {"0.0.0.0"})  # noqa: S104
