"""The door: log in, log out, choose a language, and a sign of life for the supervisor."""

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from core.translate import LANGUAGES
from desk.desk import Desk
from desk.security import User
from desk.sessions import begin_session, csrf_is_right, end_session
from desk.users import log_in
from desk.view import page
from escucha import accounts


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
    caller = request.client.host if request.client else ""
    if not csrf_is_right(request, str(form.get("csrf", ""))):
        return page(
            request,
            "wrong.html",
            status=403,
            words="This form is no longer valid. Please go back, reload the page and try again.",
        )
    if not desk.logins.admits(caller):
        return page(request, "wrong.html", status=429, words="Too many tries. Please wait five minutes.")
    # Argon2 takes its time on purpose: in a thread, so that the others at the desk do not wait
    user = await run_in_threadpool(_known, desk, str(form.get("name", "")), str(form.get("password", "")))
    if user is None:
        return page(request, "login.html", status=401, wrong=True, next=own_path(str(form.get("next", "/"))))
    response = RedirectResponse(own_path(str(form.get("next", "/"))), status_code=303)
    await run_in_threadpool(begin_session, desk.house, request, response, user.name)
    return response


def _known(desk: Desk, name: str, password: str) -> User | None:
    user = log_in(desk.house.ledger, name, password)
    if user is None:
        accounts.failed_login(desk.house, name)
    return user


def logout(request: Request, form: FormData) -> Response:
    """Out."""
    response = RedirectResponse("/login", status_code=303)
    end_session(request.app.state.desk.house, request, response)
    return response


async def choose_language(request: Request) -> Response:
    """Keep the language in a cookie of its own, and go back."""
    language = request.path_params["language"]
    response = RedirectResponse(own_path(request.query_params.get("next", "/")), status_code=303)
    if language in LANGUAGES:
        response.set_cookie("language", language, max_age=365 * 86400, samesite="strict", httponly=True)
    return response


async def alive(request: Request) -> Response:
    """A sign of life."""
    return PlainTextResponse("alive\n")
