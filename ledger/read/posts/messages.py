"""List posts by key, and count those with words or in places.

`ledger.read.posts.counts` counts all others.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, Unpack, get_args

from sqlalchemy import ColumnElement, FromClause, and_, func, or_, select, true

from core.records.read_models import PostRecord
from ledger import schema
from ledger.cases.counts import is_spam
from ledger.database import Ledger
from ledger.read.posts.queries import PostFilters, filtered
from ledger.read.posts.records import post_record_of, select_post_records
from ledger.read.posts.slots import Slot, slot_of

Population = Literal["citizens", "spam", "irrelevant", "own", "all"]
POPULATIONS: tuple[Population, ...] = get_args(Population)
Facet = Literal["topic", "district", "source", "language", "intent", "sentiment", "case_kind", "decision"]
FACETS: tuple[Facet, ...] = get_args(Facet)
Counts = Mapping[tuple[str | None, ...], int]
"""Number of posts by their values of all facets, in the order of FACETS."""

_posts, _labels = schema.posts.c, schema.labels.c


def population(name: Population) -> ColumnElement[bool]:
    """Return the condition of a population.

    The four named ones divide all posts. Of citizens: about this city, by others than the city, neither spam nor a copy that
    triage found, as in the search engine. Labels that are not there yet exclude nothing.
    """
    own, spam, irrelevant = _posts.own.is_(True), is_spam().is_(True), _labels.relevance.is_(False)
    by_citizens = _posts.own.is_(False)
    no_spam = is_spam().is_not(True)
    relevant = or_(_labels.relevance.is_(None), _labels.relevance.is_(True))
    return {
        "citizens": and_(by_citizens, no_spam, relevant),
        "spam": and_(by_citizens, spam),
        "irrelevant": and_(by_citizens, no_spam, irrelevant),
        "own": own,
        "all": true(),
    }[name]


def messages(
    ledger: Ledger,
    *,
    of: Population = "citizens",
    oldest_first: bool = False,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
    times: Sequence[datetime] | None = None,
    **filters: Unpack[PostFilters],
) -> list[PostRecord]:
    """Return the posts that follow a key in this order.

    Args:
        ledger: the open ledger.
        of: the population.
        oldest_first: the order; the newest come first otherwise.
        after: time and id of the last post of the page before; None: the first page.
        limit: the most to return.
        times: when these posts were written, where that is known: otherwise rare ones are sought among all.
        filters: those of `ledger.read.posts.queries`.
    """
    statement = filtered(select_post_records().where(population(of)), filters)
    if times is not None:
        statement = statement.where(_posts.created_at.in_(list(times)))
    if after is not None:
        statement = statement.where(_beyond(after, oldest_first))
    keys = (_posts.created_at, _posts.post_id)
    ordered = statement.order_by(*(key if oldest_first else key.desc() for key in keys)).limit(limit)
    with ledger.read() as connection:
        return [post_record_of(row) for row in connection.execute(ordered)]


def _beyond(key: tuple[datetime, str], oldest_first: bool) -> ColumnElement[bool]:
    at, post_id = key
    if oldest_first:
        later = or_(_posts.created_at > at, _posts.post_id > post_id)
        return and_(_posts.created_at >= at, later)
    earlier = or_(_posts.created_at < at, _posts.post_id < post_id)
    return and_(_posts.created_at <= at, earlier)


class ListPosition(NamedTuple):
    """Hold the list position of a matching post, and its facets."""

    created_at: datetime
    post_id: str
    values: tuple[str | None, ...]
    """In the order of FACETS."""


def matches(ledger: Ledger, *, of: Population = "citizens", **filters: Unpack[PostFilters]) -> list[ListPosition]:
    """Return all matching posts in any order.

    One query instead of a count and a list: looking for words in texts costs far more than the rows it finds.
    """
    statement = select(_posts.created_at, _posts.post_id, *facet_columns())
    statement = filtered(statement.select_from(_posts_with_labels(filters)).where(population(of)), filters)
    with ledger.read() as connection:
        return [ListPosition(row[0], row[1], tuple(row[2:])) for row in connection.execute(statement)]


def facet_counts(ledger: Ledger, *, of: Population = "citizens", **filters: Unpack[PostFilters]) -> Counts:
    """Count matching posts by all facets at once."""
    columns = facet_columns()
    statement = select(*columns, func.count().label("posts")).select_from(_posts_with_labels(filters)).where(population(of))
    with ledger.read() as connection:
        rows = connection.execute(filtered(statement, filters).group_by(*columns)).all()
    return {tuple(row[: len(FACETS)]): int(row.posts) for row in rows}


def counts_by_place(
    ledger: Ledger, by: Literal["district", "barrio"], *, of: Population = "citizens", **filters: Unpack[PostFilters]
) -> dict[str, int]:
    """Count matching posts by district or barrio, most first.

    Posts without one are left out.
    """
    place, posts = _labels[by].label("place"), func.count().label("posts")
    statement = filtered(select(place, posts).select_from(_posts_with_labels(filters)).where(population(of)), filters)
    statement = statement.where(place.is_not(None)).group_by(place).order_by(posts.desc(), place)
    with ledger.read() as connection:
        return {row.place: int(row.posts) for row in connection.execute(statement)}


def message_ids(ledger: Ledger, *, of: Population = "citizens", limit: int, **filters: Unpack[PostFilters]) -> list[str]:
    """Return the ids of matching posts, at most `limit`."""
    statement = select(_posts.post_id).select_from(_posts_with_labels(filters)).where(population(of))
    with ledger.read() as connection:
        return list(connection.execute(filtered(statement, filters).limit(limit)).scalars())


def message_texts(
    ledger: Ledger, *, of: Population = "citizens", limit: int, times: Sequence[datetime] | None = None, **filters: Unpack[PostFilters]
) -> list[str]:
    """Return the texts of matching posts, the newest first.

    `times`: as of `messages`.
    """
    statement = filtered(select(_posts.text).select_from(_posts_with_labels(filters)).where(population(of)), filters)
    if times is not None:
        statement = statement.where(_posts.created_at.in_(list(times)))
    with ledger.read() as connection:
        return list(connection.execute(statement.order_by(_posts.created_at.desc()).limit(limit)).scalars())


def count_messages(ledger: Ledger, *, of: Population = "citizens", **filters: Unpack[PostFilters]) -> int:
    """Count the posts of a population that match all filters."""
    statement = select(func.count()).select_from(_posts_with_labels(filters)).where(population(of))
    with ledger.read() as connection:
        return int(connection.execute(filtered(statement, filters)).scalar_one())


def counts_by_slot(
    ledger: Ledger, bounds: Sequence[datetime], *, of: Population = "citizens", **filters: Unpack[PostFilters]
) -> list[Slot]:
    """Count posts and complaints by topic between following moments.

    Empty stretches are left out.
    """
    if len(bounds) < 2:
        return []
    whole: PostFilters = {**filters, "since": bounds[0], "until": bounds[-1]}
    slot = slot_of(bounds).label("slot")
    complaints = func.count().filter(_labels.intent == "complaint").label("complaints")
    statement = select(slot, _labels.topic, func.count().label("posts"), complaints)
    statement = filtered(statement.select_from(_posts_with_labels(whole)).where(population(of)), whole)
    with ledger.read() as connection:
        rows = connection.execute(statement.group_by(slot, _labels.topic)).all()
    return [Slot(row.slot, row.topic, row.posts, row.complaints) for row in rows]


def fold(counts: Counts, chosen: Mapping[str, str]) -> tuple[int, dict[str, dict[str, int]]]:
    """Return the number of chosen posts, and the facets' numbers.

    A choice in one facet narrows the numbers of all others, not its own.

    >>> fold({("noise", "Usera", "x", "es", "praise", "positive", "other", "no_case"): 2}, {"topic": "other"})[0]
    0
    """
    total, by_facet = 0, {facet: Counter[str]() for facet in FACETS}
    wanted = [(at, chosen[facet]) for at, facet in enumerate(FACETS) if chosen.get(facet)]
    for values, posts in counts.items():
        missed = [at for at, value in wanted if values[at] != value]
        if not missed:
            total += posts
        if len(missed) > 1:
            continue
        for at in missed or range(len(FACETS)):
            if (value := values[at]) is not None:
                by_facet[FACETS[at]][value] += posts
    return total, {facet: dict(found.most_common()) for facet, found in by_facet.items()}


def facet_columns() -> list[ColumnElement[Any]]:
    """Return the column of each facet, in the order of FACETS."""
    language = func.coalesce(_labels.language, _posts.network_language).label("language")
    return [language if facet == "language" else _labels[facet] if facet in _labels else _posts[facet] for facet in FACETS]


def _posts_with_labels(filters: PostFilters) -> FromClause:
    """Join posts with their labels, and their case where needed."""
    joined = schema.posts.outerjoin(schema.labels, _labels.post_id == _posts.post_id)
    cases = schema.case_posts
    return joined.outerjoin(cases, cases.c.post_id == _posts.post_id) if filters.get("case_key") else joined


def records_of(ledger: Ledger, post_ids: Sequence[str]) -> list[PostRecord]:
    """Return these posts in order, without those that are gone."""
    with ledger.read() as connection:
        rows = connection.execute(select_post_records().where(_posts.post_id.in_(list(post_ids)))).all()
    by_id = {row.post_id: post_record_of(row) for row in rows}
    return [by_id[one] for one in post_ids if one in by_id]
