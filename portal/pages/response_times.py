"""Publish how fast the city answers.

In total, and by month, service, district and channel.
"""

from starlette.requests import Request
from starlette.responses import Response

from pipeline.context import now
from portal.rendering import kept_page, site_of
from portal.site import Site
from reports.output import open_data
from reports.output.open_data import ResponseTimes


def response_times(site: Site) -> ResponseTimes:
    """Return the city's response times.

    Those of the example week where no real source is on.
    """
    context = site.context
    return site.times.get(
        (), lambda: open_data.response_times(context.city, context.ledger, now(), example=site.shows_examples)
    )


def times_page(request: Request) -> Response:
    """Show the response times."""
    site = site_of(request)
    return kept_page(request, "times.html", times=lambda: response_times(site))
