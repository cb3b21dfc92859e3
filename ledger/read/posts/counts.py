"""Keep the facets of all posts in memory: counting reads none.

27 bytes a post. Before each answer the days that changed (`post_days`) are read again, in the snapshot that says so: the counts are those
of the ledger at that moment, whichever process wrote it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, case, func, select

from ledger import schema
from ledger.database import Ledger
from ledger.read.posts.messages import FACETS, POPULATIONS, Facet, Population, facet_columns, population
from ledger.read.posts.slots import Slot

Codes = NDArray[np.uint16]
Times = NDArray[np.int64]
DAY = timedelta(days=1)
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ROWS = 10_000
KEPT = (*FACETS, "barrio")
"""Columns that are counted. A barrio is a filter, not a facet of the list."""
INTENT, TOPIC = KEPT.index("intent"), KEPT.index("topic")
COMPLAINT = "complaint"

_posts = schema.posts.c


@dataclass(frozen=True)
class Columns:
    """Hold posts by column, oldest first."""

    at: Times
    """Microseconds since 1970."""
    of: NDArray[np.uint8]
    """Number of the population."""
    facets: NDArray[np.uint16]
    """Code of each value, one row for each of KEPT; 0: it has none."""

    def between(self, since: datetime | None, until: datetime | None) -> "Columns":
        """Return the posts of a period, without a copy."""
        first = 0 if since is None else int(np.searchsorted(self.at, _stamp(since)))
        last = len(self.at) if until is None else int(np.searchsorted(self.at, _stamp(until)))
        return Columns(self.at[first:last], self.of[first:last], self.facets[:, first:last])

    def where(self, chosen: NDArray[np.bool_]) -> "Columns":
        """Return the posts that are chosen."""
        return Columns(self.at[chosen], self.of[chosen], self.facets[:, chosen])


@dataclass
class PostCounts:
    """Count posts by facet, period and population; one per process."""

    ledger: Ledger
    _changes: dict[str, int] = field(default_factory=dict)
    """By day: what `post_days` said when it was read."""
    _days: dict[str, Columns] = field(default_factory=dict)
    _whole: Columns | None = None
    _codes: list[dict[str | None, int]] = field(default_factory=lambda: [{None: 0} for _ in KEPT])
    _lock: Lock = field(default_factory=Lock)

    def facets(
        self, chosen: Mapping[str, str], *, of: Population = "citizens", since: datetime | None = None, until: datetime | None = None
    ) -> tuple[int, dict[str, dict[str, int]]]:
        """Return the number of chosen posts, and the counts of each facet.

        A choice in one facet narrows the counts of all others, not its own. `since` is inclusive, `until` exclusive.
        """
        posts = self._population(of, since, until)
        misses = {at: posts.facets[at] != self._code(at, chosen[one]) for at, one in enumerate(KEPT) if chosen.get(one)}
        missed = sum((miss.astype(np.uint8) for miss in misses.values()), np.zeros(len(posts.at), np.uint8))
        found: dict[str, dict[str, int]] = {}
        for at, facet in enumerate(FACETS):
            counted = (missed == 0) | ((missed == 1) & misses[at]) if at in misses else missed == 0
            found[facet] = self._by_value(at, posts.facets[at][counted])
        return int(np.count_nonzero(missed == 0)), found

    def count(
        self, chosen: Mapping[str, str], *, of: Population = "citizens", since: datetime | None = None, until: datetime | None = None
    ) -> int:
        """Return the number of posts that have all chosen values."""
        return len(self._chosen(self._population(of, since, until), chosen).at)

    def places(
        self,
        by: Literal["district", "barrio"],
        chosen: Mapping[str, str],
        *,
        of: Population = "citizens",
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> dict[str, int]:
        """Count the posts that have all chosen values by place, most first.

        Posts without a place are left out.
        """
        at = KEPT.index(by)
        return self._by_value(at, self._chosen(self._population(of, since, until), chosen).facets[at])

    def times(
        self,
        chosen: Mapping[str, str],
        *,
        of: Population = "citizens",
        since: datetime | None = None,
        until: datetime | None = None,
        after: datetime | None = None,
        oldest_first: bool = False,
        limit: int,
    ) -> list[datetime]:
        """Return when the next `limit` posts were written, and `after`.

        `after`: time of the last post of the page before; others of the same moment may follow.
        """
        at = self._chosen(self._population(of, since, until), chosen).at
        if after is not None:
            end = int(np.searchsorted(at, _stamp(after), side="right" if oldest_first else "left"))
            at = at[end:] if oldest_first else at[:end]
        page = at[:limit] if oldest_first else at[max(0, len(at) - limit) :]
        return [*([] if after is None else [after]), *(FIRST + int(one) * MICROSECOND for one in np.unique(page))]

    def newest_since(
        self, limit: int, *, of: Population = "citizens", since: datetime | None = None, until: datetime | None = None
    ) -> datetime | None:
        """Return when the oldest of the newest `limit` posts was written.

        None: there are no more than these.
        """
        at = self._population(of, since, until).at
        return FIRST + int(at[-limit]) * MICROSECOND if len(at) > limit else None

    def slots(self, bounds: Sequence[datetime], chosen: Mapping[str, str], of: Population = "citizens") -> list[Slot]:
        """Count posts and complaints by topic between following moments.

        Empty stretches are left out.
        """
        if len(bounds) < 2:
            return []
        posts = self._chosen(self._population(of, bounds[0], bounds[-1]), chosen)
        number = np.searchsorted(np.array([_stamp(one) for one in bounds], np.int64), posts.at, side="right") - 1
        topics = self._values(TOPIC)
        keys = number * len(topics) + posts.facets[TOPIC]
        size = (len(bounds) - 1) * len(topics)
        complains = posts.facets[INTENT] == self._code(INTENT, COMPLAINT)
        counts, complaints = np.bincount(keys, minlength=size), np.bincount(keys[complains], minlength=size)
        return [
            Slot(int(key) // len(topics), topics[int(key) % len(topics)], int(counts[key]), int(complaints[key]))
            for key in np.flatnonzero(counts)
        ]

    def values(self) -> dict[Facet, tuple[str, ...]]:
        """Return the values that occur, by facet, in order."""
        whole = self._current()
        return {facet: tuple(sorted(self._by_value(at, whole.facets[at]))) for at, facet in enumerate(FACETS)}

    def _population(self, of: Population, since: datetime | None, until: datetime | None) -> Columns:
        posts = self._current().between(since, until)
        return posts if of == "all" else posts.where(posts.of == POPULATIONS.index(of))

    def _chosen(self, posts: Columns, chosen: Mapping[str, str]) -> Columns:
        for at, one in enumerate(KEPT):
            if chosen.get(one):
                posts = posts.where(posts.facets[at] == self._code(at, chosen[one]))
        return posts

    def _code(self, at: int, value: str) -> int:
        """Return the code of a value; an unknown one has no posts."""
        return self._codes[at].get(value, np.iinfo(np.uint16).max)

    def _values(self, at: int) -> list[str | None]:
        return list(self._codes[at])

    def _by_value(self, at: int, codes: Codes) -> dict[str, int]:
        """Count the values of a facet, most first."""
        values, counts = self._values(at), np.bincount(codes)
        found = [(value, int(counts[code])) for code in np.flatnonzero(counts) if (value := values[code]) is not None]
        return dict(sorted(found, key=lambda one: (-one[1], one[0])))

    def _current(self) -> Columns:
        """Return all posts as the ledger has them now."""
        with self._lock, self.ledger.read() as connection:
            changes = _changes(connection)
            stale = sorted(day for day, number in changes.items() if self._changes.get(day) != number)
            if self._whole is None or stale:
                self._read_days(connection, stale)
                self._changes = changes
                self._whole = _concatenated([self._days[day] for day in sorted(self._days)])
            return self._whole

    def _read_days(self, connection: Connection, days: Sequence[str]) -> None:
        """Read the posts of these days again; following days at once."""
        for day in days:
            self._days[day] = _concatenated([])
        for period in _runs(days) if self._days.keys() > set(days) else [None]:
            self._days |= _by_day(_concatenated([self._columns(rows) for rows in _rows(connection, period)]))

    def _columns(self, rows: Sequence[Row[Any]]) -> Columns:
        """Return rows by column."""
        listed = list(zip(*rows, strict=True))
        at = np.array([_stamp(one) for one in listed[0]], np.int64)
        facets = np.empty((len(KEPT), len(at)), np.uint16)
        for number, values in enumerate(listed[2:]):
            codes = self._codes[number]
            facets[number] = [codes.setdefault(value, len(codes)) for value in values]
        return Columns(at, np.array(listed[1], np.uint8), facets)


def _changes(connection: Connection) -> dict[str, int]:
    days = schema.post_days.c
    rows = connection.execute(select(days.day, func.sum(days.changes)).group_by(days.day))
    return {row[0]: int(row[1]) for row in rows}


def _rows(connection: Connection, days: tuple[date, date] | None) -> Iterator[Sequence[Row[Any]]]:
    """Yield time, population, facets and barrio of posts.

    `days`: the first and the last; None: all posts.
    """
    of = case(*((population(one), number) for number, one in enumerate(POPULATIONS) if one != "all"), else_=0)
    joined = schema.posts.outerjoin(schema.labels, schema.labels.c.post_id == _posts.post_id)
    statement = select(_posts.created_at, of, *facet_columns(), schema.labels.c.barrio).select_from(joined)
    if days is not None:
        first, last = days
        statement = statement.where(_posts.created_at >= _midnight(first), _posts.created_at < _midnight(last + DAY))
    yield from connection.execution_options(yield_per=ROWS).execute(statement).partitions(ROWS)


def _by_day(posts: Columns) -> dict[str, Columns]:
    """Split posts in any order by day, each in order of time."""
    order = np.argsort(posts.at, kind="stable")
    whole = Columns(posts.at[order], posts.of[order], posts.facets[:, order])
    starts = [FIRST + int(number) * DAY for number in np.unique(whole.at // (DAY // MICROSECOND))]
    return {start.date().isoformat(): whole.between(start, start + DAY) for start in starts}


def _runs(days: Sequence[str]) -> list[tuple[date, date]]:
    """Return the first and last day of each run of following days.

    >>> _runs(["2026-11-01", "2026-11-02", "2026-11-05"])
    [(datetime.date(2026, 11, 1), datetime.date(2026, 11, 2)), (datetime.date(2026, 11, 5), datetime.date(2026, 11, 5))]
    """
    found: list[tuple[date, date]] = []
    for day in map(date.fromisoformat, days):
        if found and day - found[-1][1] == DAY:
            found[-1] = found[-1][0], day
        else:
            found.append((day, day))
    return found


def _concatenated(days: Sequence[Columns]) -> Columns:
    if not days:
        return Columns(np.empty(0, np.int64), np.empty(0, np.uint8), np.empty((len(KEPT), 0), np.uint16))
    return Columns(
        np.concatenate([one.at for one in days]),
        np.concatenate([one.of for one in days]),
        np.concatenate([one.facets for one in days], axis=1),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _stamp(moment: datetime) -> int:
    return (moment - FIRST) // MICROSECOND
