"""Serve the entrance: what citizens can do here, and the city's figures."""

from starlette.requests import Request
from starlette.responses import Response

from portal.pages.open_problems import problems
from portal.rendering import kept_page, site_of

NEWEST = 5


def start(request: Request) -> Response:
    """Show the entrance."""
    site = site_of(request)
    return kept_page(
        request,
        "start.html",
        newest=lambda: problems(site, limit=NEWEST),
        total=lambda: next((row for row in site.times().rows if row.kind == "all"), None),
    )
