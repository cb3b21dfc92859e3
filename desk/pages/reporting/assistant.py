"""Show what the assistant wrote: summary of a report, translation, draft.

Nothing is kept: a draft becomes one only when a person keeps the form.
"""

from collections.abc import Sequence
from dataclasses import replace

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.errors import ConfigurationError
from core.records.answer_length import limit_of
from desk.pages import cases, posts
from desk.pages.cases.preview import TypedAnswer, typed_answer
from desk.pages.input.refused import refused_form
from desk.pages.reporting.reports import NAME, interval_of
from desk.rendering import language_of, page
from desk.state import Desk
from ledger import read
from ledger.read import PostFilters
from pipeline.assistant.drafting import draft
from pipeline.assistant.summary import summarise
from pipeline.assistant.translation import translate
from reports.document.document import span_of


def summary(request: Request, _form: FormData) -> Response:
    """Summarise the posts of a report's interval."""
    desk: Desk = request.app.state.desk
    name, folder = request.path_params["name"], request.path_params["interval"]
    if not (NAME.fullmatch(name) and NAME.fullmatch(folder)):
        raise HTTPException(404)
    interval = interval_of(desk.context.settings.home / "reports" / name / folder)
    if interval is None:
        raise HTTPException(404)
    language = language_of(request)
    found = summarise(desk.context, interval, PostFilters(), language, request.state.user.name)
    return page(request, "summary.html", summary=found, span=span_of(interval, desk.context.city, language))


def translation(request: Request, _form: FormData) -> Response:
    """Translate a post into the language of the page."""
    desk: Desk = request.app.state.desk
    record = read.post_record(desk.context.ledger, request.path_params["post_id"])
    if record is None:
        raise HTTPException(404)
    text = translate(desk.context, record.post_id, language_of(request), request.state.user.name)
    return page(request, "translation.html", post=record, text=text)


def on_case(request: Request, form: FormData) -> Response:
    """Show the case with a drafted answer in its form."""
    try:
        typed = _drafted(request, form, [str(one) for one in form.getlist("post")])
    except ConfigurationError as error:
        return cases.case_page(request, refused_form(request, error, "draft", str(form.get("text", ""))))
    return cases.case_page(request, typed=typed)


def on_post(request: Request, form: FormData) -> Response:
    """Show the post with a drafted answer in its form."""
    try:
        typed = _drafted(request, form, [request.path_params["post_id"]])
    except ConfigurationError as error:
        return posts.post_page(request, refused_form(request, error, "draft", str(form.get("text", ""))))
    return posts.post_page(request, typed=typed)


def _drafted(request: Request, form: FormData, post_ids: Sequence[str]) -> TypedAnswer:
    """Return the typed form with the text of the assistant."""
    desk: Desk = request.app.state.desk
    typed = typed_answer(form, post_ids)
    language = typed.language or desk.context.city.languages[0]
    records = [read.post_record(desk.context.ledger, one) for one in post_ids]
    limit = min((limit_of(one.source) for one in records if one is not None), default=500)
    text = draft(desk.context, post_ids, language, limit, request.state.user.name)
    return replace(typed, text=text, template="", assisted=True)
