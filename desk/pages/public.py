"""Serve the pages for citizens: response times and privacy notice."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.i18n.display_names import display_name
from core.privacy.redaction.figures import load_figures
from core.records.post import is_example
from desk.rendering import language_of, page
from desk.state import Desk
from pipeline.context import Context, now
from reports.output import open_data
from reports.output.open_data import ResponseTimes

FRESH_S = 60.0
KINDS = {"csv": "text/csv", "json": "application/json"}


@dataclass
class ResponseTimesCache:
    """Cache the response times for FRESH_S seconds.

    Requests during the first count wait without a thread; during later counts they get the previous numbers.
    """

    context: Context
    _times: ResponseTimes | None = None
    _at: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def now(self) -> float:
        """Return seconds of a monotonic clock."""
        return time.monotonic()

    async def times(self) -> ResponseTimes:
        """Return the numbers, at most a minute old.

        While they are counted again it returns the previous ones.
        """
        if self._times is not None and (self.now() - self._at < FRESH_S or self._lock.locked()):
            return self._times
        async with self._lock:
            if self._times is None or self.now() - self._at >= FRESH_S:
                self._times = await run_in_threadpool(
                    open_data.response_times, self.context.city, self.context.ledger, now()
                )
                self._at = self.now()
        return self._times


@dataclass
class Public:
    """Serve the public page and its open data."""

    cache: ResponseTimesCache
    _rendered: dict[str, tuple[ResponseTimes, bytes]] = field(default_factory=dict)
    """Rendered forms of the numbers, each with the numbers it was rendered from."""

    async def html(self, request: Request) -> Response:
        """Show the city's response times, by service, district and channel."""
        times = await self.cache.times()
        return self._answer(
            request,
            language_of(request),
            "text/html",
            times,
            lambda: bytes(page(request, "public.html", times=times).body),
        )

    async def data(self, request: Request) -> Response:
        """Return the same numbers as open data."""
        form = request.path_params["form"]
        if form not in KINDS:
            raise HTTPException(404)
        times, render = await self.cache.times(), open_data.as_csv if form == "csv" else open_data.as_json
        return self._answer(request, form, KINDS[form], times, lambda: render(times).encode())

    def _answer(
        self, request: Request, form: str, kind: str, times: ResponseTimes, render: Callable[[], bytes]
    ) -> Response:
        if form not in self._rendered or self._rendered[form][0] is not times:
            self._rendered[form] = (times, render())
        body = self._rendered[form][1]
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {
            "Cache-Control": f"public, max-age={FRESH_S:.0f}",
            "ETag": tag,
            "Vary": "Accept-Language, Cookie",
        }
        if tag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=f"{kind}; charset=utf-8", headers=headers)


def notice(request: Request) -> Response:
    """Show the notice to citizens (GDPR Art. 14), filled from the profile."""
    desk: Desk = request.app.state.desk
    return page(
        request,
        "notice.html",
        sources=sorted(
            display_name("source", name, language_of(request)) for name in desk.context.sources if not is_example(name)
        ),
        days=desk.context.city.retention.days,
        measured=load_figures(),
    )
