"""Show early warnings and the posts of each."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from desk.rendering import language_of, page
from desk.state import Desk
from ledger import read
from pipeline.context import now
from pipeline.steps.warn import rules_of
from pipeline.warnings.sightings import MOST_POSTS as MOST_READ, lacks_history
from reports.document.warning_words import course, main_subject, reason, subject_name, title

LIMIT = 200
MOST_POSTS = 200


def open_warnings(desk: Desk, language: str) -> list[dict[str, object]]:
    """Return the open warnings as the pages show them, newest first."""
    return [_shown(desk, one, language) for one in read.warnings(desk.context.ledger, open_only=True, limit=LIMIT)]


def warnings(request: Request) -> Response:
    """Show all warnings, newest first."""
    desk: Desk = request.app.state.desk
    language = language_of(request)
    found = [_shown(desk, one, language) for one in read.warnings(desk.context.ledger, limit=LIMIT)]
    return page(
        request,
        "warnings.html",
        going_on=[one for one in found if not one["ended"]],
        ended=[one for one in found if one["ended"]],
        rules=desk.context.city.warnings,
        lacks=lacks_history(desk.context.ledger, now(), rules_of(desk.context.city)),
        most_read=MOST_READ,
        most=LIMIT if len(found) == LIMIT else 0,
    )


def warning(request: Request) -> Response:
    """Show one warning with its reason, course and posts."""
    desk: Desk = request.app.state.desk
    ledger = desk.context.ledger
    number = request.path_params["number"]
    found = read.warning(ledger, number)
    if found is None:
        raise HTTPException(404)
    ids = read.warning_posts(ledger, number)
    ordered = dict.fromkeys([*(one for one in found.shown if one in set(ids)), *ids])
    records = [read.post_record(ledger, one) for one in list(ordered)[:MOST_POSTS]]
    return page(
        request,
        "warning.html",
        warning=_shown(desk, found, language_of(request)),
        posts=[one for one in records if one is not None],
        more=max(0, len(ids) - MOST_POSTS),
    )


def _shown(desk: Desk, one: read.EarlyWarning, language: str) -> dict[str, object]:
    """Return a warning as the templates show it."""
    city = desk.context.city
    main, name = main_subject(one), title(one, language)
    more = [subject for subject in ((one.kind, one.subject), *one.also) if subject != main and subject[0] != "near"]
    others = [subject_name(kind, subject, language) for kind, subject in more]
    return {
        "number": one.number,
        "title": name[:1].upper() + name[1:],
        "also": [other for other in dict.fromkeys(others) if other != name],
        "reason": reason(one, language),
        "course": course(one, city, language),
        "people": one.people,
        "detected_at": one.detected_at,
        "ended": one.ended_at is not None,
        "example": one.example,
    }
