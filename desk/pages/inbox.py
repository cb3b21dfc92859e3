"""Receive posts from the council's web form and other tools.

Requests need a token and are limited; each post gets a receipt.
"""

import hmac
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from core.errors import EscuchaError
from core.json_limits import read_json
from core.web.client_address import caller
from core.web.rate_limits import RateLimit
from pipeline.context import Context
from pipeline.sources import Source
from pipeline.steps.receive import INBOX, receive

LINES = frozenset({"application/x-ndjson", "application/jsonl", "application/json-lines"})
RETRY_S = 60


class InboxRefusedError(EscuchaError):
    """Refuse a request as a whole; `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class InboxEndpoint:
    """Handle requests to the inbox; one per process.

    A form on a foreign page cannot post here: browsers do not let it add the token.
    """

    context: Context
    failed_tokens: RateLimit = field(default_factory=lambda: RateLimit(10, RETRY_S))
    """Limit of wrong tokens per address."""
    _requests: RateLimit | None = None

    async def handle(self, request: Request) -> JSONResponse:
        """Return a receipt for each post, in order.

        Nothing is stored when the request as a whole is refused.
        """
        try:
            source = self._source(request)
            items = _items(request, await _body(request, source), source)
            receipts = await run_in_threadpool(receive, self.context, items)
        except InboxRefusedError as error:
            return _refusal(error.status, str(error))
        except EscuchaError as error:
            return _refusal(503, str(error))
        counts = Counter(receipt.result for receipt in receipts)
        return JSONResponse({**counts, "posts": [receipt.model_dump(exclude_none=True) for receipt in receipts]})

    def _source(self, request: Request) -> Source:
        """Return the inbox, after checks of configuration, token and rate."""
        source = self.context.sources.get(INBOX)
        if source is None:
            raise InboxRefusedError(404, "this city has no inbox: add [sources.inbox] to its profile")
        if source.off or source.secrets is None:
            raise InboxRefusedError(503, f"the inbox is {source.off}")
        token: str = source.secrets.inbox_token.get_secret_value()  # type: ignore[attr-defined]  # Secrets of the inbox
        if not _has_token(request, token):
            known = self.failed_tokens.admits(caller(request.client.host if request.client else ""))
            raise (InboxRefusedError(401, "missing or wrong token: send Authorization: Bearer TOKEN") if known else _too_often())
        self._requests = self._requests or RateLimit(source.options.per_minute, 60)  # type: ignore[attr-defined]
        if not self._requests.admits(INBOX):
            raise _too_often()
        return source


def _has_token(request: Request, token: str) -> bool:
    """Return True for the right token, compared in constant time."""
    kind, _, sent = request.headers.get("authorization", "").partition(" ")
    return hmac.compare_digest(sent.strip().encode(), token.encode()) and kind.lower() == "bearer"


async def _body(request: Request, source: Source) -> bytes:
    """Read the request's body up to the limit, whatever Content-Length says."""
    largest: int = source.options.max_bytes  # type: ignore[attr-defined]
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > largest:
            raise InboxRefusedError(413, f"more than {largest:,} bytes: send fewer posts at a time")
    return bytes(content)


def _items(request: Request, content: bytes, source: Source) -> list[Any]:
    """Parse the posts: a JSON object, a list, or one per line."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in LINES | {"application/json"}:
        raise InboxRefusedError(415, "send application/json (one post or a list) or application/x-ndjson (one per line)")
    try:
        text = content.decode("utf-8")
        found = [read_json(line) for line in text.split("\n") if line.strip()] if kind in LINES else read_json(text)
    except ValueError:
        raise InboxRefusedError(400, "the body is not JSON in UTF-8; nothing was stored") from None
    items = found if isinstance(found, list) else [found]
    largest: int = source.options.max_posts  # type: ignore[attr-defined]
    if len(items) > largest:
        raise InboxRefusedError(413, f"{len(items)} posts: send at most {largest} per request")
    return items


def _too_often() -> InboxRefusedError:
    return InboxRefusedError(429, "too many requests: wait a minute")


def _refusal(status: int, message: str) -> JSONResponse:
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": str(RETRY_S)}, 503: {"Retry-After": "5"}}
    return JSONResponse({"error": message}, status, headers.get(status))
