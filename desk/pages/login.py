"""The door: log in, log out, choose a language, and a sign of life for the supervisor."""

import secrets
from urllib.parse import urlsplit

from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from core.i18n.translate import LANGUAGES
from desk.auth.security import User
from desk.auth.sessions import begin_session, csrf_is_right, end_session
from desk.auth.users import log_in
from desk.http.client_address import caller
from desk.http.rate_limits import browser_mark, known_browser
from desk.rendering import page
from desk.state import Desk
from pipeline import accounts

BROWSER_COOKIE = "escucha_browser"
"""Says that an account logged in here before; opens nothing, but has limits of its own (desk/http/rate_limits.py)."""


def own_path(asked: str) -> str:
    """A path of this desk: nobody is sent to another site."""
    parts = urlsplit(asked)
    plain = not parts.scheme and not parts.netloc and asked.startswith("/") and not asked.startswith(("//", "/\\"))
    return asked if plain else "/"


async def login(request: Request) -> Response:
    """Name and password; few tries."""
    desk: Desk = request.app.state.desk
    if request.method == "GET":
        return page(request, "login.html", wrong=False, next=own_path(request.query_params.get("next", "/")))
    form = await request.form()
    if not csrf_is_right(request, str(form.get("csrf", ""))):
        return page(
            request,
            "wrong.html",
            status=403,
            words="This form is no longer valid. Please go back, reload the page and try again.",
        )
    account, address = str(form.get("name", "")), caller(request.client.host if request.client else "")
    browser = known_browser(desk.context.salt, account, request.cookies.get(BROWSER_COOKIE, ""))
    if not desk.logins.admits(account, address, browser):
        return page(request, "wrong.html", status=429, words="Too many tries. Please wait five minutes.")
    # Argon2 takes its time on purpose: in a thread, so that the others at the desk do not wait
    user = await run_sync(_known, desk, account, str(form.get("password", "")), limiter=desk.hashers)
    if user is None:
        return page(request, "login.html", status=401, wrong=True, next=own_path(str(form.get("next", "/"))))
    desk.logins.succeeded(account, address, browser)
    response = RedirectResponse(own_path(str(form.get("next", "/"))), status_code=303)
    await run_in_threadpool(begin_session, desk.context, request, response, user.name)
    mark = browser_mark(desk.context.salt, user.name, browser or secrets.token_urlsafe(12))
    response.set_cookie(
        BROWSER_COOKIE, mark, max_age=365 * 86400, path="/login", samesite="strict", httponly=True, secure=desk.secure
    )
    return response


def _known(desk: Desk, name: str, password: str) -> User | None:
    user = log_in(desk.context.ledger, name, password)
    if user is None:
        accounts.failed_login(desk.context, name)
    return user


def logout(request: Request, _form: FormData) -> Response:
    """Out."""
    response = RedirectResponse("/login", status_code=303)
    end_session(request.app.state.desk.context, request, response)
    return response


async def choose_language(request: Request) -> Response:
    """Keep the language in a cookie of its own, and go back."""
    language = request.path_params["language"]
    response = RedirectResponse(own_path(request.query_params.get("next", "/")), status_code=303)
    if language in LANGUAGES:
        response.set_cookie(
            "language",
            language,
            max_age=365 * 86400,
            samesite="strict",
            httponly=True,
            secure=request.app.state.desk.secure,
        )
    return response


async def alive(_request: Request) -> Response:
    """A sign of life."""
    return PlainTextResponse("alive\n")
