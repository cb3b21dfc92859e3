"""What staff do on the desk: each button is one function of the case book, then back to the page it came from."""

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk.desk import Desk
from desk.view import page
from escucha import casebook

BOOLEAN = {"True": True, "False": False}


def on_case(request: Request, form: FormData) -> Response:
    """Assign, answer, resolve, reject, reopen or note."""
    desk: Desk = request.app.state.desk
    house, key, who = desk.house, request.path_params["case_key"], request.state.user.name
    why = str(form.get("why", "")).strip()
    match request.path_params["action"]:
        case "assign":
            casebook.assign(house, key, str(form.get("department", "")), who, why)
        case "answer":
            casebook.answer(house, key, who, why)
        case "resolve":
            casebook.resolve(house, key, who, why)
        case "reject":
            casebook.reject(house, key, who, why)
        case "reopen":
            casebook.reopen(house, key, who, why)
        case "note":
            casebook.note(house, key, who, why)
        case _:
            raise HTTPException(404)
    return RedirectResponse(f"/cases/{key}", status_code=303)


def correct(request: Request, form: FormData) -> Response:
    """Correct one label of a post."""
    desk: Desk = request.app.state.desk
    post_id, value = request.path_params["post_id"], str(form.get("value", ""))
    question = str(form.get("question", ""))
    answer = BOOLEAN.get(value, value) if question in casebook.TRUE_OR_FALSE else value
    casebook.correct(desk.house, post_id, question, answer, request.state.user.name, str(form.get("why", "")).strip())
    return RedirectResponse(f"/posts/{post_id}", status_code=303)


def on_review(request: Request, form: FormData) -> Response:
    """Accept or reject a doubtful post, or say whether it is about the same as an incident."""
    desk: Desk = request.app.state.desk
    house, post_id, who = desk.house, request.path_params["post_id"], request.state.user.name
    why = str(form.get("why", "")).strip()
    match request.path_params["action"]:
        case "accept":
            key = casebook.accept_review(house, post_id, who, why)
            return RedirectResponse(f"/cases/{key}", status_code=303)
        case "reject":
            casebook.reject_review(house, post_id, who, why)
            return RedirectResponse("/review", status_code=303)
        case "join":
            joined = casebook.join(house, post_id, str(form.get("incident", "")), who, why)
            return RedirectResponse(f"/cases/{joined}" if joined else "/review", status_code=303)
        case "not-same":
            casebook.not_same(house, post_id, str(form.get("incident", "")), who, why)
            return RedirectResponse("/review", status_code=303)
        case _:
            raise HTTPException(404)


def original(request: Request, form: FormData) -> Response:
    """Show where the original stands; that somebody looked is logged."""
    desk: Desk = request.app.state.desk
    post_id = request.path_params["post_id"]
    found = casebook.open_original(desk.house, post_id, request.state.user.name)
    return page(request, "original.html", post_id=post_id, original=found)
