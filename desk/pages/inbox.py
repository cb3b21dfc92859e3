"""The inbox's slot: where the council's web form and other tools hand in posts, with a token, within limits, and get a receipt."""

import hmac
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from core.errors import EscuchaError
from core.json_limits import read_json
from desk.http.client_address import caller
from desk.http.rate_limits import RateLimit
from pipeline.context import Context, Source
from pipeline.receive import INBOX, receive

LINES = frozenset({"application/x-ndjson", "application/jsonl", "application/json-lines"})
RETRY_S = 60


class RefusedError(EscuchaError):
    """The request as a whole is not taken; `status` says which kind of wrong it is."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class InboxEndpoint:
    """One a process. A form on a foreign page cannot send here: browsers give it no way to add the token."""

    context: Context
    strangers: RateLimit = field(default_factory=lambda: RateLimit(10, RETRY_S))
    """Wrong tokens, for each address."""
    _requests: RateLimit | None = None

    async def answer(self, request: Request) -> JSONResponse:
        """A receipt for each post, in their order; nothing is stored when the request as a whole is refused."""
        try:
            source = self._source(request)
            items = _items(request, await _body(request, source), source)
            receipts = await run_in_threadpool(receive, self.context, items)
        except RefusedError as error:
            return _refusal(error.status, str(error))
        except EscuchaError as error:
            return _refusal(503, str(error))
        counts = Counter(receipt.result for receipt in receipts)
        return JSONResponse({**counts, "posts": [receipt.model_dump(exclude_none=True) for receipt in receipts]})

    def _source(self, request: Request) -> Source:
        """The inbox, when this city has one, this caller may use it, and not too often."""
        source = self.context.sources.get(INBOX)
        if source is None:
            raise RefusedError(404, "this city has no inbox: add [sources.inbox] to its profile")
        if source.off or source.secrets is None:
            raise RefusedError(503, f"the inbox is {source.off}")
        token: str = source.secrets.inbox_token.get_secret_value()  # type: ignore[attr-defined]  # the inbox's own Secrets
        if not _shows(request, token):
            known = self.strangers.admits(caller(request.client.host if request.client else ""))
            raise RefusedError(401, "show the token: Authorization: Bearer ...") if known else _too_often()
        self._requests = self._requests or RateLimit(source.options.per_minute, 60)  # type: ignore[attr-defined]
        if not self._requests.admits(INBOX):
            raise _too_often()
        return source


def _shows(request: Request, token: str) -> bool:
    """Compared in a time that tells nothing about where it differs."""
    kind, _, sent = request.headers.get("authorization", "").partition(" ")
    return hmac.compare_digest(sent.strip().encode(), token.encode()) and kind.lower() == "bearer"


async def _body(request: Request, source: Source) -> bytes:
    """The request's content; broken off at the limit, whatever length it claims to have."""
    largest: int = source.options.max_bytes  # type: ignore[attr-defined]
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > largest:
            raise RefusedError(413, f"more than {largest:,} bytes: send fewer posts at a time")
    return bytes(content)


def _items(request: Request, content: bytes, source: Source) -> list[Any]:
    """The posts: one JSON object, a list of them, or one a line."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in LINES | {"application/json"}:
        raise RefusedError(415, "send application/json (one post or a list) or application/x-ndjson (one a line)")
    try:
        text = content.decode("utf-8")
        found = [read_json(line) for line in text.split("\n") if line.strip()] if kind in LINES else read_json(text)
    except ValueError:
        raise RefusedError(400, "this is not JSON in UTF-8; nothing was stored") from None
    items = found if isinstance(found, list) else [found]
    largest: int = source.options.max_posts  # type: ignore[attr-defined]
    if len(items) > largest:
        raise RefusedError(413, f"{len(items)} posts; at most {largest} a request")
    return items


def _too_often() -> RefusedError:
    return RefusedError(429, "too many requests: wait a minute")


def _refusal(status: int, words: str) -> JSONResponse:
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": str(RETRY_S)}, 503: {"Retry-After": "5"}}
    return JSONResponse({"error": words}, status, headers.get(status))
