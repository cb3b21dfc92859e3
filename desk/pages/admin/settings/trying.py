"""Try thresholds on the newest posts, before they are saved."""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import ConfigurationError
from desk.pages.admin.settings.fields import FIELDS, Shown, typed_values
from desk.pages.admin.settings.sections import wanted
from desk.rendering import PAGE_SIZE, language_of, page, page_number
from desk.state import Desk
from pipeline.city import profile
from pipeline.city.what_if import OUTCOMES, WhatIf
from pipeline.context import now

TRIED = "try"
"""Parameter of an address that carries values to try."""
STYLES = {"network": "x", "platform": "decidim", "letter": "mailbox"}
"""A source of each style of posts, which have thresholds of their own."""


def cutoffs_in_force(desk: Desk) -> list[tuple[str, float, float]]:
    """Return the scores for review and case now, by style of posts."""
    city = desk.context.city
    found = []
    for style, source in STYLES.items():
        cutoffs = city.cutoffs(source, city.languages[0])
        found.append((style, cutoffs.review, cutoffs.act))
    return found


def query_of(typed: Mapping[str, Shown]) -> str:
    """Return the values to try as the query of an address."""
    return urlencode({TRIED: "1", **{field.name: typed[field.name] for field in FIELDS["triage"]}})


def rehearse(desk: Desk, typed: Mapping[str, Shown], language: str) -> WhatIf:
    """Return what the typed values would decide of the newest posts.

    `language`: in which they were typed.

    Raises:
        ConfigurationError: the profile does not allow them.
    """
    city = profile.tried(desk.context, "triage", wanted(desk, "triage", None, typed, language))
    return desk.rehearsals.of(desk.context.ledger, city, now())


def tried_posts(request: Request) -> Response:
    """List the posts behind a number of a try."""
    desk: Desk = request.app.state.desk
    typed, asked = typed_values("triage", request.query_params), request.query_params
    was, becomes = (asked[name] if asked.get(name) in OUTCOMES else None for name in ("was", "becomes"))
    try:
        found = rehearse(desk, typed, language_of(request))
    except ConfigurationError:
        return RedirectResponse(f"/settings/triage?{query_of(typed)}", status_code=303)
    posts, number = found.moved(was, becomes), page_number(request)
    first = (number - 1) * PAGE_SIZE
    return page(
        request,
        "settings_tried.html",
        posts=posts[first : first + PAGE_SIZE],
        after=found.after,
        total=len(posts),
        was=was,
        becomes=becomes,
        back=f"/settings/triage?{query_of(typed)}",
        number_of_page=number,
        pages=max(1, -(-len(posts) // PAGE_SIZE)),
    )
