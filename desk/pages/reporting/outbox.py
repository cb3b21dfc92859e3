"""Show what left, what waits and what was refused, and why."""

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import ConfigurationError
from core.records.outbox import ENDED_UNSENT, OUTBOX_KINDS, OUTBOX_STATES, OutboxRow
from desk.pages.input.kept import status_of
from desk.pages.input.refused import refused_form
from desk.rendering import PAGE_SIZE, page, page_number
from desk.state import Desk
from ledger import read
from ledger.read import OutboxFilters
from pipeline.outbox import people
from pipeline.portal.citizens import shown_number


def outbox(request: Request, refused: str = "", status: int = 200) -> Response:
    """List the messages, newest first, and count them by kind and state."""
    desk: Desk = request.app.state.desk
    ledger, number, filters = desk.context.ledger, page_number(request), _filters(request)
    total = read.count_outbox(ledger, **filters)
    counts = {(one.kind, one.state): one.messages for one in read.outbox_counts(ledger)}
    return page(
        request,
        "outbox.html",
        status=status,
        rows=read.outbox(ledger, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE, **filters),
        counts=counts,
        unusable=read.unusable_channels(ledger),
        tickets=read.ticket_counts(ledger),
        kinds=OUTBOX_KINDS,
        states=OUTBOX_STATES,
        filters=filters,
        total=total,
        refused=refused,
        about=_about,
        receiver=lambda row: shown_number(row.receiver) if row.kind == "citizen" else row.receiver,
        may_retry=lambda row: row.state in ENDED_UNSENT,
        may_withdraw=lambda row: row.state in ("pending", "unknown"),
        number_of_page=number,
        pages=max(1, -(-total // PAGE_SIZE)),
    )


def _filters(request: Request) -> OutboxFilters:
    """Return the filters of the address; unknown values choose nothing."""
    asked = request.query_params
    kind = next((one for one in OUTBOX_KINDS if one == asked.get("kind")), None)
    state = next((one for one in OUTBOX_STATES if one == asked.get("state")), None)
    return OutboxFilters(kind=kind, state=state, receiver=asked.get("receiver") or None)


def _about(row: OutboxRow) -> str | None:
    """Return the page of a message's subject; None: it has none."""
    match row.kind:
        case "warning":
            return f"/warnings/{row.thread}"
        case "answer":
            return f"/posts/{row.receiver}"
        case "event":
            return f"/cases/{row.thread}"
        case "subscription":
            return f"/subscriptions/{row.subject.split(' ')[0]}"
        case "alert":
            return "/views"
        case "report":
            return "/reports"
        case _:
            return None


def change(request: Request, _form: FormData) -> Response:
    """Try a message again, or withdraw it."""
    desk: Desk = request.app.state.desk
    act = {"retry": people.retry, "withdraw": people.withdraw}.get(request.path_params["action"])
    if act is None:
        raise HTTPException(404)
    try:
        act(desk.context, request.path_params["number"], request.state.user.name)
    except ConfigurationError as error:
        return outbox(request, refused_form(request, error, "outbox", "").message, status_of(error))
    asked = request.url.query
    return RedirectResponse(f"/outbox?{asked}" if asked else "/outbox", status_code=303)
