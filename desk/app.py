"""The desk as a web application: its addresses, who may enter, and what happens when something is wrong."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import ConfigurationError, EscuchaError, UnavailableError
from desk import actions, boards, cases, entrance, inbox, now_page, papers, posts, public, sources, words
from desk.desk import Desk
from desk.security import HEADERS, RateLimit, allowed_hosts, csrf_is_right, session_key
from desk.view import page
from escucha.house import House
from search.breaker import Breaker

log = logging.getLogger("escucha")
STALE_FORM = "This form is no longer valid. Please go back, reload the page and try again."
MAX_FORM_BYTES = 100_000


class SecurityHeaders:
    """Puts the security headers on every answer, errors and files included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the headers to the answer's start."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, partial(_send_with_headers, send))


async def _send_with_headers(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        present = {name.lower() for name, _ in message["headers"]}
        extra = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items() if k.lower().encode() not in present]
        message["headers"] = [*message["headers"], *extra]
    await send(message)


@dataclass
class Guarded:
    """A page behind the door: who is it, may he, and does a form come from our own page? The page itself runs in a thread."""

    endpoint: Callable[..., Response]
    right: str

    async def answer(self, request: Request) -> Response:
        """The page, or why not."""
        desk: Desk = request.app.state.desk
        user = await run_in_threadpool(desk.user, request)
        if user is None:
            return RedirectResponse(f"/login?next={quote(request.url.path)}", status_code=303)
        request.state.user = user
        if not user.may(self.right):
            return page(request, "wrong.html", status=403, words="Your role does not allow this.")
        if request.method != "POST":
            return await run_in_threadpool(self.endpoint, request)
        if int(request.headers.get("content-length") or 0) > MAX_FORM_BYTES:
            return page(request, "wrong.html", status=413, words="This form is too large.")
        if not desk.limit.admits(request.client.host if request.client else ""):
            return page(
                request, "wrong.html", status=429, words="Too many changes in a short time. Please wait a minute."
            )
        form = await request.form()
        if not csrf_is_right(request, str(form.get("csrf", ""))):
            return page(request, "wrong.html", status=403, words=STALE_FORM)
        return await run_in_threadpool(self.endpoint, request, form)


def behind_the_door(
    path: str, endpoint: Callable[..., Response], right: str, methods: Sequence[str] = ("GET",)
) -> Route:
    """The route of a page that staff alone may see."""
    return Route(path, Guarded(endpoint, right).answer, methods=list(methods))


async def known_error(request: Request, error: Exception) -> Response:
    """An error of ours: its own words are what the user should do."""
    status = 503 if isinstance(error, UnavailableError) else 400 if isinstance(error, ConfigurationError) else 500
    log.warning("desk %s: %s", request.url.path, error)
    return page(request, "wrong.html", status=status, words=str(error))


async def not_found(request: Request, error: Exception) -> Response:
    """There is no such page, post or case."""
    return page(
        request,
        "wrong.html",
        status=404,
        words="There is nothing here. It may have been erased, or is older than we may keep it.",
    )


def create_app(house: House) -> Starlette:
    """The application over an open house."""
    read = [
        ("/", now_page.now_page),
        ("/progress", now_page.progress),
        ("/posts", posts.posts),
        ("/posts/{post_id}", posts.post),
        ("/posts/{post_id}/words", words.words),
        ("/cases", cases.cases),
        ("/cases/{case_key}", cases.case),
        ("/review", posts.review),
        ("/dashboards", boards.boards),
        ("/dashboards/{key}", boards.board),
        ("/reports", papers.papers),
        ("/reports/{name}/{interval}/{file}", papers.paper),
        ("/sources", sources.sources),
    ]
    work = [
        ("/cases/{case_key}/{action}", actions.on_case),
        ("/posts/{post_id}/correct", actions.correct),
        ("/review/{post_id}/{action}", actions.on_review),
    ]
    routes: list[Route | Mount] = [behind_the_door(path, endpoint, "read") for path, endpoint in read]
    routes += [behind_the_door("/posts/{post_id}/original", actions.original, "originals", ("POST",))]
    routes += [behind_the_door(path, endpoint, "work", ("POST",)) for path, endpoint in work]
    routes += [
        behind_the_door("/logout", entrance.logout, "read", ("POST",)),
        Route("/public", public.public),
        Route("/public/data.{form}", public.data),
        Route("/notice", public.notice),
        Route("/language/{language}", entrance.choose_language),
        Route("/login", entrance.login, methods=["GET", "POST"]),
        Route("/alive", entrance.alive),
        Route("/inbox", inbox.Slot(house).answer, methods=["POST"]),
        Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
    ]
    secure = house.settings.desk_address.startswith("https://")
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(house.settings)),
            Middleware(SessionMiddleware, secret_key=session_key(house.salt), session_cookie="escucha", max_age=12 * 3600,
                       same_site="strict", https_only=secure),
        ],
        exception_handlers={EscuchaError: known_error, 404: not_found},
    )  # fmt: skip
    app.state.desk = Desk(house, limit=RateLimit(60, 60), logins=RateLimit(10, 300), breaker=Breaker(house.settings))
    return app
