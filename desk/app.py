"""The desk as a web application: its addresses, who may enter, and what happens when something is wrong."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import EscuchaError
from desk.auth.security import HEADERS, HSTS, allowed_hosts
from desk.auth.sessions import csrf_is_right
from desk.http.admission import SETUP, Admission
from desk.http.body_limit import MAX_FORM_BYTES, BodyLimit, too_large
from desk.http.client_address import ClientAddress, caller
from desk.pages import (
    accounts,
    audit,
    cases,
    dashboards,
    explanations as words,
    forms,
    home,
    inbox,
    login,
    map,
    posts,
    public,
    reports,
    setup,
    sources,
)
from desk.pages.kept_input import status_of, typed, typed_in
from desk.rendering import page
from desk.state import Desk
from pipeline.context import Context
from search.queries import CircuitBreaker

log = logging.getLogger("escucha")
STALE_FORM = "This form is no longer valid. Please go back, reload the page and try again."
SESSION_OVER = "Your session has ended. Log in again, then send this again."


class SecurityHeaders:
    """Puts the security headers on every answer, errors and files included."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self.app = app
        self.headers = {**HEADERS, **(HSTS if secure else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the headers to the answer's start."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, partial(_send_with_headers, self.headers, send))


async def _send_with_headers(headers: Mapping[str, str], send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        present = {name.lower() for name, _ in message["headers"]}
        extra = [(k.lower().encode(), v.encode()) for k, v in headers.items() if k.lower().encode() not in present]
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
        if user is None and request.method == "POST":
            kept = await typed_in(request, MAX_FORM_BYTES)
            return page(request, "wrong.html", status=401, words=SESSION_OVER, typed=kept)
        if user is None:
            return RedirectResponse(f"/login?next={quote(request.url.path)}", status_code=303)
        request.state.user = user
        if not user.may(self.right):
            return page(request, "wrong.html", status=403, words="Your role does not allow this.")
        if request.method != "POST":
            return await run_in_threadpool(self.endpoint, request)
        form = await request.form()
        if not desk.limit.admits(user.name, caller(request.client.host if request.client else "")):
            words = "Too many changes in a short time. Please wait a minute."
            return page(request, "wrong.html", status=429, words=words, typed=typed(form))
        if not csrf_is_right(request, str(form.get("csrf", ""))):
            return page(request, "wrong.html", status=403, words=STALE_FORM, typed=typed(form))
        try:
            return await run_in_threadpool(self.endpoint, request, form)
        except EscuchaError as error:
            log.warning("desk %s: %s", request.url.path, error)
            status = status_of(error)
            return page(request, "wrong.html", status=status, words=str(error), typed=typed(form))


def staff_routes(path: str, endpoint: Callable[..., Response], right: str, methods: Sequence[str] = ("GET",)) -> Route:
    """The route of a page that staff alone may see."""
    return Route(path, Guarded(endpoint, right).answer, methods=list(methods))


async def known_error(request: Request, error: Exception) -> Response:
    """An error of ours: its own words are what the user should do."""
    status = status_of(error) if isinstance(error, EscuchaError) else 500
    log.warning("desk %s: %s", request.url.path, error)
    return page(request, "wrong.html", status=status, words=str(error))


async def not_found(request: Request, _error: Exception) -> Response:
    """There is no such page, post or case."""
    return page(
        request,
        "wrong.html",
        status=404,
        words="There is nothing here. It may have been erased, or is older than we may keep it.",
    )


def create_app(context: Context) -> Starlette:
    """The application over an open house."""
    read = [
        ("/", home.home),
        ("/progress", home.progress),
        ("/posts", posts.posts),
        ("/posts/{post_id}", posts.post),
        ("/posts/{post_id}/words", words.explanations),
        ("/cases", cases.cases),
        ("/cases/{case_key}", cases.case),
        ("/map", map.map_page),
        ("/review", posts.review),
        ("/dashboards", dashboards.dashboards),
        ("/dashboards/{key}", dashboards.dashboard),
        ("/reports", reports.reports),
        ("/reports/{name}/{interval}/{file}", reports.report_file),
        ("/sources", sources.sources),
        ("/account", accounts.account),
    ]
    manage = [("/users", accounts.users), ("/audit", audit.audit), ("/audit.csv", audit.download)]
    change = [
        ("/users", accounts.make),
        ("/users/revoke", accounts.revoke),
        ("/users/{name}/{action}", accounts.change),
    ]
    own = [("/account/password", accounts.own_password), ("/account/revoke", accounts.own_revoke)]
    work = [
        ("/cases/{case_key}/{action}", forms.on_case),
        ("/posts/{post_id}/correct", forms.correct),
        ("/review/{post_id}/{action}", forms.on_review),
    ]
    citizens = public.Public(public.Counted(context))
    routes: list[Route | Mount] = [staff_routes(path, endpoint, "read") for path, endpoint in read]
    routes += [staff_routes("/posts/{post_id}/original", forms.original, "originals", ("POST",))]
    routes += [staff_routes(path, endpoint, "work", ("POST",)) for path, endpoint in work]
    routes += [staff_routes(path, endpoint, "read", ("POST",)) for path, endpoint in own]
    routes += [staff_routes(path, endpoint, "manage", ("POST",)) for path, endpoint in change]
    routes += [staff_routes(path, endpoint, "manage") for path, endpoint in manage]
    routes += [
        staff_routes("/logout", login.logout, "read", ("POST",)),
        Route("/public", citizens.html),
        Route("/public/data.{form}", citizens.data),
        Route("/notice", public.notice),
        Route("/language/{language}", login.choose_language),
        Route(SETUP, setup.first_user, methods=["GET", "POST"]),
        Route("/login", login.login, methods=["GET", "POST"]),
        Route("/alive", login.alive),
        Route("/inbox", inbox.InboxEndpoint(context).answer, methods=["POST"]),
        Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
    ]
    desk = Desk(context, CircuitBreaker(context.settings))
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(SecurityHeaders, secure=desk.secure),
            Middleware(ClientAddress, settings=context.settings),
            Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(context.settings)),
            Middleware(BodyLimit),
            Middleware(Admission),
        ],
        exception_handlers={EscuchaError: known_error, 404: not_found, 413: too_large},
    )  # fmt: skip
    app.state.desk = desk
    return app
