"""Serve the list of answers and the forms that change them."""

from collections.abc import Callable, Sequence

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import ConfigurationError
from core.records.answer import Answer, AnswerState
from core.records.read_models import PostRecord
from desk.pages import cases, posts
from desk.pages.cases.composer import may_approve_own, rights
from desk.pages.cases.following import origin_of, page_after
from desk.pages.cases.preview import typed_also, typed_answer
from desk.pages.input.refused import refused_form
from desk.pages.input.revision import revision
from desk.rendering import page
from desk.state import Desk
from ledger import read
from pipeline.assistant.drafting import ORIGIN, check_complete
from pipeline.casework.answering import answers as case_answers, macros
from pipeline.casework.answering.macros import Also
from pipeline.context import Context

WAITING: tuple[AnswerState, ...] = ("draft", "approved", "sending", "unknown", "refused")
"""States that need work by staff."""


def answers(request: Request) -> Response:
    """List drafts, answers to copy by hand, and refused answers."""
    desk: Desk = request.app.state.desk
    found = read.answers(desk.context.ledger, states=WAITING)
    return page(
        request,
        "answers.html",
        answers=found,
        texts=_texts(desk, found),
        repeating=read.count_repeating(desk.context.ledger, [one.key for one in found if one.state == "draft"]),
        **rights(desk, request.state.user),
    )


def _texts(desk: Desk, found: Sequence[Answer]) -> dict[str, PostRecord | None]:
    return {one.post_id: read.post_record(desk.context.ledger, one.post_id) for one in found}


def on_case(request: Request, form: FormData) -> Response:
    """Keep a draft for posts of a case; approve it if asked."""
    desk: Desk = request.app.state.desk
    key = request.path_params["case_key"]
    origin = origin_of(desk, key, form.get("after"))
    try:
        only = None if form.get("any_language") else _language(request, form)
        more = case_answers.posts_of_cause(desk.context, key, only) if form.get("children") else []
        also, keys = typed_also(form), list[str]()
        if not any(also) or str(form.get("text", "")).strip():
            keys = _draft(request, [*(str(one) for one in form.getlist("post")), *more], form, also)
        if any(also):
            macros.apply(desk.context, key, also, bool(keys), request.state.user.name, revision(form.get("seen")))
        if form.get("approve") and may_approve_own(desk, request.state.user):
            for one in keys:
                case_answers.approve(desk.context, one, request.state.user.name)
    except ConfigurationError as error:
        kept = refused_form(request, error, "draft", str(form.get("text", "")))
        return cases.case_page(request, kept, typed_answer(form, [str(one) for one in form.getlist("post")]), origin.after)
    if not (origin.after or form.get("approve") or any(also)):
        return RedirectResponse(f"/cases/{key}#answers-given", status_code=303)
    return RedirectResponse(page_after(desk, request.state.user.name, "draft", origin, key, key), status_code=303)


def on_post(request: Request, form: FormData) -> Response:
    """Keep a draft for one post."""
    post_id = request.path_params["post_id"]
    try:
        _draft(request, [post_id], form, Also())
    except ConfigurationError as error:
        kept = refused_form(request, error, "draft", str(form.get("text", "")))
        return posts.post_page(request, kept, typed_answer(form, [post_id]))
    return RedirectResponse(f"/posts/{post_id}#answers-given", status_code=303)


def preview_on_case(request: Request, form: FormData) -> Response:
    """Show the case with the preview of an answer; nothing is kept."""
    return cases.case_page(request, typed=typed_answer(form, [str(one) for one in form.getlist("post")]), after=str(form.get("after", "")))


def preview_on_post(request: Request, form: FormData) -> Response:
    """Show the post with the preview of an answer; nothing is kept."""
    return posts.post_page(request, typed=typed_answer(form, [request.path_params["post_id"]]))


def _draft(request: Request, post_ids: Sequence[str], form: FormData, also: Also) -> list[str]:
    desk: Desk = request.app.state.desk
    template, assisted = str(form.get("template", "")), bool(form.get("assisted"))
    if assisted:
        check_complete(str(form.get("text", "")))
    by_hand = also.origin(template) if template else "written"
    return case_answers.draft(
        desk.context,
        post_ids,
        str(form.get("text", "")),
        _language(request, form),
        request.state.user.name,
        origin=ORIGIN + desk.context.city.assistant.model if assisted else by_hand,
        form=str(form.get("form", "")),
        asks=bool(form.get("asks")),
        asks_solved=bool(form.get("asks_solved")),
        acknowledges=bool(form.get("acknowledges")),
        any_language=bool(form.get("any_language")),
    )


def _language(request: Request, form: FormData) -> str:
    desk: Desk = request.app.state.desk
    return str(form.get("language", "")) or desk.context.city.languages[0]


def on_answer(request: Request, form: FormData) -> Response:
    """Approve, reject, withdraw, copy or publish an answer.

    Redirects to its case or post, or to the list.
    """
    desk: Desk = request.app.state.desk
    key, action, user = request.path_params["key"], request.path_params["action"], request.state.user
    found = read.answer(desk.context.ledger, key)
    if found is None or action not in ACTIONS:
        raise HTTPException(404)
    if action in ("approve", "reject") and not rights(desk, user)["approves"]:
        return page(request, "error.html", status=403, message="Your role does not allow this.")
    origin = origin_of(desk, found.case_key or "", form.get("after"))
    ACTIONS[action](desk.context, key, user.name, form)
    if found.case_key and origin.after and action not in ("reject", "withdraw"):
        return RedirectResponse(page_after(desk, user.name, action, origin, found.case_key, found.case_key), status_code=303)
    back = f"/cases/{found.case_key}" if found.case_key else f"/posts/{found.post_id}"
    return RedirectResponse("/answers" if form.get("list") else f"{back}#answers-given", status_code=303)


def _approve(context: Context, key: str, who: str, form: FormData) -> None:
    case_answers.approve(context, key, who, repeated=bool(form.get("repeated")))


def _reject(context: Context, key: str, who: str, form: FormData) -> None:
    case_answers.reject(context, key, who, str(form.get("why", "")))


def _withdraw(context: Context, key: str, who: str, _form: FormData) -> None:
    case_answers.withdraw(context, key, who)


def _copied(context: Context, key: str, who: str, form: FormData) -> None:
    case_answers.mark_copied(context, key, who, str(form.get("url", "")))


def _publish(context: Context, key: str, who: str, _form: FormData) -> None:
    case_answers.publish(context, key, who)


ACTIONS: dict[str, Callable[[Context, str, str, FormData], None]] = {
    "approve": _approve,
    "reject": _reject,
    "withdraw": _withdraw,
    "copied": _copied,
    "publish": _publish,
}
