"""Connect to Bluesky: signing in, requests, error responses."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast

import httpx
from atproto import Client, Request
from atproto.exceptions import AtProtocolError, RequestErrorBase, UnauthorizedError
from pydantic import SecretStr

from collectors.http.limits import ACCEPT_ENCODING, OversizedError, decompress, read_in_time
from collectors.http.refusals import Meaning, Refusal, Refusals, unusable_response, wait_if_busy
from collectors.parsing import Item
from core.errors import SourceError, StreamError
from core.json_limits import read_json
from core.records.collection import Budget

TIMEOUT_S = 20.0
FAILURES = (AtProtocolError, httpx.HTTPError, OversizedError, zlib.error, ValueError)

REFUSALS = Refusals(otherwise=Meaning("{who} refused with {words}; tried again later", wait=wait_if_busy("ratelimit-reset")))
SIGN_IN = Refusals(
    Meaning(
        "{who} requires a second factor: set ESCUCHA_BLUESKY_APP_PASSWORD to an app password, not the main one",
        codes={"AuthFactorTokenRequired"},
        kind=StreamError,
        fatal=True,
    ),
    otherwise=Meaning(
        "{who} rejected this account, or its app password was revoked: set ESCUCHA_BLUESKY_HANDLE and "
        "ESCUCHA_BLUESKY_APP_PASSWORD to valid ones",
        kind=StreamError,
        fatal=True,
    ),
)


class FailedError(SourceError):
    """Report an error status or an unusable response.

    `status` and `message` are set if there was a response.
    """

    status: int | None = None
    message: str = ""


@dataclass
class Account:
    """Sign in to the city's account when it is first needed.

    The live stream needs no account, and sign-ins are rate limited.
    """

    handle: str
    password: SecretStr
    budget: Budget
    _client: Client
    """The client, before it is signed in."""
    is_signed_in: bool = False
    refusal: StreamError | None = None
    """The error of a failed sign-in in this run."""

    def client(self) -> Client:
        """Return the signed-in client.

        Raises:
            StreamError: the account is not accepted; streams that need none can still be read.
            SourceError: an error status or no usable response.
        """
        if self.refusal is not None:
            raise self.refusal
        if not self.is_signed_in:
            try:
                _sign_in(self._client, self.handle, self.password, self.budget)
            except StreamError as error:
                self.refusal = error
                raise
            self.is_signed_in = True
        return self._client


@contextmanager
def open_account(base_url: str, handle: str, password: SecretStr, budget: Budget, agent: str) -> Iterator[Account]:
    """Open the city's account; close its connections at the end."""
    line = _LimitedRequest(timeout=TIMEOUT_S, event_hooks={"response": [_decompress_body, _skip_parsing]})
    line.add_additional_header("User-Agent", agent)
    try:
        yield Account(handle, password, budget, Client(base_url, request=line))
    finally:
        line.close()


class _LimitedRequest(Request):  # type: ignore[misc]  # the library has no type hints
    """Restrict content encodings, and limit the total time of a response."""

    def _send_request(self, method: str, url: str, **kw: Any) -> httpx.Response:
        kw["headers"] = {**(kw.get("headers") or {}), "Accept-Encoding": ACCEPT_ENCODING}
        response: httpx.Response = read_in_time(partial(super()._send_request, method, url, **kw))
        return response


def _decompress_body(response: httpx.Response) -> None:
    """Replace the body stream by its decompressed content.

    The library would decompress it without a limit.
    """
    line = cast(httpx.SyncByteStream, response.stream)
    content = decompress(line, response.headers.pop("content-encoding", ""))
    line.close()
    response.stream = httpx.ByteStream(content)


def _skip_parsing(response: httpx.Response) -> None:
    """Keep the library from parsing the posts.

    Its parser rejects a whole page for half a character in one post.
    """
    if response.url.path.startswith(("/xrpc/app.bsky.", "/xrpc/com.atproto.repo.")) and response.is_success:
        response.headers.pop("content-type", None)


def _sign_in(client: Client, handle: str, password: SecretStr, budget: Budget) -> None:
    budget.spend(1)
    try:
        # without the profile: that of a new account is available only after a while, and the sign-in would fail
        client.login(handle, password.get_secret_value(), fetch_bsky_profile=False)
    except UnauthorizedError as error:
        raise _sign_in_error(error, budget.now) from None
    except FAILURES as error:
        raise _failure(error, budget.now) from None


def _sign_in_error(error: UnauthorizedError, now: datetime) -> SourceError:
    content = error.response.content if error.response is not None else None
    return SIGN_IN.error(Refusal(401, codes=[str(getattr(content, "error", ""))]), now, "Bluesky")


def get_posts(client: Client, method: str, params: Any, budget: Budget) -> Item:
    """Return a list of posts.

    Raises:
        SourceError: an error status or no usable response.
    """
    content = to_json(client, method, params, budget)
    if not isinstance(content, dict) or not isinstance(content.get("posts"), list):
        raise SourceError("Bluesky returned something that is not a list of posts")
    return content


def to_json(client: Client, method: str, params: Any, budget: Budget) -> Any:
    """Return the response as JSON.

    In the library's models one malformed post would cost its whole page.

    Raises:
        FailedError: an error status or no usable response.
    """
    budget.spend(1)
    try:
        return read_json(client.invoke_query(method, params=params, output_encoding="application/json").content)
    except FAILURES as error:
        raise _failure(error, budget.now) from None


def _failure(error: Exception, now: datetime) -> FailedError:
    response = error.response if isinstance(error, RequestErrorBase) else None
    if response is None:
        return FailedError(str(unusable_response("Bluesky", error)))
    refused = REFUSALS.error(Refusal(response.status_code, response.headers), now, "Bluesky", words=str(error)[:120])
    failed = FailedError(str(refused), retry_after=refused.retry_after)
    failed.status, failed.message = response.status_code, str(error)
    return failed
