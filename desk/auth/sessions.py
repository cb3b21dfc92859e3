"""Cookies of the desk: the session's id, and the token of forms that somebody without a session sends (log-in, the local user).

A session's token is stored with it in the ledger. Without a session the token stands in a cookie of its own and the form must repeat
it: a foreign page can neither read nor set it. Nothing is signed, so there is no key to keep or to lose.
"""

import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from core.config.settings import Settings
from desk.auth.security import User
from pipeline import accounts
from pipeline.accounts import OpenSession
from pipeline.context import Context

SESSION = "escucha"
FORM = "escucha-form"
FOREIGN = ("cross-site", "same-site")
"""What browsers say of a form that another page sends, one of another port of this machine included."""
BY_ITSELF = frozenset({"/progress"})
"""Pages that a script asks for again and again: they keep no session alive."""


def is_secure(settings: Settings) -> bool:
    """True when people reach the desk by https."""
    return settings.desk_address.startswith("https://")


def cookie_name(settings: Settings, name: str) -> str:
    """The cookie's name; by https a name that browsers let no other host of the council's domain set."""
    return f"__Host-{name}" if is_secure(settings) else name


def find_session(context: Context, request: Request) -> OpenSession | None:
    """The session that this request's cookie names; None when there is none or it has ended."""
    session_id = request.cookies.get(cookie_name(context.settings, SESSION), "")
    return accounts.find(context, session_id, by_itself=request.url.path in BY_ITSELF)


def signed_in(context: Context, request: Request) -> User | None:
    """Who sends this request, by its session; the session is kept with the request."""
    session = find_session(context, request)
    request.state.session = session
    return None if session is None else User(session.user, session.role)


def session_of(request: Request) -> OpenSession | None:
    """The session found for this request, if any."""
    found: OpenSession | None = getattr(request.state, "session", None)
    return found


def begin_session(context: Context, request: Request, response: Response, name: str) -> None:
    """Begin a session and give the browser its cookie; one that the browser had before is ended."""
    before = find_session(context, request)
    if before is not None:
        accounts.end(context, before)
    ticket = accounts.begin(context, name)
    _set(response, context.settings, SESSION, ticket.session_id)
    response.delete_cookie(cookie_name(context.settings, FORM), path="/", secure=is_secure(context.settings))


def end_session(context: Context, request: Request, response: Response) -> None:
    """End the request's session and take its cookie away."""
    session = session_of(request)
    if session is not None:
        accounts.end(context, session)
    response.delete_cookie(
        cookie_name(context.settings, SESSION), path="/", secure=is_secure(context.settings), samesite="strict"
    )


class FormToken:
    """The token of this page's forms; made only when a form uses it, so that pages without forms set no cookie."""

    def __init__(self, request: Request, settings: Settings) -> None:
        self.request, self.settings = request, settings
        self.fresh: str | None = None

    def __str__(self) -> str:
        session = session_of(self.request)
        if session is not None:
            return session.csrf
        known = self.request.cookies.get(cookie_name(self.settings, FORM), "")
        if not known and self.fresh is None:
            self.fresh = secrets.token_urlsafe(24)
        return known or str(self.fresh)

    def keep(self, response: Response) -> None:
        """Give the browser a token that was made for this page."""
        if self.fresh is not None:
            _set(response, self.settings, FORM, self.fresh)


def csrf_is_right(request: Request, sent: str) -> bool:
    """True when the form came from a page of this session, or of this browser before the log-in."""
    if request.headers.get("sec-fetch-site") in FOREIGN:
        return False
    session = session_of(request)
    settings: Settings = request.app.state.desk.context.settings
    expected = session.csrf if session is not None else request.cookies.get(cookie_name(settings, FORM), "")
    return bool(expected) and hmac.compare_digest(expected.encode(), sent.encode("utf-8", "surrogatepass"))


def _set(response: Response, settings: Settings, name: str, value: str) -> None:
    response.set_cookie(
        cookie_name(settings, name), value, path="/", httponly=True, samesite="strict", secure=is_secure(settings)
    )
