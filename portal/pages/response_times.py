"""Publish how fast the city answers.

In total, and by month, service, district and channel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from pipeline.city import compare
from portal.pages.trend import trend
from portal.rendering import kept_page, site_of
from portal.site import Site
from reports.build.comparison import CityTimes


@dataclass(frozen=True)
class Comparison:
    """Hold the own figures and those of other cities, by one definition."""

    cities: Sequence[CityTimes]
    """The own city first."""
    late: Sequence[str]
    """Cities whose server did not answer the last time."""


def comparison(site: Site) -> Comparison | None:
    """Return the comparison with other cities.

    None: the profile names no city, or no figures are there yet.
    """
    found = compare.kept(site.context)
    if not found.cities:
        return None
    own = compare.own_times(site.context, example=site.shows_examples)
    return Comparison((own, *found.cities), [one.city for one in found.failures])


def times_page(request: Request) -> Response:
    """Show the response times."""
    site = site_of(request)
    zone = site.context.city.zone
    return kept_page(request, "times.html", times=site.times, trend=lambda: trend(site.times(), zone), others=lambda: comparison(site))
