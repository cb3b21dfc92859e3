"""Publish how fast the city answers.

In total, and by month, service, district and channel.
"""

from starlette.requests import Request
from starlette.responses import Response

from portal.rendering import kept_page, site_of


def times_page(request: Request) -> Response:
    """Show the response times."""
    site = site_of(request)
    return kept_page(request, "times.html", times=site.times)
