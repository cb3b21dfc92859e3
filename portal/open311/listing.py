"""Find the public cases by the filters of a list."""

from dataclasses import dataclass

from core.records.post import is_example
from ledger import read
from pipeline.context import Context
from portal.open311.query import Nearby
from portal.open311.requests import location
from portal.open311.services import offered_topics


@dataclass(frozen=True)
class Listing:
    """Query the published cases of the offered topics."""

    context: Context
    has_keys: bool

    def cases(
        self, limit: int | None, offset: int, filters: read.PublishedFilters, nearby: Nearby | None = None
    ) -> list[read.PublishedCase]:
        """Return cases, newest first.

        Examples are shown only while no real source is on and no key exists. A place is compared with the published point, never with a
        more exact one, which a reader could otherwise find out by asking for smaller and smaller areas.
        """
        city = self.context.city
        topics, wanted = offered_topics(city.open311), filters.get("topics")
        filters = {**filters, "topics": topics if wanted is None else wanted, "unless_guessed": city.open311.hidden}
        sources = self.context.sources.values()
        if self.has_keys or not any(is_example(one.name) and one.off is None for one in sources):
            filters["example"] = False
        if nearby is None:
            return read.published_cases(self.context.ledger, limit, offset, **filters)
        filters["box"] = nearby.around(city.open311.decimals)
        found = read.published_cases(self.context.ledger, **filters)
        inside = [case for case in found if nearby.contains(*location(city, case)[1:])]
        return inside[offset:] if limit is None else inside[offset : offset + limit]
