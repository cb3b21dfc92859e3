"""Prepare the form for an answer: templates, posts and earlier answers."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from starlette.requests import Request

from core.config import citizen_texts
from core.config.city import AnswerTemplate
from core.errors import ConfigurationError
from core.records.answer import LEAVING, Answer
from core.records.answer_length import limit_of
from core.records.read_models import CaseRecord, PostRecord
from desk.auth.security import User
from desk.bell import may_approve
from desk.pages.cases.preview import OtherText, TypedAnswer, previews, runs_needed
from desk.state import Desk
from ledger import read
from pipeline.casework.answering.known_answers import KNOWN, known_answers_of
from pipeline.casework.answering.languages import ANSWER_LANGUAGES, base
from pipeline.casework.answering.macros import also_of
from pipeline.casework.answering.templates import filled, past_due, templates_for, version_in
from pipeline.context import now


def rights(desk: Desk, user: User) -> dict[str, Any]:
    """Return what the buttons of an answer need to know."""
    return {"sends": desk.sending_channels, "approves": may_approve(desk.context, user)}


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
    spoken = dict(Counter(base(one.language) for one in own if base(one.language)).most_common())
    language = next(iter(spoken), desk.context.city.languages[0])
    templates = templates_for(desk.context, case, language)
    known = _known(desk, case, language)
    texts = [*templates, *known]
    chosen = _chosen(texts, typed.template if typed else request.query_params.get("template", ""))
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
        "others": [_other(desk, case, one, texts, chosen, typed) for one in spoken if one != base(answer_language)],
        "templates": templates,
        "known": {one.name: one for one in reversed(known)},  # of each the text in the citizens' language
        "chosen": chosen,
        "prepared": typed.text if typed else "" if chosen is None else filled(desk.context, chosen, case),
        "past_due": None if typed or chosen is None else past_due(desk.context, chosen, case),
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


def _known(desk: Desk, case: CaseRecord | None, language: str) -> list[AnswerTemplate]:
    """Return the valid known answers about the topic of a case.

    One for each text, those of `language` first; none where they cannot be read.
    """
    if case is None:
        return []
    try:
        found = known_answers_of(desk.context)
    except ConfigurationError:
        return []
    today = now().astimezone(desk.context.city.zone).date()
    valid = [one.answer for one in found if one.answer.service == case.topic and one.state(today) == "valid"]
    texts = [
        AnswerTemplate.model_construct(name=f"{KNOWN}{one.id}", language=spoken, text=one.reply(spoken))
        for one in valid
        for spoken in one.text
    ]
    return sorted(texts, key=lambda one: (one.language != language, one.name))


class OtherAnswer(NamedTuple):
    """Hold the answer to those who write in another language."""

    language: str
    text: str
    lacking: bool
    """The chosen template has no text in this language."""
    main: bool


def _other(
    desk: Desk,
    case: CaseRecord | None,
    language: str,
    texts: Sequence[AnswerTemplate],
    chosen: AnswerTemplate | None,
    typed: TypedAnswer | None,
) -> OtherAnswer:
    """Return the answer in one more language, as typed or prepared."""
    if typed is not None:
        kept = typed.others.get(language, OtherText("", False))
        return OtherAnswer(language, kept.text, False, kept.main)
    if chosen is None:
        return OtherAnswer(language, "", False, False)
    version: AnswerTemplate | None
    if chosen.name.startswith(KNOWN):
        version = next((one for one in texts if one.name == chosen.name and one.language == language), None)
    else:
        version = version_in(desk.context, chosen, language, case)
    return OtherAnswer(language, "" if version is None else filled(desk.context, version, case), version is None, False)


def _chosen(templates: Sequence[AnswerTemplate], name: str) -> AnswerTemplate | None:
    return next((one for one in templates if one.name == name), None)
