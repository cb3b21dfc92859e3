"""Define the rights of roles and the security headers of pages."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from core.config.settings import Settings
from core.errors import ConfigurationError
from core.web.hosts import allowed_names, is_loopback

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


def headers(settings: Settings) -> dict[str, str]:
    """Return the headers of all pages.

    Pictures may come from the server of the map tiles too.
    """
    policy = CONTENT_SECURITY_POLICY
    if settings.tile_origin:
        policy = policy.replace("img-src 'self'", f"img-src 'self' {settings.tile_origin}")
    return {**HEADERS, "Content-Security-Policy": policy}


RIGHTS: dict[str, frozenset[str]] = {
    "reader": frozenset({"read"}),
    "agent": frozenset({"read", "work", "originals"}),
    "lead": frozenset({"read", "work", "originals", "approve"}),
    "admin": frozenset({"read", "work", "originals", "approve", "manage"}),
}
"""A reader only views; an agent also works cases and labels, and opens originals, which is logged; a lead also approves answers where
the profile asks for a lead; an admin also manages users and views the audit log."""
LOCAL_USER = "desk"
"""Name of the user on a desk without users, which answers direct requests from its machine only."""


@dataclass(frozen=True)
class User:
    """Identify the user of a request."""

    name: str
    role: str

    def may(self, right: str) -> bool:
        """Tell whether this user has a right.

        Rights: read, work, originals, approve, manage.

        >>> User("ana", "agent").may("work"), User("ana", "agent").may("manage")
        (True, False)
        """
        return right in RIGHTS[self.role]


def users_demanded(settings: Settings) -> bool:
    """Return True when the desk requires users.

    It does when other machines can reach it.
    """
    named = urlsplit(settings.desk_address).hostname or ""
    return bool(settings.trusted_networks) or not (is_loopback(settings.desk_host) and is_loopback(named))


def refuse_plain_http(settings: Settings) -> None:
    """Refuse a configuration that sends passwords unencrypted over a network.

    Raises:
        ConfigurationError: says what to set.
    """
    encrypted = settings.desk_address.startswith("https://") and bool(settings.trusted_networks)
    if not (is_loopback(settings.desk_host) or encrypted or settings.desk_plain_http):
        raise ConfigurationError(
            f"ESCUCHA_DESK_HOST={settings.desk_host}: passwords would be sent unencrypted over the network. Put a web server with TLS in "
            "front of the desk (deploy/nginx/escucha.conf), set ESCUCHA_DESK_URL=https://... and list the server in "
            "ESCUCHA_TRUSTED_PROXIES; or, on a network that only you use, set ESCUCHA_DESK_PLAIN_HTTP=true"
        )


def allowed_hosts(settings: Settings) -> list[str]:
    """List the host names of the desk."""
    return allowed_names(settings.desk_host, settings.desk_address)
