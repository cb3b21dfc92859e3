"""Find what a comparison would mistake for a change in the city.

A source that is new, or was not read, changes every count without anybody in the city having written more or less.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ledger import read
from ledger.read import FACETS, Ledger, PostFilters, SourceReach
from reports.build.period import Interval, earlier_periods
from reports.build.selection import Selection
from reports.build.statistics import Apart
from trends.periods import LEAST_PERIODS, unusual

Period = tuple[datetime, datetime]


def comparable_periods(
    reach: Sequence[SourceReach], interval: Interval, zone: ZoneInfo, without: Collection[str]
) -> tuple[list[Period], frozenset[str]]:
    """Return the earlier periods to compare, and the sources to leave out.

    All other sources have posts from before the first of these periods on.
    """
    periods = earlier_periods(interval, zone)
    firsts = {one.source: one.first_at for one in reach if one.source not in without}
    if not firsts:
        return [], frozenset()
    least = periods[LEAST_PERIODS - 1][0]
    old = {source: at for source, at in firsts.items() if at <= least}
    since = max(old.values()) if old else min(firsts.values())
    return [one for one in periods if one[0] >= since], frozenset(firsts) - frozenset(old) if old else frozenset()


def sources_apart(
    ledger: Ledger, reach: Sequence[SourceReach], interval: Interval, zone: ZoneInfo, chosen: Selection, off: Collection[str]
) -> tuple[Apart, ...]:
    """Return the sources that are new or were not read.

    New: in one of the two intervals. Not read: switched off, failing since before the end, or silent where silence is improbable.
    """
    now = _by_source(ledger, (interval.start, interval.end), chosen)
    before = _by_source(ledger, (interval.previous, interval.start), chosen)
    usual = [(start, _by_source(ledger, (start, end), chosen)) for start, end in earlier_periods(interval, zone)[1:]]
    found = []
    for one in reach:
        if one.source in chosen.without or one.first_at >= interval.end:
            continue
        known = [counts for start, counts in usual if start >= one.first_at]
        is_down = one.source in off or (one.failing_since is not None and one.failing_since < interval.end)
        why = "new" if one.first_at >= interval.previous else "down" if is_down or _is_silent(one.source, (now, before), known) else ""
        if why and any(counts[one.source] for counts in (now, before, *known)):  # not one that was given up long ago
            found.append(Apart(source=one.source, why=why, posts=now[one.source]))
    return tuple(found)


def _is_silent(source: str, counts: Sequence[Counter[str]], usual: Sequence[Counter[str]]) -> bool:
    """Tell whether a source gave nothing where it usually does."""
    key: tuple[str, ...] = ("source", source)
    earlier: list[Mapping[tuple[str, ...], int]] = [{key: one[source]} for one in usual]
    return any(not one[source] and bool(unusual({key: 0}, earlier)) for one in counts)


def _by_source(ledger: Ledger, period: Period, chosen: Selection) -> Counter[str]:
    at = FACETS.index("source")
    found: Counter[str] = Counter()
    filters: PostFilters = {**chosen.filters, "since": period[0], "until": period[1]}
    for values, n in chosen.fold(read.facet_counts(ledger, **filters)).items():
        found[str(values[at])] += n
    return found
