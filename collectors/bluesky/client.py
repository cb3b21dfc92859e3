"""How we reach Bluesky: signing in, asking, and what its refusals mean."""

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

from collectors.http.limits import PACKINGS, OversizedError, decompress, read_in_time
from collectors.http.refusals import Meaning, Refusal, Refusals, if_busy, no_answer
from collectors.parsing import Item
from core.collection import Budget
from core.errors import SourceError, StreamError
from core.json_limits import read_json

TIMEOUT_S = 20.0
FAILURES = (AtProtocolError, httpx.HTTPError, OversizedError, zlib.error, ValueError)

REFUSALS = Refusals(
    otherwise=Meaning("{who} refused with {words}; tried again later", wait=if_busy("ratelimit-reset")),
)
SIGN_IN = Refusals(
    Meaning(
        "{who} asks for a second factor: set ESCUCHA_BLUESKY_APP_PASSWORD to an app password, not the main one",
        codes={"AuthFactorTokenRequired"},
        kind=StreamError,
        fatal=True,
    ),
    otherwise=Meaning(
        "{who} does not accept this account, or its app password was withdrawn: set ESCUCHA_BLUESKY_HANDLE and "
        "ESCUCHA_BLUESKY_APP_PASSWORD to valid ones",
        kind=StreamError,
        fatal=True,
    ),
)


class FailedError(SourceError):
    """Bluesky refused or failed; `status` and what it `said` when there was an answer."""

    status: int | None = None
    said: str = ""


@dataclass
class Account:
    """The city's account, signed in when it is first needed: the stream of everything asks for none, and sign-ins are counted."""

    handle: str
    password: SecretStr
    budget: Budget
    unused: Client
    """The line, before it is signed in."""
    is_in: bool = False
    refusal: StreamError | None = None
    """What this run was told already."""

    def client(self) -> Client:
        """The line to ask on.

        Raises:
            StreamError: the account is not accepted; what needs none can be read all the same.
            SourceError: Bluesky refused or failed, in words.
        """
        if self.refusal is not None:
            raise self.refusal
        if not self.is_in:
            try:
                _sign_in(self.unused, self.handle, self.password, self.budget)
            except StreamError as error:
                self.refusal = error
                raise
            self.is_in = True
        return self.unused


@contextmanager
def open_account(base_url: str, handle: str, password: SecretStr, budget: Budget, agent: str) -> Iterator[Account]:
    """The city's account; its connections are closed at the end."""
    line = _Limited(timeout=TIMEOUT_S, event_hooks={"response": [_read_whole, _leave_to_us]})
    line.add_additional_header("User-Agent", agent)
    try:
        yield Account(handle, password, budget, Client(base_url, request=line))
    finally:
        line.close()


class _Limited(Request):  # type: ignore[misc]  # the library tells no types
    """Asks for what we unpack ourselves, and gives an answer its time."""

    def _send_request(self, method: str, url: str, **kw: Any) -> httpx.Response:
        kw["headers"] = {**(kw.get("headers") or {}), "Accept-Encoding": PACKINGS}
        answer: httpx.Response = read_in_time(partial(super()._send_request, method, url, **kw))
        return answer


def _read_whole(response: httpx.Response) -> None:
    """Puts the answer in the place of the line it comes from; the library would unpack it without end."""
    line = cast(httpx.SyncByteStream, response.stream)
    content = decompress(line, response.headers.pop("content-encoding", ""))
    line.close()
    response.stream = httpx.ByteStream(content)


def _leave_to_us(response: httpx.Response) -> None:
    """Keeps the library from reading what was asked for: its parser refuses a whole page for half a character in one post."""
    if response.url.path.startswith(("/xrpc/app.bsky.", "/xrpc/com.atproto.repo.")) and response.is_success:
        response.headers.pop("content-type", None)


def _sign_in(client: Client, handle: str, password: SecretStr, budget: Budget) -> None:
    budget.spend(1)
    try:
        # without the profile: the network shows a new account's profile only after a while, and refuses the whole sign-in
        client.login(handle, password.get_secret_value(), fetch_bsky_profile=False)
    except UnauthorizedError as error:
        raise _not_let_in(error, budget.now) from None
    except FAILURES as error:
        raise _failure(error, budget.now) from None


def _not_let_in(error: UnauthorizedError, now: datetime) -> SourceError:
    content = error.response.content if error.response is not None else None
    return SIGN_IN.error(Refusal(401, codes=[str(getattr(content, "error", ""))]), now, "Bluesky")


def get_posts(client: Client, method: str, params: Any, budget: Budget) -> Item:
    """A list of posts.

    Raises:
        SourceError: Bluesky refused or failed, in words.
    """
    content = to_json(client, method, params, budget)
    if not isinstance(content, dict) or not isinstance(content.get("posts"), list):
        raise SourceError("Bluesky answered something that is no list of posts")
    return content


def to_json(client: Client, method: str, params: Any, budget: Budget) -> Any:
    """The answer as plain JSON: one odd post must not cost its whole page, as it would in the library's models.

    Raises:
        FailedError: Bluesky refused or failed, in words.
    """
    budget.spend(1)
    try:
        return read_json(client.invoke_query(method, params=params, output_encoding="application/json").content)
    except FAILURES as error:
        raise _failure(error, budget.now) from None


def _failure(error: Exception, now: datetime) -> FailedError:
    response = error.response if isinstance(error, RequestErrorBase) else None
    if response is None:
        return FailedError(str(no_answer("Bluesky", error)))
    refused = REFUSALS.error(Refusal(response.status_code, response.headers), now, "Bluesky", words=str(error)[:120])
    failed = FailedError(str(refused), retry_after=refused.retry_after)
    failed.status, failed.said = response.status_code, str(error)
    return failed
