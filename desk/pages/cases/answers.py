"""Serve the list of answers and the forms that change them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import ChangeRefusedError, ConfigurationError
from core.privacy.intake import is_blank
from core.records.answer import Answer, AnswerState
from core.records.read_models import PostRecord
from desk.pages import cases, posts
from desk.pages.cases.composer import may_approve_own, rights
from desk.pages.cases.following import origin_of, page_after
from desk.pages.cases.preview import TypedAnswer, typed_answer, written
from desk.pages.input.refused import refused_form
from desk.pages.input.revision import revision
from desk.rendering import page
from desk.state import Desk
from ledger import read
from pipeline.assistant.drafting import ORIGIN, check_complete
from pipeline.casework.answering import answers as case_answers, macros
from pipeline.casework.answering.known_answers import KNOWN
from pipeline.casework.answering.languages import base
from pipeline.casework.answering.macros import Also
from pipeline.context import Context

WAITING: tuple[AnswerState, ...] = ("draft", "approved", "sending", "unknown", "refused")
"""States that need work by staff."""


def answers(request: Request) -> Response:
    """List drafts, answers to copy by hand, and refused answers.

    `?state=` lists those in one state."""
    desk: Desk = request.app.state.desk
    found = read.answers(desk.context.ledger, states=[one for one in WAITING if request.query_params.get("state", one) == one] or WAITING)
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
    typed = _typed(request, form, [str(one) for one in form.getlist("post")])
    try:
        also, keys = typed.also, list[str]()
        if not any(also) or not all(map(is_blank, (typed.text, *(one.text for one in typed.others.values())))):
            keys = _draft(request, typed, form, _more(desk, key, typed) if form.get("children") else ())
        if any(also):
            macros.apply(desk.context, key, also, bool(keys), request.state.user.name, revision(form.get("seen")))
        if form.get("approve") and may_approve_own(desk, request.state.user):
            for one in keys:
                case_answers.approve(desk.context, one, request.state.user.name)
    except ConfigurationError as error:
        return cases.case_page(request, refused_form(request, error, "draft", typed.text), typed, origin.after)
    if not (origin.after or form.get("approve") or any(also)):
        return RedirectResponse(f"/cases/{key}#answers-given", status_code=303)
    return RedirectResponse(page_after(desk, request.state.user.name, "draft", origin, key, key), status_code=303)


def on_post(request: Request, form: FormData) -> Response:
    """Keep a draft for one post."""
    post_id = request.path_params["post_id"]
    typed = replace(_typed(request, form, [post_id]), also=Also())
    try:
        _draft(request, typed, form)
    except ConfigurationError as error:
        return posts.post_page(request, refused_form(request, error, "draft", typed.text), typed)
    return RedirectResponse(f"/posts/{post_id}#answers-given", status_code=303)


def preview_on_case(request: Request, form: FormData) -> Response:
    """Show the case with the preview of an answer; nothing is kept."""
    return cases.case_page(request, typed=typed_answer(form, [str(one) for one in form.getlist("post")]), after=str(form.get("after", "")))


def preview_on_post(request: Request, form: FormData) -> Response:
    """Show the post with the preview of an answer; nothing is kept."""
    return posts.post_page(request, typed=typed_answer(form, [request.path_params["post_id"]]))


def _typed(request: Request, form: FormData, post_ids: Sequence[str]) -> TypedAnswer:
    desk: Desk = request.app.state.desk
    typed = typed_answer(form, post_ids)
    return typed if typed.language else replace(typed, language=desk.context.city.languages[0])


def _more(desk: Desk, key: str, typed: TypedAnswer) -> list[PostRecord]:
    """Return the posts of the cause whose language has an answer."""
    has_answer = {base(typed.language), *typed.others}
    found = case_answers.posts_of_cause(desk.context, key)
    return [one for one in found if typed.any_language or not base(one.language) or base(one.language) in has_answer]


def _draft(request: Request, typed: TypedAnswer, form: FormData, more: Sequence[PostRecord] = ()) -> list[str]:
    desk: Desk = request.app.state.desk
    if typed.assisted:
        check_complete(typed.text)
    chosen = [read.post_record(desk.context.ledger, one) for one in typed.post_ids]
    if None in chosen:
        raise ChangeRefusedError("one of the posts was erased, or is older than the retention: reload the page")
    texts = written(typed, [*filter(None, chosen), *more])
    for one in texts:
        if is_blank(one.text) and one.language in typed.others:
            raise ChangeRefusedError(
                "There is no answer in {language} yet: write it, or tick that these citizens get the one in {new_language}.",
                language=one.language,
                new_language=base(typed.language),
            )
    by_hand = _origin(typed) if typed.template else "written"
    return case_answers.draft_all(
        desk.context,
        texts,
        request.state.user.name,
        origin=ORIGIN + desk.context.city.assistant.model if typed.assisted else by_hand,
        form=str(form.get("form", "")),
        asks=typed.asks,
        asks_solved=typed.asks_solved,
        acknowledges=typed.acknowledges,
        any_text=typed.any_language,
    )


def _origin(typed: TypedAnswer) -> str:
    return typed.template if typed.template.startswith(KNOWN) else typed.also.origin(typed.template)


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
