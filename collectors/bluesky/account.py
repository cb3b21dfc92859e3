"""Sign in to Bluesky to write.

The session is kept, because sign-ins are rate limited.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from pydantic import SecretStr

from collectors.http.writing import WritingClient, open_writer
from collectors.parsing import Item, object_of
from core.errors import ConfigurationError, OutcomeUnknownError, RefusedError, UnavailableError

VARIABLES = "ESCUCHA_BLUESKY_HANDLE and ESCUCHA_BLUESKY_APP_PASSWORD"
KEPT_S = 3600.0
"""A session is used for so long; its token is valid for two hours."""
EXPIRED = ("ExpiredToken", "Token has expired", "InvalidToken", "Token could not be verified")
_sessions: dict[tuple[str, str, str], tuple[float, Item]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class SignedIn:
    """Hold the city's account on its own server."""

    did: str
    client: WritingClient
    kept_as: tuple[str, str, str]

    def get(self, method: str, params: Mapping[str, str]) -> Item:
        """Return the response of a query; errors are those of `WritingClient.get`."""
        with self._renewing():
            return _table(self.client.get(f"/xrpc/{method}", params), UnavailableError)

    def call(self, method: str, body: Item) -> Item:
        """Return the response of a procedure; errors are those of `WritingClient.post`."""
        with self._renewing():
            return _table(self.client.post(f"/xrpc/{method}", body), OutcomeUnknownError)

    @contextmanager
    def _renewing(self) -> Iterator[None]:
        """Drop the session when its token has expired.

        The next try signs in again.
        """
        try:
            yield
        except (RefusedError, ConfigurationError) as error:
            if isinstance(error, ConfigurationError) or any(reason in str(error) for reason in EXPIRED):
                _sessions.pop(self.kept_as, None)
                raise UnavailableError(f"the session has expired, the next try signs in again: {error}") from None
            raise


@contextmanager
def sign_in(base_url: str, handle: str, password: SecretStr, agent: str) -> Iterator[SignedIn]:
    """Sign in or reuse the session; close the connections afterwards."""
    kept_as = (base_url, handle, password.get_secret_value())
    with open_writer(base_url, VARIABLES, agent) as client:
        session = _session(client, kept_as)
        headers = {"Authorization": f"Bearer {session['accessJwt']}"}
        server = _own_server(session) or client.server
        yield SignedIn(str(session["did"]), replace(client, server=server, headers=headers), kept_as)


def _session(client: WritingClient, kept_as: tuple[str, str, str]) -> Item:
    with _lock:
        until, session = _sessions.get(kept_as, (0.0, {}))
        if time.monotonic() < until:
            return session
        _, handle, password = kept_as
        try:
            session = client.post("/xrpc/com.atproto.server.createSession", {"identifier": handle, "password": password})
        except OutcomeUnknownError as error:  # a sign-in publishes nothing
            raise UnavailableError(str(error)) from None
        except RefusedError as error:
            raise ConfigurationError(f"{error}; set {VARIABLES}") from None
        session = _table(session, UnavailableError)
        if not isinstance(session.get("accessJwt"), str) or not isinstance(session.get("did"), str):
            raise UnavailableError("Bluesky answered the sign-in without a session")
        _sessions[kept_as] = (time.monotonic() + KEPT_S, session)
        return session


def _own_server(session: Item) -> str | None:
    """Return the server that holds the account.

    The address used for the sign-in may be only an entry point.
    """
    services = object_of(session, "didDoc").get("service")
    for one in services if isinstance(services, list) else []:
        if isinstance(one, dict) and one.get("id") == "#atproto_pds" and isinstance(one.get("serviceEndpoint"), str):
            return str(one["serviceEndpoint"]).rstrip("/")
    return None


def _table(found: Any, lost: type[Exception]) -> Item:
    if not isinstance(found, dict):
        raise lost("Bluesky answered in another form than published")
    return found
