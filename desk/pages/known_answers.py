"""Serve the list, the editor and the proposals of known answers."""

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, get_args

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.config.known_answers.edits import STATES, EditedAnswer, fields_of
from core.config.known_answers.fields import LONGEST_QUESTION, Language
from core.errors import ConfigurationError
from core.records.annotation import TOPICS
from desk.pages.input.kept import status_of
from desk.pages.input.revision import revision
from desk.rendering import explain_error, page
from desk.state import Desk
from ledger import read
from pipeline.casework.answering import editing as answer_editing
from pipeline.casework.answering.known_answers import known_answers_of
from pipeline.context import now

LANGUAGES: tuple[str, ...] = get_args(Language)
VALID_FOR = timedelta(days=365)
"""Validity that a new answer begins with."""
MOST_QUESTIONS = 8
"""Questions of citizens shown with a proposal."""


@dataclass(frozen=True)
class Tried:
    """Hold an edit that was not saved, and the reason."""

    message: str
    """In the language of the reader."""
    status: int
    content: dict[str, Any]


def known_answers(request: Request) -> Response:
    """List the known answers that fit the filters."""
    desk: Desk = request.app.state.desk
    today = _today(desk)
    entries, problem = _entries(desk)
    wanted = {name: request.query_params.get(name, "") for name in ("q", "topic", "state", "example")}
    found = [one for one in entries if _fits(one, wanted, today)]
    return page(
        request,
        "known_answers.html",
        entries=found,
        problem=problem,
        wanted=wanted,
        all=len(entries),
        examples=sum(one.answer.example for one in entries),
        topics=TOPICS,
        states=STATES,
        today=today,
    )


def _entries(desk: Desk) -> tuple[tuple[EditedAnswer, ...], str]:
    """Return the known answers, or none and why they cannot be read."""
    try:
        return known_answers_of(desk.context), ""
    except ConfigurationError as error:
        return (), str(error)


def _fits(one: EditedAnswer, wanted: dict[str, str], today: date) -> bool:
    answer = one.answer
    said = [answer.id, *answer.text.values(), *(text for some in answer.questions.values() for text in some)]
    return (
        (not wanted["topic"] or answer.service == wanted["topic"])
        and (not wanted["state"] or one.state(today) == wanted["state"])
        and (not wanted["example"] or answer.example)
        and all(word in _folded(" ".join(said)) for word in _folded(wanted["q"]).split())
    )


