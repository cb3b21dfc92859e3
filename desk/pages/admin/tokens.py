"""Show, make and revoke tokens of the read API."""

import secrets

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import ChangeRefusedError, ConfigurationError
from core.records import Record
from desk.pages.input.kept import id_of
from desk.rendering import explain_error, page
from desk.state import Desk
from pipeline.access import api_tokens
from pipeline.access.api_tokens import MAX_DAYS, SCOPES
from pipeline.context import now


class Typed(Record):
    """Hold the form as it was typed."""

    name: str = ""
    scopes: tuple[str, ...] = ()
    days: str = "365"


def tokens(request: Request) -> Response:
    """List all tokens, and show the form for a new one."""
    return _page(request, Typed())


def make(request: Request, form: FormData) -> Response:
    """Make a token and show it once."""
    desk: Desk = request.app.state.desk
    typed = Typed(
        name=str(form.get("name", "")).strip(),
        scopes=tuple(str(one) for one in form.getlist("scope")),
        days=str(form.get("days", "")).strip(),
    )
    ledger, who = desk.context.ledger, request.state.user.name
    try:
        days = int(typed.days) if typed.days.isdecimal() and len(typed.days) < 6 else 0
        made = desk.new_tokens.make_once(
            (who, id_of(form), typed.name, typed.scopes, typed.days), lambda: api_tokens.make(ledger, typed.name, typed.scopes, days, who)
        )
    except ConfigurationError as error:
        return _page(request, typed, error=explain_error(request, error))
    return _page(request, Typed(), made=(typed.name, made))


def revoke(request: Request, _form: FormData) -> Response:
    """Revoke a token at once."""
    desk: Desk = request.app.state.desk
    try:
        api_tokens.revoke(desk.context.ledger, request.path_params["name"], request.state.user.name)
    except ChangeRefusedError as error:
        return _page(request, Typed(), error=explain_error(request, error))
    return RedirectResponse("/tokens", status_code=303)


def _page(request: Request, typed: Typed, error: str = "", made: tuple[str, str] | None = None) -> Response:
    desk: Desk = request.app.state.desk
    return page(
        request,
        "tokens.html",
        status=400 if error else 200,
        error=error,
        typed=typed,
        made=made,
        tokens=api_tokens.list_tokens(desk.context.ledger),
        moment=now(),
        scopes=SCOPES,
        longest=MAX_DAYS,
        address=f"{desk.context.settings.portal_address}/api/v1/",
        form_id=secrets.token_hex(16),
    )
