"""Find the posts of a page.

Words are searched in the search engine; without words, or while it is down, the ledger is queried.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, cast, get_args

from starlette.datastructures import QueryParams
from starlette.requests import Request

from core.errors import ConfigurationError, EscuchaError
from core.records.kind import KINDS
from core.records.read_models import PostRecord
from desk.lens import Lens, Window
from desk.shell import LensBar
from desk.state import Desk
from ledger import read
from search import queries

log = logging.getLogger("escucha")
BAR = LensBar("30d")
PAGE_SIZE = 50
DECISIONS = ("in_case", "in_review", "no_case", "untriaged")
Sort = Literal["best", "newest", "oldest"]
SORTS: tuple[Sort, ...] = get_args(Sort)
MOST_WITHIN = 10_000
"""Posts of an area among which words can be searched: their ids travel with the query."""
MOST_READ = 20_000
"""Posts whose text the ledger reads for a search while the search engine is down: it has no index of words."""
TOO_MANY_WITHIN = "There are too many posts in this place to search among. Choose a shorter period, or draw a smaller area."
UNREADABLE = "This address names a list, an order or a place in the list that does not exist."


class TooManyWithinError(ConfigurationError):
    """Refuse a search among too many posts of an area."""


@dataclass(frozen=True)
class Asked:
    """Hold what a page of posts shows, as its address says it."""

    lens: Lens
    words: str = ""
    of: read.Population = "citizens"
    decision: str | None = None
    case_kind: str | None = None
    without_place: bool = False
    """Only posts whose district is not known."""
    asks_action: bool = False
    """Only posts that a service can act on."""
    sort: Sort = "newest"
    after: str = ""
    """Time and id of the last post of the page before; of a search, what the search engine gave as its end."""

    @property
    def choices(self) -> dict[str, str]:
        """Return all filters that are facets."""
        own = {"decision": self.decision, "case_kind": self.case_kind}
        return self.lens.filters | {name: value for name, value in own.items() if value}

    def filters(self, desk: Desk, moment: datetime) -> read.PostFilters:
        """Return the filters of the ledger."""
        found = self.lens.post_filters(moment, desk.context.city.zone)
        own = read.PostFilters(
            decision=self.decision,
            case_kind=self.case_kind,
            located=False if self.without_place else None,
            asks_action=True if self.asks_action else None,
        )
        return {**found, **own}

    @property
    def is_narrowed(self) -> bool:
        """Tell whether the posts are narrowed by what is no facet."""
        return self.lens.is_narrowed or self.without_place or self.asks_action

    def places(self, window: Window) -> read.PostFilters:
        """Return what facets do not count by as filters.

        Period, place, and whether a service can act.
        """
        own = read.PostFilters(located=False if self.without_place else None, asks_action=True if self.asks_action else None)
        return {**self.lens.in_places(window), **own}


@dataclass(frozen=True)
class Listed:
    """Hold a page of posts and the counts of all that match."""

    posts: list[PostRecord]
    total: int
    counts: Mapping[str, Mapping[str, int]]
    next: str | None
    """`after` of the next page; None on the last one."""
    engine_down: bool = False
    searched_since: datetime | None = None
    """Only posts from this moment were searched; None: all of the period."""


def asked_of(request: Request) -> Asked:
    """Read what a page of posts shows from its address.

    Raises:
        ConfigurationError: a list, order or place in the list that does not exist.
    """
    return asked_in(request.state.lens, request.query_params)


def asked_in(lens: Lens, given: QueryParams) -> Asked:
    """Read what a page of posts shows from a lens and parameters.

    Raises:
        ConfigurationError: a list, order or place in the list that does not exist.
    """
    words = given.get("q", "").strip()
    of, sort = given.get("of") or "citizens", given.get("sort") or ("best" if words else "newest")
    decision, kind = given.get("decision") or None, given.get("case_kind") or None
    known = of in read.POPULATIONS and sort in SORTS and decision in (None, *DECISIONS) and kind in (None, *KINDS)
    if not known:
        raise ConfigurationError(UNREADABLE)
    if sort == "best" and not words:
        sort = "newest"
    return Asked(
        lens.over(BAR.period),
        words,
        cast(read.Population, of),
        decision,
        kind,
        given.get("placed") == "no",
        given.get("asks_action") == "yes",
        cast(Sort, sort),
        given.get("after", ""),
    )


def view_parameters(lens: Lens, given: QueryParams) -> dict[str, str]:
    """Return the parameters of an address that a saved view keeps.

    They name the period too, and no place in the list.
    """
    asked = asked_in(lens, given)
    usual = "best" if asked.words else "newest"
    own = {
        "q": asked.words,
        "of": "" if asked.of == "citizens" else asked.of,
        "decision": asked.decision,
        "case_kind": asked.case_kind,
        "placed": "no" if asked.without_place else "",
        "asks_action": "yes" if asked.asks_action else "",
        "sort": "" if asked.sort == usual else asked.sort,
    }
    return asked.lens.parameters | {name: value for name, value in own.items() if value}


def listed(desk: Desk, asked: Asked, moment: datetime) -> Listed:
    """Return a page of posts with the counts of all that match."""
    if asked.words:
        try:
            return _searched(desk, asked, moment)
        except TooManyWithinError:
            raise
        except ValueError:
            raise ConfigurationError(UNREADABLE) from None
        except EscuchaError as error:  # the ledger is searched below, and the page says that the engine is down
            log.info("desk: %s", error)
    window = asked.lens.window(moment, desk.context.city.zone)
    if not asked.words:
        return _from_ledger(desk, asked, moment, window)
    return _read_texts(desk, asked, window)


def _from_ledger(desk: Desk, asked: Asked, moment: datetime, window: Window) -> Listed:
    ledger, filters = desk.context.ledger, asked.filters(desk, moment)
    after = _after(asked)
    oldest_first, times = asked.sort == "oldest", None
    if asked.is_narrowed:
        total, counts = read.fold(read.facet_counts(ledger, of=asked.of, **asked.places(window)), asked.choices)
    else:
        total, counts = desk.counts.facets(asked.choices, of=asked.of, since=window.since, until=window.until)
        times = desk.counts.times(
            asked.choices,
            of=asked.of,
            since=window.since,
            until=window.until,
            after=after and after[0],
            oldest_first=oldest_first,
            limit=PAGE_SIZE + 1,
        )
    posts = read.messages(ledger, of=asked.of, oldest_first=oldest_first, after=after, limit=PAGE_SIZE + 1, times=times, **filters)
    return _page(posts, total, counts)


def _read_texts(desk: Desk, asked: Asked, window: Window) -> Listed:
    """Look for the words in the texts of the ledger, within bounds."""
    ledger, after, oldest_first = desk.context.ledger, _after(asked), asked.sort == "oldest"
    bound = desk.counts.newest_since(MOST_READ, of=asked.of, since=window.since, until=window.until)
    within: read.PostFilters = {**asked.places(Window(bound or window.since, window.until)), "text": asked.words}
    found = read.matches(ledger, of=asked.of, **within)
    total, counts = read.fold(Counter(one.values for one in found), asked.choices)
    wanted = [(at, asked.choices[name]) for at, name in enumerate(read.FACETS) if asked.choices.get(name)]
    keys = sorted(
        ((one.created_at, one.post_id) for one in found if all(one.values[at] == value for at, value in wanted)), reverse=not oldest_first
    )
    if after is not None:
        keys = [key for key in keys if (key > after if oldest_first else key < after)]
    posts = read.records_of(ledger, [post_id for _, post_id in keys[: PAGE_SIZE + 1]])
    return replace(_page(posts, total, counts), engine_down=True, searched_since=bound)


def _page(posts: list[PostRecord], total: int, counts: Mapping[str, Mapping[str, int]]) -> Listed:
    """Return a page of posts, and whether another follows."""
    last = posts[PAGE_SIZE - 1] if len(posts) > PAGE_SIZE else None
    following = None if last is None else f"{last.created_at.isoformat()}_{last.post_id}"
    return Listed(posts[:PAGE_SIZE], total, counts, following)


def _after(asked: Asked) -> tuple[datetime, str] | None:
    """Return the key after which the page begins.

    None on the first page, and after a page of the search engine.
    """
    return _key(asked.after) if asked.after and not _is_of_search(asked.after) else None


def _searched(desk: Desk, asked: Asked, moment: datetime) -> Listed:
    found = _find(desk, asked, moment, asked.after, PAGE_SIZE, read.FACETS)
    records = read.records_of(desk.context.ledger, found.ids)
    return Listed(records, found.total, found.facets, found.after)


def found_pages(desk: Desk, asked: Asked, moment: datetime, size: int) -> Iterator[queries.Hits]:
    """Yield all results of a search, page by page.

    Raises:
        UnavailableError: the search engine does not answer in time.
    """
    page = _find(desk, asked, moment, "", size)
    while page.ids:
        yield page
        if page.after is None:
            return
        page = _find(desk, asked, moment, page.after, size)


def _find(desk: Desk, asked: Asked, moment: datetime, after: str, limit: int, facets: tuple[str, ...] = ()) -> queries.Hits:
    """Ask the search engine for one page of results.

    Raises:
        UnavailableError: it does not answer in time.
        ValueError: `after` is not the end of a page.
    """
    window = asked.lens.window(moment, desk.context.city.zone)
    if after and not _is_of_search(after):  # the page before came from the ledger, while the engine was down
        _key(after)
        after = ""
    within = _ids_within(desk, asked, window) if asked.is_narrowed else None
    return desk.ask(
        lambda engine: queries.search_posts(
            engine,
            asked.words,
            asked.choices,
            population=asked.of,
            since=window.since,
            until=window.until,
            within=within,
            order=asked.sort,
            after=after or None,
            limit=limit,
            facets=facets,
        )
    )


def _ids_within(desk: Desk, asked: Asked, window: Window) -> list[str]:
    """Return the posts of the places that are no facets.

    The ledger alone knows what lies in an area.

    Raises:
        TooManyWithinError: they are too many to search among.
    """
    ids = read.message_ids(desk.context.ledger, of=asked.of, limit=MOST_WITHIN + 1, **asked.places(window))
    if len(ids) > MOST_WITHIN:
        raise TooManyWithinError(TOO_MANY_WITHIN)
    return ids


def _key(after: str) -> tuple[datetime, str]:
    moment, _, post_id = after.partition("_")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        raise ConfigurationError(UNREADABLE) from None
    if at.utcoffset() is None or not post_id.isalnum() or abs(at.year - 2050) > 50:
        raise ConfigurationError(UNREADABLE)
    return at, post_id


def _is_of_search(after: str) -> bool:
    """Tell whether a page of the search engine ended there."""
    return after.startswith("[")