def _folded(text: str) -> str:
    """Return a text without accents and capitals."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign)).casefold()


def known_answer(request: Request) -> Response:
    """Show the editor of one known answer."""
    return _editor(request, request.path_params["id"])


def _editor(request: Request, answer_id: str, tried: Tried | None = None) -> Response:
    desk: Desk = request.app.state.desk
    entry = answer_editing.entry(desk.context, answer_id)
    if entry is None:
        raise HTTPException(404)
    return page(
        request,
        "known_answer.html",
        status=200 if tried is None else tried.status,
        entry=entry,
        content=fields_of(entry.answer) if tried is None else tried.content,
        seen=entry.revision,
        state=entry.state(_today(desk)),
        edits=read.known_answer_edits(desk.context.ledger, answer_id),
        proposal=None,
        most=MOST_QUESTIONS,
        **_form_values(desk, tried),
    )


def new(request: Request) -> Response:
    """Show the editor of a new answer.

    `?proposal=` fills it."""
    return _new(request, request.query_params.get("proposal", ""))


def _new(request: Request, key: str, tried: Tried | None = None) -> Response:
    desk: Desk = request.app.state.desk
    proposal = answer_editing.proposal(desk.context, key) if key else None
    today = _today(desk)
    content: dict[str, Any] = {"id": "", "service": "", "owner": "", "links": [], "text": {}, "questions": {}}
    content |= {"example": True, "valid_from": today.isoformat(), "valid_until": (today + VALID_FOR).isoformat()}
    if proposal is not None:
        links = [word.rstrip(".,;)") for word in proposal.text.split() if word.startswith("https://")]
        text = " ".join(word for word in proposal.text.split() if not word.startswith("https://"))
        language = proposal.language if proposal.language in LANGUAGES else desk.context.city.languages[0]
        content |= {"service": proposal.topic, "owner": desk.context.city.department(proposal.topic).name}
        content |= {"links": links, "text": {language: text}}
    return page(
        request,
        "known_answer.html",
        status=200 if tried is None else tried.status,
        entry=None,
        content=content if tried is None else tried.content,
        seen=0,
        state="",
        edits=[],
        proposal=proposal,
        most=MOST_QUESTIONS,
        **_form_values(desk, tried),
    )


def _form_values(desk: Desk, tried: Tried | None) -> dict[str, Any]:
    city = desk.context.city
    return {
        "tried": tried,
        "languages": sorted(LANGUAGES, key=lambda one: one != city.languages[0]),
        "topics": TOPICS,
        "departments": [one.name for one in city.departments],
        "longest": LONGEST_QUESTION,
    }


def add(request: Request, form: FormData) -> Response:
    """Store a new answer."""
    key = str(form.get("proposal", ""))
    content = _content(form, str(form.get("id", "")).strip())
    try:
        _save(request, content, form, 0, new=True)
    except ConfigurationError as error:
        return _new(request, key, Tried(explain_error(request, error), status_of(error), content))
    return RedirectResponse(f"/answers/known/{content['id']}?saved=1", status_code=303)


def change(request: Request, form: FormData) -> Response:
    """Edit, withdraw or restore an answer.

    An edit made on a stale page is shown again beside the answer as it is stored now.
    """
    desk: Desk = request.app.state.desk
    answer_id, action, who = request.path_params["id"], request.path_params["action"], request.state.user.name
    content = _content(form, answer_id)
    try:
        match action:
            case "edit":
                _save(request, content, form, revision(form.get("seen")))
            case "withdraw":
                answer_editing.withdraw(desk.context, answer_id, revision(form.get("seen")), who, str(form.get("why", "")))
            case "restore":
                answer_editing.restore(desk.context, answer_id, revision(form.get("seen")), who)
            case _:
                raise HTTPException(404)
    except ConfigurationError as error:
        entry = answer_editing.entry(desk.context, answer_id)
        if action != "edit" and entry is not None:
            content = fields_of(entry.answer)
        return _editor(request, answer_id, Tried(explain_error(request, error), status_of(error), content))
    return RedirectResponse(f"/answers/known/{answer_id}?saved=1", status_code=303)


def _save(request: Request, content: dict[str, Any], form: FormData, seen: int, new: bool = False) -> None:
    desk: Desk = request.app.state.desk
    why, proposal = str(form.get("why", "")).strip(), str(form.get("proposal", "")) or None
    answer_editing.save(desk.context, content, seen, request.state.user.name, why, proposal, new=new)


def _content(form: FormData, answer_id: str) -> dict[str, Any]:
    """Return the fields of an answer from the form."""

    def lines(name: str) -> list[str]:
        return [" ".join(one.split()) for one in str(form.get(name, "")).splitlines() if one.strip()]

    texts = {one: " ".join(lines(f"text_{one}")) for one in LANGUAGES}
    questions = {one: lines(f"questions_{one}") for one in LANGUAGES}
    return {
        "id": answer_id,
        **{name: str(form.get(name, "")) for name in ("service", "owner", "valid_from", "valid_until")},
        "links": lines("links"),
        "text": {one: text for one, text in texts.items() if text},
        "questions": {one: some for one, some in questions.items() if some},
        "example": not form.get("approved"),
    }


def proposals(request: Request) -> Response:
    """List answers that several citizens got alike."""
    desk: Desk = request.app.state.desk
    found = answer_editing.proposals(desk.context)
    return page(request, "answer_proposals.html", proposals=found, most=MOST_QUESTIONS)


def refuse(request: Request, form: FormData) -> Response:
    """Refuse a proposal."""
    desk: Desk = request.app.state.desk
    key, who = request.path_params["key"], request.state.user.name
    answer_editing.refuse_proposal(desk.context, key, who, str(form.get("why", "")))
    return RedirectResponse("/answers/proposals", status_code=303)


def _today(desk: Desk) -> date:
    return now().astimezone(desk.context.city.zone).date()
