"""Count posts and open cases by district or barrio."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from desk.lens import Lens
from desk.lens.counting import LensCounts
from desk.state import Desk
from gazetteer.loading.inhabitants import Inhabitants
from gazetteer.loading.outlines import By
from ledger import read

Show = Literal["count", "rate", "change"]
SHOWS: tuple[Show, ...] = get_args(Show)
LEAST_BEFORE = 10
"""Posts before, from which a change in percent is shown."""
PER = 10_000
"""Inhabitants of a rate."""


@dataclass(frozen=True)
class Place:
    """Hold the numbers of one district or barrio."""

    name: str
    posts: int
    cases: int
    before: int | None
    """Posts of the earlier period; None: nothing to compare with."""
    inhabitants: int | None

    @property
    def rate(self) -> float | None:
        """Return the posts per 10,000 inhabitants; None when they are not known."""
        return None if self.inhabitants is None else PER * self.posts / self.inhabitants

    @property
    def change(self) -> float | None:
        """Return the change as a share of before; None: too few before."""
        if self.before is None or self.before < LEAST_BEFORE:
            return None
        return (self.posts - self.before) / self.before


def places(desk: Desk, by: By, lens: Lens, cases: read.CaseFilters, people: Inhabitants | None, moment: datetime) -> list[Place]:
    """Count all places with a post or case, most posts first."""
    counts, zone = LensCounts(desk.counts, lens), desk.context.city.zone
    now, earlier = lens.window(moment, zone), lens.compared(moment, zone)
    posts = counts.places(by, lens.filters, since=now.since, until=now.until)
    before: Mapping[str, int] | None = None
    if earlier.since is not None:
        before = counts.places(by, lens.filters, since=earlier.since, until=earlier.until)
    open_cases = read.count_cases_by_place(desk.context.ledger, by, **cases)
    living: Mapping[str, int] = {} if people is None else getattr(people, by)
    names = sorted({*posts, *open_cases, *(before or {})}, key=lambda name: (-posts.get(name, 0), name))
    return [
        Place(name, posts.get(name, 0), open_cases.get(name, 0), None if before is None else before.get(name, 0), living.get(name))
        for name in names
    ]


def shades(found: list[Place], show: Show) -> dict[str, str]:
    """Return the class of each place's colour.

    `d1` to `d4`: a quarter of the largest value each; `d0`: nothing; `u1`, `u2`: more than before, from 10 % and 50 % on; `f1`, `f2`:
    fewer; `same`: neither; `few`: too few to compare.
    """
    if show == "change":
        return {one.name: _of_change(one.change) for one in found}
    values = {one.name: float(one.posts) if show == "count" else one.rate for one in found}
    most = max((value for value in values.values() if value is not None), default=0.0) or 1.0
    return {name: "few" if value is None else f"d{_quarter(value / most)}" for name, value in values.items()}


def _quarter(part: float) -> int:
    return min(4, -int(-4 * part // 1))


def _of_change(change: float | None) -> str:
    if change is None:
        return "few"
    size = 2 if abs(change) >= 0.5 else 1 if abs(change) >= 0.1 else 0
    return "same" if not size else f"{'u' if change > 0 else 'f'}{size}"
