"""Block requests by foreign web pages to Airflow's pages and API.

Such pages can reach a loopback address from an employee's browser. Airflow accepts any Host header, so a page of `evil.example` whose
name resolves to 127.0.0.1 (DNS rebinding) gets in, and under `make run` every visitor is an administrator. Airflow loads this file from
AIRFLOW__CORE__PLUGINS_FOLDER.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_CONTENT_TYPES = frozenset({"text/plain", "multipart/form-data", "application/x-www-form-urlencoded"})
"""Content types a form on a foreign page can send without a CORS preflight; Airflow's API uses JSON."""


class ForeignPages:
    """Accept only requests to Airflow's host names, from its own pages.

    ASGI middleware.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], names: Iterable[str]) -> None:
        self.app = app
        self.names = frozenset(names) | LOOPBACK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403 with the reason."""
        problem = self.problem(scope) if scope["type"] == "http" else None
        if problem is None:
            await self.app(scope, receive, partial(_unframed, send))
            return
        body = json.dumps({"detail": problem}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def problem(self, scope: Scope) -> str | None:
        """Return why this request is refused; None: it is allowed."""
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or _name(f"//{hosts[0]}") not in self.names:
            return "unknown host name: set AIRFLOW__API__BASE_URL to the address that users open"
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if self._is_foreign(scope["method"], headers, hosts[0]):
            return "requests by pages of other sites are refused"
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if scope["method"] not in SAFE_METHODS and kind in FORM_CONTENT_TYPES and "/api/" in scope["path"]:
            return "Airflow's API accepts application/json only"
        return None

    def _is_foreign(self, method: str, headers: Mapping[str, str], host: str) -> bool:
        """Return whether a browser reports another page as the origin.

        Following a link is allowed.
        """
        site, mode = headers.get("sec-fetch-site", "none"), headers.get("sec-fetch-mode", "navigate")
        if site not in ("same-origin", "none") and (method not in SAFE_METHODS or mode != "navigate"):
            return True
        origin = headers.get("origin")
        if origin is None or (origin == "null" and headers.get("sec-fetch-site") == "same-origin"):
            return False
        return urlsplit(origin).netloc != host and _name(origin) not in self.names - LOOPBACK


async def _unframed(send: Send, message: dict[str, Any]) -> None:
    """Forbid other pages to show Airflow in a frame (clickjacking)."""
    if message["type"] == "http.response.start":
        refused = [(b"x-frame-options", b"SAMEORIGIN"), (b"content-security-policy", b"frame-ancestors 'self'")]
        message = {**message, "headers": [*message.get("headers", []), *refused]}
    await send(message)


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def own_names() -> set[str]:
    """Return the host names of Airflow from its settings.

    Those users and workers connect to.
    """
    addresses = [conf.get("api", "base_url", fallback=""), conf.get("core", "execution_api_server_url", fallback="")]
    return {name for address in addresses if (name := _name(address))}


class ForeignPagesPlugin(AirflowPlugin):
    """Install the middleware before everything Airflow serves."""

    name = "escucha_foreign_pages"
    fastapi_root_middlewares = [  # noqa: RUF012  as Airflow declares it
        {"middleware": ForeignPages, "kwargs": {"names": own_names()}, "name": "Escucha: no foreign pages"}
    ]
