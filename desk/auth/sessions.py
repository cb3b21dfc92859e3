"""Manage the desk's cookies: the session id and the form token.

A session's token is stored with it in the ledger. Without a session (log-in, local user) the token is in a separate cookie and the form
must repeat it: a foreign page can neither read nor set it. Nothing is signed, so there is no key to keep or to lose.
"""

import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from core.config.settings import Settings
from desk.auth.security import User
from pipeline.access import accounts
from pipeline.access.accounts import OpenSession
from pipeline.context import Context

SESSION = "escucha"
FORM = "escucha-form"
OTHER_SITES = ("cross-site", "same-site")
"""Values of Sec-Fetch-Site for a form of another site, another port of this machine included."""
POLLED = frozenset({"/progress", "/viewers"})
"""Paths that a script polls: they do not extend a session."""


def is_secure(settings: Settings) -> bool:
    """Return True when the desk is reached by https."""
    return settings.desk_address.startswith("https://")


def cookie_name(settings: Settings, name: str) -> str:
    """Return the cookie's name.

    By https it has the prefix `__Host-`, which other hosts of the council's domain cannot set.
    """
    return f"__Host-{name}" if is_secure(settings) else name


def load_session(context: Context, request: Request) -> OpenSession | None:
    """Return the session of this request's cookie; None when it has ended."""
    session_id = request.cookies.get(cookie_name(context.settings, SESSION), "")
    return accounts.find(context, session_id, is_background=request.url.path in POLLED)


def signed_in(context: Context, request: Request) -> User | None:
    """Return the user of this request's session, and store the session."""
    session = load_session(context, request)
    request.state.session = session
    return None if session is None else User(session.user, session.role)


def session_of(request: Request) -> OpenSession | None:
    """Return the session found for this request, if any."""
    found: OpenSession | None = getattr(request.state, "session", None)
    return found


def begin_session(context: Context, request: Request, response: Response, name: str) -> None:
    """Begin a session and set its cookie.

    The browser's earlier session is ended.
    """
    before = load_session(context, request)
    if before is not None:
        accounts.end(context, before)
    ticket = accounts.begin(context, name)
    _set(response, context.settings, SESSION, ticket.session_id)
    response.delete_cookie(cookie_name(context.settings, FORM), path="/", secure=is_secure(context.settings))


def end_session(context: Context, request: Request, response: Response) -> None:
    """End the request's session and delete its cookie."""
    session = session_of(request)
    if session is not None:
        accounts.end(context, session)
    response.delete_cookie(cookie_name(context.settings, SESSION), path="/", secure=is_secure(context.settings), samesite="strict")


class FormToken:
    """Provide the token of this page's forms.

    It is created on first use, so that pages without forms set no cookie.
    """

    def __init__(self, request: Request, settings: Settings) -> None:
        self.request, self.settings = request, settings
        self.new_token: str | None = None

    def __str__(self) -> str:
        session = session_of(self.request)
        if session is not None:
            return session.csrf
        token = self.request.cookies.get(cookie_name(self.settings, FORM), "")
        if not token and self.new_token is None:
            self.new_token = secrets.token_urlsafe(24)
        return token or str(self.new_token)

    def keep(self, response: Response) -> None:
        """Set the cookie of a token that was created for this page."""
        if self.new_token is not None:
            _set(response, self.settings, FORM, self.new_token)


def csrf_is_valid(request: Request, sent: str) -> bool:
    """Return True when the form came from a page of ours.

    That is a page of this session, or of this browser before the log-in.
    """
    if request.headers.get("sec-fetch-site") in OTHER_SITES:
        return False
    session = session_of(request)
    settings: Settings = request.app.state.desk.context.settings
    expected = session.csrf if session is not None else request.cookies.get(cookie_name(settings, FORM), "")
    return bool(expected) and hmac.compare_digest(expected.encode(), sent.encode("utf-8", "surrogatepass"))


def _set(response: Response, settings: Settings, name: str, value: str) -> None:
    response.set_cookie(cookie_name(settings, name), value, path="/", httponly=True, samesite="strict", secure=is_secure(settings))
