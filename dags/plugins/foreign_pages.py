"""Keep foreign web pages away from Airflow's page and API: they can reach a loopback address from the officer's own browser.

Airflow answers to any Host header, so a page of `evil.example` that lets its name point to 127.0.0.1 (DNS rebinding) is let in, and
under `make run` everybody is administrator. Airflow loads this file from AIRFLOW__CORE__PLUGINS_FOLDER.
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
READING = frozenset({"GET", "HEAD", "OPTIONS"})
SIMPLE = frozenset({"text/plain", "multipart/form-data", "application/x-www-form-urlencoded"})
"""What a form on a foreign page can send without asking first; Airflow's API speaks JSON."""


class ForeignPages:
    """ASGI middleware: answer only to Airflow's own names, and to requests of its own pages."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], names: Iterable[str]) -> None:
        self.app = app
        self.names = frozenset(names) | LOOPBACK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or say why it is refused."""
        problem = self.problem(scope) if scope["type"] == "http" else None
        if problem is None:
            await self.app(scope, receive, partial(_unframed, send))
            return
        body = json.dumps({"detail": problem}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def problem(self, scope: Scope) -> str | None:
        """Return why this request is not answered; None: it is."""
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or _name(f"//{hosts[0]}") not in self.names:
            return "Airflow does not answer to this name. Set AIRFLOW__API__BASE_URL to the address that people use."
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if self._is_foreign(scope["method"], headers, hosts[0]):
            return "Airflow answers no request of another site's page."
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if scope["method"] not in READING and kind in SIMPLE and "/api/" in scope["path"]:
            return "Airflow's API takes application/json only."
        return None

    def _is_foreign(self, method: str, headers: Mapping[str, str], host: str) -> bool:
        """Return True for what a browser says comes from another page; following a link is no harm."""
        site, mode = headers.get("sec-fetch-site", "none"), headers.get("sec-fetch-mode", "navigate")
        if site not in ("same-origin", "none") and (method not in READING or mode != "navigate"):
            return True
        origin = headers.get("origin")
        if origin is None or (origin == "null" and headers.get("sec-fetch-site") == "same-origin"):
            return False
        return urlsplit(origin).netloc != host and _name(origin) not in self.names - LOOPBACK


async def _unframed(send: Send, message: dict[str, Any]) -> None:
    """Let no other page show Airflow in a frame and have people click what they do not see."""
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
    """Return the names under which people and workers reach Airflow, from its own settings."""
    addresses = [conf.get("api", "base_url", fallback=""), conf.get("core", "execution_api_server_url", fallback="")]
    return {name for address in addresses if (name := _name(address))}


class ForeignPagesPlugin(AirflowPlugin):
    """Puts the middleware before everything Airflow serves."""

    name = "escucha_foreign_pages"
    fastapi_root_middlewares = [  # noqa: RUF012  as Airflow declares it
        {"middleware": ForeignPages, "kwargs": {"names": own_names()}, "name": "Escucha: no foreign pages"}
    ]
