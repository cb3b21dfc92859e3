"""Count the posts of a lens.

The kept counts answer; where an area narrows the lens, the ledger does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from desk.lens import Lens
from gazetteer.loading.outlines import By
from ledger import read
from ledger.read import Ledger, PostFilters


@dataclass(frozen=True)
class LensCounts:
    """Count posts by facet within a lens's barrio or area."""

    kept: read.PostCounts
    """Counts of all posts; they know no area."""
    lens: Lens

    @property
    def _ledger(self) -> Ledger:
        return self.kept.ledger

    def _within(self, chosen: Mapping[str, str]) -> Mapping[str, str]:
        return {**chosen, "barrio": self.lens.barrio} if self.lens.barrio else chosen

    def _filters(self, chosen: Mapping[str, str], since: datetime | None, until: datetime | None) -> PostFilters:
        return cast(PostFilters, {**self._within(chosen), "area": self.lens.shape, "since": since, "until": until})

    def facets(
        self, chosen: Mapping[str, str], *, of: read.Population = "citizens", since: datetime | None = None, until: datetime | None = None
    ) -> tuple[int, dict[str, dict[str, int]]]:
        """Return the number of chosen posts, and the counts of each facet."""
        if not self.lens.area:
            return self.kept.facets(self._within(chosen), of=of, since=since, until=until)
        return read.fold(read.facet_counts(self._ledger, of=of, **self._filters({}, since, until)), chosen)

    def count(
        self, chosen: Mapping[str, str], *, of: read.Population = "citizens", since: datetime | None = None, until: datetime | None = None
    ) -> int:
        """Return the number of posts that have all chosen values."""
        if not self.lens.area:
            return self.kept.count(self._within(chosen), of=of, since=since, until=until)
        return read.count_messages(self._ledger, of=of, **self._filters(chosen, since, until))

    def places(self, by: By, chosen: Mapping[str, str], *, since: datetime | None = None, until: datetime | None = None) -> dict[str, int]:
        """Count citizens' posts by district or barrio, most first."""
        if not self.lens.area:
            return self.kept.places(by, self._within(chosen), since=since, until=until)
        return read.counts_by_place(self._ledger, by, **self._filters(chosen, since, until))

    def times(self, chosen: Mapping[str, str], *, since: datetime | None, until: datetime | None, limit: int) -> list[datetime] | None:
        """Return when the newest citizens' posts were written.

        None within an area: the kept counts do not know it.
        """
        if self.lens.area:
            return None
        return self.kept.times(self._within(chosen), since=since, until=until, limit=limit)

    def slots(self, bounds: Sequence[datetime], chosen: Mapping[str, str]) -> list[read.Slot]:
        """Count citizens' posts and complaints by topic between following moments."""
        if not self.lens.area:
            return self.kept.slots(bounds, self._within(chosen))
        return read.counts_by_slot(self._ledger, bounds, **self._filters(chosen, None, None))
