"""Answer "ask": known answers and what is already reported."""

from typing import NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from core.config.known_answers.answers import KnownAnswer
from core.errors import ConfigurationError
from core.text import BIDI, NO_GLYPHS, sanitise
from core.web.client_address import caller
from pipeline.casework.answering.search import OfferedAnswers
from portal.pages.already_reported import Reported, search
from portal.rendering import language_of, page, site_of
from portal.site import Site

LONGEST = 300
MOST_ANSWERS = 3
STATES = ("new", "assigned", "acknowledged", "answered")
"""Those of open problems, in the order of the work."""


class CitizenQuestion(NamedTuple):
    """Hold what was typed and what is searched for."""

    words: str
    """In one line, without control and invisible characters, at most LONGEST characters."""
    is_cut: bool
    is_given: bool
    """Something was typed, even if nothing of it can be searched for."""


def read_question(typed: str) -> CitizenQuestion:
    """Return the question of what was typed.

    >>> read_question("farola\\x07\\n fundida")
    CitizenQuestion(words='farola fundida', is_cut=False, is_given=True)
    """
    words = sanitise(typed, remove=BIDI, categories=NO_GLYPHS, layout="one_line", max_marks=2)
    return CitizenQuestion(words[:LONGEST].strip(), len(words) > LONGEST, bool(typed.strip()))


def ask(request: Request) -> Response:
    """Show known answers and reported problems; without a question, the form."""
    site, question = site_of(request), read_question(request.query_params.get("q", ""))
    asked_state = request.query_params.get("state", "")
    state = asked_state if asked_state in STATES else None
    if not question.words:
        return page(request, "ask.html", question=question, state=None, states=STATES)
    if not site.questions.admits(caller(request.client.host if request.client else "")):
        return page(request, "refused.html", status=429, reason="often")
    language = language_of(request)
    found = search(site, question.words, language, state)
    offered, broken = _answers(site, question.words)
    first = site.context.city.languages[0]
    return page(
        request,
        "ask.html",
        question=question,
        state=state,
        states=STATES,
        answers=[_shown(one, language, first) for one in (offered.sure,) if one is not None],
        perhaps=[_shown(one, language, first) for one in offered.perhaps],
        broken=broken,
        found=found,
        published=site.context.city.portal.incidents,
        report_link=_report_link(site, question, found),
    )


def _answers(site: Site, words: str) -> tuple[OfferedAnswers, bool]:
    """Return the known answers to offer, and whether their file is broken."""
    try:
        return site.answers.offered(words, MOST_ANSWERS), False
    except ConfigurationError:  # the desk shows what is wrong with the file
        return OfferedAnswers(None, ()), True


def _report_link(site: Site, question: CitizenQuestion, found: Reported) -> str:
    """Return the address of the form with words and service."""
    services = found.asked.services - set(site.context.city.open311.hidden)
    given = {"description": question.words} | ({"service": next(iter(services))} if len(services) == 1 else {})
    return f"/report?{urlencode(given)}"


def _shown(answer: KnownAnswer, language: str, first: str) -> dict[str, object]:
    """Return what is shown of an answer.

    In the language asked for, if the answer has a text in it.
    """
    chosen = next((one for one in (language, first) if one in answer.text), next(iter(answer.text)))
    asked = answer.questions.get(chosen) or next(iter(answer.questions.values()), ())
    return {
        "title": asked[0] if asked else "",
        "text": answer.text[chosen],
        "language": chosen,
        "links": answer.links,
        "topic": answer.service,
        "example": answer.example,
    }
