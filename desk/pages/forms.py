"""Handle the staff's forms: each button calls one case book function.

Every form carries the version it was made from (`seen`). A refused form is shown again with its input.
"""

from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import ConfigurationError
from core.records.case import State
from core.web.own_paths import own_path
from desk.pages import cases, posts
from desk.pages.cases import actions
from desk.pages.cases.following import origin_of, page_after
from desk.pages.input.refused import Refused, refused_form
from desk.pages.input.revision import NO_VERSION, revision
from desk.rendering import page
from desk.state import Desk
from ledger import read
from pipeline import casework
from pipeline.casework import grouping

MOST_TAKEN_BACK = 50
BOOLEAN = {"True": True, "False": False}
WITH_CHILDREN: dict[str, State] = {"answer": "answered", "resolve": "resolved", "reject": "rejected"}
"""Actions that can include the cases of a common cause, and the state that these get."""


def on_case(request: Request, form: FormData) -> Response:
    """Assign, answer, resolve, reject, reopen or annotate a case."""
    desk: Desk = request.app.state.desk
    key, action = request.path_params["case_key"], request.path_params["action"]
    why, department = str(form.get("why", "")).strip(), str(form.get("department", ""))
    where, seen, asked = str(form.get("where", "")).strip(), None, key
    origin = origin_of(desk, key, form.get("after"))
    try:
        seen = revision(form.get("seen"))
        if action in actions.ACTIONS:
            key = actions.act(desk.context, key, action, request.state.user.name, why, seen, form)
        else:
            said = change_case(desk, key, action, request.state.user.name, why, department, seen, where)
            if form.get("children") and action in WITH_CHILDREN:
                grouping.change_children(desk.context, key, WITH_CHILDREN[action], request.state.user.name, said)
    except ConfigurationError as error:
        return cases.case_page(request, refused_form(request, error, action, why, department or where, seen), after=origin.after)
    changed = key if action == "merge" else asked
    return RedirectResponse(page_after(desk, request.state.user.name, action, origin, key, changed), status_code=303)


def change_case(desk: Desk, key: str, action: str, who: str, why: str, department: str, seen: int, where: str = "") -> str:
    """Change the state of a case, or add a note.

    Returns the reason as it is stored.

    Raises:
        ConfigurationError: it is not possible; the message says why.
        HTTPException: 404, there is no such action.
    """
    context = desk.context
    match action:
        case "assign":
            casework.assign(context, key, department, who, why, seen)
        case "answer":
            return casework.answer(context, key, who, why, where, seen)
        case "acknowledge":
            casework.acknowledge(context, key, who, why, seen)
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
    return why


def correct(request: Request, form: FormData) -> Response:
    """Correct one label of a post."""
    desk: Desk = request.app.state.desk
    post_id, value = request.path_params["post_id"], str(form.get("value", ""))
    question, why = str(form.get("question", "")), str(form.get("why", "")).strip()
    answer = BOOLEAN.get(value, value) if question in casework.BOOLEAN_QUESTIONS else value
    try:
        casework.correct(desk.context, post_id, question, answer, request.state.user.name, why, _version(form))
    except ConfigurationError as error:
        return posts.post_page(request, refused_form(request, error, question, why, value))
    return RedirectResponse(own_path(str(form.get("back") or f"/posts/{post_id}")), status_code=303)


def on_review(request: Request, form: FormData) -> Response:
    """Accept, reject or match a post in review.

    A match joins it to an incident or says that it is not the same.
    """
    desk: Desk = request.app.state.desk
    context, post_id, who = desk.context, request.path_params["post_id"], request.state.user.name
    why, action = str(form.get("why", "")).strip(), request.path_params["action"]
    if action not in ("accept", "reject", "join", "not-same", "take-back"):
        raise HTTPException(404)
    if action == "take-back":
        ids = [str(one) for one in form.getlist("post")][:MOST_TAKEN_BACK] or [post_id]
        casework.take_back_review(context, ids, who)
        return RedirectResponse(f"/review?post={post_id}", status_code=303)
    try:
        if action == "accept":
            key = casework.accept_review(context, post_id, who, why, revision(form.get("seen")))
            return _next_in_review(form, post_id, key)
        match action:
            case "reject":
                casework.reject_review(context, post_id, who, why, revision(form.get("seen")))
            case "join":
                joined = casework.join(context, post_id, str(form.get("incident", "")), who, why)
                if joined is not None:
                    return _next_in_review(form, post_id, joined)
            case "not-same":
                casework.not_same(context, post_id, str(form.get("incident", "")), who, why)
    except ConfigurationError as error:
        return _review_refused(request, post_id, refused_form(request, error, action, why))
    return _next_in_review(form, post_id, None)


def _next_in_review(form: FormData, post_id: str, case_key: str | None) -> Response:
    """Redirect to the same place of the queue.

    `case_key` is the case that the post is in now. Without one, the page links the post: a slip of a key can be put right.
    """
    at, row = str(form.get("at", "")), str(form.get("row", ""))
    place = {"at": at} if at.isdecimal() and len(at) < 7 and at != "0" else {}
    if form.get("layout") == "list":
        place |= {"layout": "list"} | ({"row": row} if row.isdecimal() and len(row) < 4 and row != "0" else {})
    said = {"done": "1"} | ({"case": case_key} if case_key else {"decided": post_id})
    return RedirectResponse(f"/review?{urlencode(place | said)}", status_code=303)


def _review_refused(request: Request, post_id: str, refused: Refused) -> Response:
    """Show the current post and the reason of the refusal.

    The form is shown again while the post is still in review.
    """
    ledger = request.app.state.desk.context.ledger
    versions = read.text_versions(ledger, [post_id])
    return page(
        request, "review_refused.html", status=refused.status, post=read.post_record(ledger, post_id), refused=refused, versions=versions
    )


def _version(form: FormData) -> str:
    found = str(form.get("seen", ""))
    if not found:
        raise ConfigurationError(NO_VERSION)
    return found


def contact(request: Request, form: FormData) -> Response:
    """Show the address of a citizen's report; the access is audited."""
    desk: Desk = request.app.state.desk
    post_id, why = request.path_params["post_id"], str(form.get("why", "")).strip()
    try:
        address = casework.open_contact(desk.context, post_id, request.state.user.name, why)
    except ConfigurationError as error:
        return posts.post_page(request, refused_form(request, error, "contact", why))
    return page(request, "contact.html", post_id=post_id, address=address)


def original(request: Request, _form: FormData) -> Response:
    """Show the link to the original; the access is audited."""
    desk: Desk = request.app.state.desk
    post_id = request.path_params["post_id"]
    found = casework.open_original(desk.context, post_id, request.state.user.name)
    return page(request, "original.html", post_id=post_id, original=found)
