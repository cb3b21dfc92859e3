"""Send what a network publishes, and classify failures; nothing is sent twice.

A request that may have reached the network has an unknown outcome; only a connection that could not be opened, and a status by which
the network says that it took nothing, allow another try. `WritingClient` sends requests itself; networks with a client library of
their own use the `error_of_` functions.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import requests

from collectors.http import session as sessions
from collectors.http.errors import error_name, was_never_sent
from collectors.text import visible_text
from core.errors import ConfigurationError, OutcomeUnknownError, RefusedError, UnavailableError
from core.text import one_line

TIMEOUT_S = 30.0
MAX_QUOTE = 300
"""Characters of the network's own message that are quoted."""
WAIT = frozenset({408, 425, 429})
"""Statuses by which servers of a `WritingClient` say that they took nothing and may be asked again."""
BUSY = frozenset({429, 503})
"""The same of networks with a client library of their own; there 408 has an unknown outcome."""
TIMED_OUT = 408
WORDS = ("error", "message", "error_description", "errors")
"""Fields of an error response that hold its code and its message."""
_SIGNS = re.compile(r"[\W_]+")

WritingError = RefusedError | UnavailableError | OutcomeUnknownError


@dataclass(frozen=True)
class WritingClient:
    """Send requests to one server; none is retried, no redirect is followed."""

    server: str
    """Address without a slash at its end."""
    variables: str
    """Environment variables that hold the login, for messages."""
    session: requests.Session
    headers: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str, params: Mapping[str, str] | None = None, accept: tuple[int, ...] = ()) -> Any:
        """Return the decoded JSON of a GET.

        Responses with a status in `accept` are returned too.
        """
        return self._json("GET", path, UnavailableError, accept, params=params)

    def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None, accept: tuple[int, ...] = ()) -> Any:
        """Return the decoded JSON of a POST with a JSON body.

        Responses with a status in `accept` are returned too.
        """
        return self._json("POST", path, OutcomeUnknownError, accept, json=body, headers=headers)

    def lost(self, why: str) -> OutcomeUnknownError:
        """Return the error for an unintelligible response to a POST."""
        return OutcomeUnknownError(f"{self.server} gave no usable answer ({why})")

    def _json(self, method: str, path: str, lost: type[Exception], accept: tuple[int, ...], **request: Any) -> Any:
        response = self._response(method, path, lost, **request)
        if response.status_code not in accept:
            self._raise_refusal(response, lost)
        try:
            return response.json()
        except ValueError:
            raise lost(f"{self.server} gave no usable answer (the response is not JSON)") from None

    def _response(self, method: str, path: str, lost: type[Exception], **request: Any) -> requests.Response:
        headers = {**self.headers, **(request.pop("headers", None) or {})}
        address = f"{self.server}{path}"
        try:
            return self.session.request(method, address, headers=headers, timeout=TIMEOUT_S, allow_redirects=False, **request)
        except requests.RequestException as error:
            kind = UnavailableError if was_never_sent(error) else lost
            raise kind(f"{self.server} gave no usable answer ({error_name(error)})") from None

    def _raise_refusal(self, response: requests.Response, lost: type[Exception]) -> None:
        """Raise the error that an error status means."""
        status, words = response.status_code, error_words(response)
        if status == 401 or (status == 403 and "API username or key is invalid" in words):
            raise ConfigurationError(f"{self.server} rejected the login ({status} {words}): set {self.variables}")
        if status in WAIT:
            raise UnavailableError(f"{self.server} asks to try later ({status} {words})")
        if status >= 500:
            raise lost(f"{self.server} failed ({status} {words})")
        if 300 <= status < 400:
            raise ConfigurationError(f"{self.server} redirects elsewhere ({status}): check its address")
        if status >= 400:
            raise RefusedError(f"{self.server} refused it ({status}): {words}")


def error_words(response: requests.Response) -> str:
    """Return the server's own message on one line; `no message` without one."""
    try:
        content = response.json()
    except ValueError:
        return "no message"
    if not isinstance(content, dict):
        return "no message"
    found = [content[name] for name in WORDS if content.get(name)]
    texts = [str(part) for one in found for part in (one if isinstance(one, list) else [one])]
    return shorten(one_line(": ".join(texts))) or "no message"


def letters_of(text: str, is_html: bool = False) -> str:
    """Reduce a text to its letters and digits.

    Used to compare a sent text with what a network shows.
    """
    return _SIGNS.sub("", visible_text(text) if is_html else text).casefold()


@contextmanager
def open_writer(server: str, variables: str, agent: str, headers: Mapping[str, str] | None = None) -> Iterator[WritingClient]:
    """Open a client that never sleeps; close its connections at the end."""
    with sessions.limited_session(agent) as session:
        yield WritingClient(server.rstrip("/"), variables, session, headers or {})


def error_of_failure(who: str, error: BaseException) -> UnavailableError | OutcomeUnknownError:
    """Return the error of a request that got no usable response.

    Args:
        who: display name of the network.
        error: what the client library raised.
    """
    if was_never_sent(error):
        return UnavailableError(f"no connection to {who} ({error_name(error)}): nothing was sent")
    return OutcomeUnknownError(f"{who} did not confirm the answer ({error_name(error)})")


def error_of_status(who: str, status: int, words: str) -> WritingError:
    """Return the error of a response with an error status.

    Args:
        who: display name of the network.
        status: of HTTP.
        words: the network's own message.
    """
    if status in BUSY:
        return UnavailableError(f"{who} takes nothing now ({status}): tried again later. {shorten(words)}".strip())
    if 400 <= status < 500 and status != TIMED_OUT:
        return RefusedError(f"{who} refused the answer ({status}): {shorten(words) or 'no reason given'}")
    return OutcomeUnknownError(f"{who} failed with {status}, and may have taken the answer")


def shorten(words: str) -> str:
    """Shorten a message to one line of at most `MAX_QUOTE` characters."""
    return " ".join(words.split())[:MAX_QUOTE]


def normalise(text: str) -> str:
    """Remove from a text what networks change.

    HTML entities, white space, Unicode form.

    >>> normalise("Obras &amp; plazos\\r\\n en  curso ")
    'Obras & plazos en curso'
    """
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", unescape(text))).strip()
