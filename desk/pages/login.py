"""Log in and out, choose a language, and answer the liveness probe."""

import secrets

from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from core.i18n.translate import LANGUAGES
from core.web.client_address import caller
from core.web.own_paths import own_path
from core.web.rate_limits import browser_mark, known_browser
from desk.auth.security import User
from desk.auth.sessions import begin_session, csrf_is_valid, end_session
from desk.auth.users import log_in
from desk.rendering import page
from desk.state import Desk
from pipeline.access import accounts

BROWSER_COOKIE = "escucha_browser"
"""Device cookie: this account has logged in here before. It grants no access, only separate limits (core/web/rate_limits.py)."""


async def login(request: Request) -> Response:
    """Check name and password, with a limit on attempts."""
    desk: Desk = request.app.state.desk
    if request.method == "GET":
        return page(request, "login.html", wrong=False, next=own_path(request.query_params.get("next", "/")))
    form = await request.form()
    if not csrf_is_valid(request, str(form.get("csrf", ""))):
        return page(
            request, "error.html", status=403, message="This form is no longer valid. Please go back, reload the page and try again."
        )
    account, address = str(form.get("name", "")), caller(request.client.host if request.client else "")
    browser = known_browser(desk.context.salt, account, request.cookies.get(BROWSER_COOKIE, ""))
    if not desk.logins.admits(account, address, browser):
        return page(request, "error.html", status=429, message="Too many tries. Please wait five minutes.")
    # Argon2 is slow by design: run it in a thread, so that other requests do not wait
    user = await run_sync(_known, desk, account, str(form.get("password", "")), limiter=desk.hashers)
    if user is None:
        return page(request, "login.html", status=401, wrong=True, next=own_path(str(form.get("next", "/"))))
    desk.logins.succeeded(account, address, browser)
    response = RedirectResponse(own_path(str(form.get("next", "/"))), status_code=303)
    await run_in_threadpool(begin_session, desk.context, request, response, user.name)
    mark = browser_mark(desk.context.salt, user.name, browser or secrets.token_urlsafe(12))
    response.set_cookie(BROWSER_COOKIE, mark, max_age=365 * 86400, path="/login", samesite="strict", httponly=True, secure=desk.secure)
    return response


def _known(desk: Desk, name: str, password: str) -> User | None:
    user = log_in(desk.context.ledger, name, password)
    if user is None:
        accounts.failed_login(desk.context, name)
    return user


def logout(request: Request, _form: FormData) -> Response:
    """End the session."""
    response = RedirectResponse("/login", status_code=303)
    end_session(request.app.state.desk.context, request, response)
    return response


async def choose_language(request: Request) -> Response:
    """Store the language in a cookie and redirect back."""
    language = request.path_params["language"]
    response = RedirectResponse(own_path(request.query_params.get("next", "/")), status_code=303)
    if language in LANGUAGES:
        response.set_cookie(
            "language", language, max_age=365 * 86400, samesite="strict", httponly=True, secure=request.app.state.desk.secure
        )
    return response


async def alive(_request: Request) -> Response:
    """Answer the liveness probe."""
    return PlainTextResponse("alive\n")
