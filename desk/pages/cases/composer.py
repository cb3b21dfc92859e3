"""Prepare the form for an answer: templates, posts and earlier answers."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request

from core.config import citizen_texts
from core.config.city import AnswerTemplate
from core.records.answer import LEAVING, Answer
from core.records.answer_length import limit_of
from core.records.read_models import CaseRecord, PostRecord
from desk.auth.security import User
from desk.pages.cases.preview import TypedAnswer, previews, runs_needed
from desk.state import Desk
from ledger import read
from pipeline.casework.answering import answers
from pipeline.casework.answering.languages import ANSWER_LANGUAGES, base, differs
from pipeline.casework.answering.macros import also_of
from pipeline.context import now


def rights(desk: Desk, user: User) -> dict[str, Any]:
    """Return what the buttons of an answer need to know."""
    settings = desk.context.city.answers
    return {"sends": desk.sending_channels, "approves": user.may("approve" if settings.approve == "lead" else "work")}


def may_approve_own(desk: Desk, user: User) -> bool:
    """Tell whether this user may approve what this user wrote."""
    return desk.context.city.answers.approve != "lead" and bool(rights(desk, user)["approves"])


def composer(request: Request, case: CaseRecord | None, found: Sequence[PostRecord], typed: TypedAnswer | None = None) -> dict[str, object]:
    """Collect the values of the answer form.

    These are the posts to answer, the fitting templates, and the text of the template that was chosen (`?template=`). With `typed` the form
    keeps what was typed, and its preview is shown.
    """
    desk: Desk = request.app.state.desk
    own = [one for one in found if not one.own]
    asked = request.query_params.get("answer_in", "")
    spoken = dict(Counter(base(one.language) for one in own if base(one.language)).most_common())
    language = asked if asked in ANSWER_LANGUAGES else next(iter(spoken), desk.context.city.languages[0])
    templates = answers.templates_for(desk.context, case, language)
    chosen = _chosen(templates, typed.template if typed else request.query_params.get("template", ""))
    given = _of(desk, case, own)
    answered = {one.post_id for one in given if one.state in LEAVING and one.state != "refused"}
    answer_language = (typed.language if typed else "") or (language if chosen is None else chosen.language)
    question = _solved_question(desk, case, answer_language)
    asks_solved = typed is not None and typed.asks_solved and not typed.asks and bool(question)
    shown = [] if typed is None else previews(request, typed, own, asks_solved)
    most = desk.context.city.answers.max_per_run
    return {
        "to_answer": own,
        "already": answered,
        "spoken": spoken,
        "other_language": {one.post_id for one in own if differs(one, answer_language)},
        "templates": templates,
        "chosen": chosen,
        "prepared": typed.text if typed else "" if chosen is None else answers.filled(desk.context, chosen, case),
        "past_due": None if typed or chosen is None else answers.past_due(desk.context, chosen, case),
        "answer_language": answer_language,
        "answer_languages": sorted(
            {*ANSWER_LANGUAGES, *desk.context.city.languages, answer_language},
            key=lambda one: (one not in spoken, one not in desk.context.city.languages),
        ),
        "asks": typed.asks if typed else bool(request.query_params.get("asks") or (chosen and chosen.asks)),
        "asking": next((one.name for one in templates if one.asks), ""),
        "also": typed.also if typed else also_of(desk.context, chosen, case),
        "typed": typed,
        "previews": shown,
        "max_per_run": most,
        "runs": runs_needed(shown, most),
        "limit": min((limit_of(one.source) for one in own), default=None),
        "answers": given,
        "replies": read.citizen_replies(desk.context.ledger, given),
        "repeating": read.count_repeating(desk.context.ledger, [one.key for one in given if one.state == "draft"]),
        "texts": {},
        "solved_question": question,
        "asks_solved": typed.asks_solved if typed else case is not None and case.state == "resolved",
        "form_id": now().isoformat(),
        "approves_own": may_approve_own(desk, request.state.user),
        **rights(desk, request.state.user),
    }


def _solved_question(desk: Desk, case: CaseRecord | None, language: str) -> str:
    """Return the question to offer, or an empty text.

    Empty where the profile does not ask, or the case's state does not allow it."""
    city = desk.context.city
    if not city.answers.ask_solved or case is None or case.state not in ("answered", "resolved"):
        return ""
    return citizen_texts.solved_question(citizen_texts.language_for(city, language))


def _of(desk: Desk, case: CaseRecord | None, found: Sequence[PostRecord]) -> list[Answer]:
    if case is not None and len(found) != 1:
        return read.answers(desk.context.ledger, case_key=case.case_key)
    return [answer for one in found for answer in read.answers(desk.context.ledger, post_id=one.post_id)]


def _chosen(templates: Sequence[AnswerTemplate], name: str) -> AnswerTemplate | None:
    return next((one for one in templates if one.name == name), None)
