"""What staff do on the desk: each button is one function of the case book, then back to the page it came from.

Every form carries the version it was made from (`seen`). What is refused comes back with the words that were typed.
"""

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import ConfigurationError
from desk.pages import cases, posts
from desk.pages.kept_input import status_of
from desk.pages.refused import Refused
from desk.rendering import page
from desk.state import Desk
from ledger import read
from pipeline import casework

BOOLEAN = {"True": True, "False": False}
NO_VERSION = "This form does not say which version it was made from. Please reload the page and try again."


def on_case(request: Request, form: FormData) -> Response:
    """Assign, answer, resolve, reject, reopen or note."""
    desk: Desk = request.app.state.desk
    key, action = request.path_params["case_key"], request.path_params["action"]
    why, department = str(form.get("why", "")).strip(), str(form.get("department", ""))
    seen = None
    try:
        seen = _number(form)
        _change_case(desk, key, action, request.state.user.name, why, department, seen)
    except ConfigurationError as error:
        return cases.case_page(request, Refused(str(error), status_of(error), action, why, department, seen))
    return RedirectResponse(f"/cases/{key}", status_code=303)


def _change_case(desk: Desk, key: str, action: str, who: str, why: str, department: str, seen: int) -> None:
    context = desk.context
    match action:
        case "assign":
            casework.assign(context, key, department, who, why, seen)
        case "answer":
            casework.answer(context, key, who, why, seen)
        case "resolve":
            casework.resolve(context, key, who, why, seen)
        case "reject":
            casework.reject(context, key, who, why, seen)
        case "reopen":
            casework.reopen(context, key, who, why, seen)
        case "note":
            casework.note(context, key, who, why, seen)
        case _:
            raise HTTPException(404)


def correct(request: Request, form: FormData) -> Response:
    """Correct one label of a post."""
    desk: Desk = request.app.state.desk
    post_id, value = request.path_params["post_id"], str(form.get("value", ""))
    question, why = str(form.get("question", "")), str(form.get("why", "")).strip()
    answer = BOOLEAN.get(value, value) if question in casework.TRUE_OR_FALSE else value
    try:
        casework.correct(desk.context, post_id, question, answer, request.state.user.name, why, _version(form))
    except ConfigurationError as error:
        return posts.post_page(request, Refused(str(error), status_of(error), question, why, value))
    return RedirectResponse(f"/posts/{post_id}", status_code=303)


def on_review(request: Request, form: FormData) -> Response:
    """Accept or reject a doubtful post, or say whether it is about the same as an incident."""
    desk: Desk = request.app.state.desk
    context, post_id, who = desk.context, request.path_params["post_id"], request.state.user.name
    why, action = str(form.get("why", "")).strip(), request.path_params["action"]
    if action not in ("accept", "reject", "join", "not-same"):
        raise HTTPException(404)
    try:
        if action == "accept":
            key = casework.accept_review(context, post_id, who, why, _number(form))
            return RedirectResponse(f"/cases/{key}", status_code=303)
        match action:
            case "reject":
                casework.reject_review(context, post_id, who, why, _number(form))
            case "join":
                joined = casework.join(context, post_id, str(form.get("incident", "")), who, why)
                if joined is not None:
                    return RedirectResponse(f"/cases/{joined}", status_code=303)
            case "not-same":
                casework.not_same(context, post_id, str(form.get("incident", "")), who, why)
    except ConfigurationError as error:
        return _review_refused(request, post_id, Refused(str(error), status_of(error), action, why))
    return RedirectResponse("/review", status_code=303)


def _review_refused(request: Request, post_id: str, refused: Refused) -> Response:
    """The post as it is now, why it was refused, and the form again while a person still has to decide."""
    ledger = request.app.state.desk.context.ledger
    versions = read.text_versions(ledger, [post_id])
    return page(
        request,
        "review_refused.html",
        status=refused.status,
        post=read.post_record(ledger, post_id),
        refused=refused,
        versions=versions,
    )


def _version(form: FormData) -> str:
    found = str(form.get("seen", ""))
    if not found:
        raise ConfigurationError(NO_VERSION)
    return found


def _number(form: FormData) -> int:
    found = _version(form)
    if not found.isdecimal() or len(found) > 9:
        raise ConfigurationError(NO_VERSION)
    return int(found)


def original(request: Request, _form: FormData) -> Response:
    """Show where the original stands; that somebody looked is logged."""
    desk: Desk = request.app.state.desk
    post_id = request.path_params["post_id"]
    found = casework.open_original(desk.context, post_id, request.state.user.name)
    return page(request, "original.html", post_id=post_id, original=found)
