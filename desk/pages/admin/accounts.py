"""Show and change accounts: the own one, and for administrators all."""

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import ConfigurationError
from core.web.client_address import caller
from desk.auth.security import RIGHTS
from desk.auth.sessions import begin_session, session_of
from desk.auth.users import WRONG_PASSWORD, check_role, hash_password, log_in, set_user
from desk.rendering import page
from desk.state import Desk
from ledger import read
from pipeline.access import accounts

DIFFERENT = "The two new passwords are not the same."
NO_USERS = "This desk has no users, so there is no password to change."
TOO_OFTEN = "Too many tries. Please wait five minutes."


def account(request: Request, error: str | None = None, status: int = 200) -> Response:
    """Show the own account: password form and open sessions."""
    desk: Desk = request.app.state.desk
    session = session_of(request)
    return page(
        request,
        "account.html",
        status=status,
        error=error,
        done="done" in request.query_params,
        here="" if session is None else session.id_hash,
        sessions=[] if session is None else accounts.sessions_of(desk.context, session.user),
    )


def own_password(request: Request, form: FormData) -> Response:
    """Change the own password.

    Every session ends, and this browser gets a new one.
    """
    desk: Desk = request.app.state.desk
    session, context = session_of(request), desk.context
    if session is None:
        return account(request, NO_USERS, 400)
    password = str(form.get("password", ""))
    if not desk.logins.admits(session.user, caller(request.client.host if request.client else ""), session.id_hash):
        return account(request, TOO_OFTEN, 429)
    if log_in(context.ledger, session.user, str(form.get("present", ""))) is None:
        accounts.failed_login(context, session.user)
        return account(request, WRONG_PASSWORD, 400)
    if password != str(form.get("again", "")):
        return account(request, DIFFERENT, 400)
    try:
        accounts.set_password(context.ledger, session.user, hash_password(password, session.user, context.city.name), session.user)
    except ConfigurationError as error:
        return account(request, str(error), 400)
    response = RedirectResponse("/account?done=1", status_code=303)
    begin_session(context, request, response, session.user)
    return response


def own_revoke(request: Request, form: FormData) -> Response:
    """End another session of the own account."""
    desk: Desk = request.app.state.desk
    name = request.state.user.name
    accounts.revoke(desk.context.ledger, name, str(form.get("session", "")), name)
    return RedirectResponse("/account", status_code=303)


def users(request: Request, error: str | None = None, name: str = "", role: str = "agent") -> Response:
    """Show all users and open sessions."""
    desk: Desk = request.app.state.desk
    session = session_of(request)
    return page(
        request,
        "users.html",
        status=200 if error is None else 400,
        error=error,
        name=name,
        role=role,
        roles=list(RIGHTS),
        users=read.users(desk.context.ledger),
        here="" if session is None else session.id_hash,
        sessions=accounts.sessions_of(desk.context),
    )


def make(request: Request, form: FormData) -> Response:
    """Create a user."""
    desk: Desk = request.app.state.desk
    name, role = str(form.get("name", "")).strip(), str(form.get("role", ""))
    ledger, who = desk.context.ledger, request.state.user.name
    try:
        set_user(ledger, name, str(form.get("password", "")), role, desk.context.city.name, who, new=True)
    except ConfigurationError as error:
        return users(request, str(error), name, role)
    return RedirectResponse("/users", status_code=303)


def change(request: Request, form: FormData) -> Response:
    """Change, disable, enable or remove a user, or end the user's sessions."""
    desk: Desk = request.app.state.desk
    try:
        _change(desk, request.path_params["name"], request.path_params["action"], request.state.user.name, form)
    except ConfigurationError as error:
        return users(request, str(error))
    return RedirectResponse("/users", status_code=303)


def _change(desk: Desk, name: str, action: str, who: str, form: FormData) -> None:
    ledger = desk.context.ledger
    match action:
        case "role":
            role = str(form.get("role", ""))
            check_role(role)
            accounts.set_role(ledger, name, role, who)
        case "password":
            accounts.set_password(ledger, name, hash_password(str(form.get("password", "")), name, desk.context.city.name), who)
        case "enable" | "disable":
            accounts.set_disabled(ledger, name, action == "disable", who)
        case "remove":
            accounts.remove(ledger, name, who)
        case "revoke":
            accounts.revoke(ledger, name, None, who)
        case _:
            raise HTTPException(404)


def revoke(request: Request, form: FormData) -> Response:
    """End one session of any user."""
    desk: Desk = request.app.state.desk
    name, session = str(form.get("name", "")), str(form.get("session", ""))
    accounts.revoke(desk.context.ledger, name, session, request.state.user.name)
    return RedirectResponse("/users", status_code=303)
