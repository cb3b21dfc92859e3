"""Count the posts of a lens.

The kept counts answer; where a barrio or an area narrows the lens, the ledger does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from desk.lens import Lens
from ledger import read
from ledger.read import Ledger, PostFilters


@dataclass(frozen=True)
class LensCounts:
    """Count posts by facet within a lens's barrio or area."""

    kept: read.PostCounts
    """Counts of all posts; they know no barrio and no area."""
    lens: Lens

    @property
    def _ledger(self) -> Ledger:
        return self.kept.ledger

    def facets(
        self,
        chosen: Mapping[str, str],
        *,
        of: read.Population = "citizens",
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[int, dict[str, dict[str, int]]]:
        """Return the number of chosen posts, and the counts of each facet."""
        if not self.lens.is_narrowed:
            return self.kept.facets(chosen, of=of, since=since, until=until)
        places = PostFilters(since=since, until=until, barrio=self.lens.barrio, area=self.lens.shape)
        return read.fold(read.facet_counts(self._ledger, of=of, **places), chosen)

    def count(
        self,
        chosen: Mapping[str, str],
        *,
        of: read.Population = "citizens",
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """Return the number of posts that have all chosen values."""
        if not self.lens.is_narrowed:
            return self.kept.count(chosen, of=of, since=since, until=until)
        return self.facets(chosen, of=of, since=since, until=until)[0]

    def slots(self, bounds: Sequence[datetime], chosen: Mapping[str, str]) -> list[read.Slot]:
        """Count citizens' posts and complaints by topic between following moments."""
        if not self.lens.is_narrowed:
            return self.kept.slots(bounds, chosen)
        filters = cast(PostFilters, {**chosen, "barrio": self.lens.barrio, "area": self.lens.shape})
        return read.counts_by_slot(self._ledger, bounds, **filters)
