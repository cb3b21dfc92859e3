"""Answer "ask": known answers and what is already reported."""

from starlette.requests import Request
from starlette.responses import Response

from core.config.known_answers.answers import KnownAnswer
from core.errors import ConfigurationError
from core.web.client_address import caller
from portal.pages.open_problems import problems
from portal.rendering import language_of, page, site_of

LONGEST = 300
MOST_ANSWERS = 5
MOST_PROBLEMS = 5


def ask(request: Request) -> Response:
    """Show the answers nearest to a question; without one, the form."""
    site = site_of(request)
    question = " ".join(request.query_params.get("q", "").split())[:LONGEST]
    if not question:
        return page(request, "ask.html", question="", answers=(), reported=(), broken=False)
    if not site.questions.admits(caller(request.client.host if request.client else "")):
        return page(request, "refused.html", status=429, reason="often")
    broken, found = False, []
    try:
        found = site.answers.find(question, MOST_ANSWERS)
    except ConfigurationError:  # the desk shows what is wrong with the file
        broken = True
    answers = [_shown(one, language_of(request), site.context.city.languages[0]) for one in found]
    topics = list(dict.fromkeys(one.service for one in found[:2]))
    reported = [one for topic in topics for one in problems(site, topic, MOST_PROBLEMS)][:MOST_PROBLEMS]
    return page(request, "ask.html", question=question, answers=answers, reported=reported, broken=broken)


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
