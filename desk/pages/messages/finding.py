"""Find the posts of a page.

Words are searched in the search engine; without words, or while it is down, the ledger is queried.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, cast, get_args

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
MAX_SEARCH_CHARACTERS = 200
MOST_FOUND = 10_000
"""Posts of a search that can be listed or exported; the search engine gives no more."""
DECISIONS = ("in_case", "in_review", "no_case", "untriaged")
Sort = Literal["best", "newest", "oldest"]
SORTS: tuple[Sort, ...] = get_args(Sort)
MOST_WITHIN = 10_000
"""Posts of an area among which words can be searched: their ids travel with the query."""
TOO_MANY_WITHIN = (
    "There are too many posts in this place to search among. Choose a shorter period, or draw a smaller area."
)
UNREADABLE = "This address names a list, an order or a place in the list that does not exist."


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
    sort: Sort = "newest"
    after: str = ""
    """Time and id of the last post of the page before; of a search, the number of posts before."""

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
            text=self.words or None,
            located=False if self.without_place else None,
        )
        return {**found, **own}

    def places(self, window: Window) -> read.PostFilters:
        """Return period and place as filters: what facets do not count by."""
        return {**self.lens.in_places(window), "located": False if self.without_place else None}


@dataclass(frozen=True)
class Listed:
    """Hold a page of posts and the counts of all that match."""

    posts: list[PostRecord]
    total: int
    counts: Mapping[str, Mapping[str, int]]
    next: str | None
    """`after` of the next page; None on the last one."""
    engine_down: bool = False


def asked_of(request: Request) -> Asked:
    """Read what a page of posts shows from its address.

    Raises:
        ConfigurationError: a list, order or place in the list that does not exist.
    """
    given = request.query_params
    lens: Lens = request.state.lens
    words = given.get("q", "").strip()[:MAX_SEARCH_CHARACTERS]
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
        cast(Sort, sort),
        given.get("after", ""),
    )


def listed(desk: Desk, asked: Asked, moment: datetime) -> Listed:
    """Return a page of posts with the counts of all that match."""
    if asked.words:
        try:
            return _searched(desk, asked, moment)
        except ConfigurationError:
            raise
        except EscuchaError as error:  # the ledger is searched below, and the page says that the engine is down
            log.info("desk: %s", error)
    found = _from_ledger(desk, asked, moment)
    return replace(found, engine_down=True) if asked.words else found


def _from_ledger(desk: Desk, asked: Asked, moment: datetime) -> Listed:
    ledger, filters = desk.context.ledger, asked.filters(desk, moment)
    posts = read.messages(
        ledger,
        of=asked.of,
        oldest_first=asked.sort == "oldest",
        after=_key(asked.after) if asked.after and not asked.after.isdecimal() else None,
        limit=PAGE_SIZE + 1,
        **filters,
    )
    chosen = asked.choices
    window = asked.lens.window(moment, desk.context.city.zone)
    whole: read.PostFilters = {**asked.places(window), "text": filters.get("text")}
    total, counts = read.fold(read.facet_counts(ledger, of=asked.of, **whole), chosen)
    more = len(posts) > PAGE_SIZE
    last = posts[PAGE_SIZE - 1] if more else None
    return Listed(
        posts[:PAGE_SIZE], total, counts, None if last is None else f"{last.created_at.isoformat()}_{last.post_id}"
    )


def _searched(desk: Desk, asked: Asked, moment: datetime) -> Listed:
    offset = _offset(asked.after)
    found = find(desk, asked, moment, offset=offset, limit=PAGE_SIZE, fields=read.FACETS)
    records = read.records_of(desk.context.ledger, found.ids)
    following = offset + PAGE_SIZE
    return Listed(
        records, found.total, found.counts, str(following) if following < min(found.total, MOST_FOUND) else None
    )


def find(
    desk: Desk, asked: Asked, moment: datetime, *, offset: int = 0, limit: int, fields: tuple[str, ...] = ()
) -> queries.Found:
    """Ask the search engine for the posts of a page of results.

    Raises:
        UnavailableError: it does not answer in time.
    """
    window = asked.lens.window(moment, desk.context.city.zone)
    narrowed = asked.lens.is_narrowed or asked.without_place
    within = _ids_within(desk, asked, window) if narrowed else None
    return desk.ask(
        lambda engine: queries.find_posts(
            engine,
            asked.words,
            asked.choices,
            population=asked.of,
            since=window.since,
            until=window.until,
            within=within,
            order=asked.sort,
            offset=offset,
            limit=limit,
            fields=fields,
        )
    )


def _ids_within(desk: Desk, asked: Asked, window: Window) -> list[str]:
    """Return the posts of the places that are no facets.

    The ledger alone knows what lies in an area.

    Raises:
        ConfigurationError: they are too many to search among.
    """
    ids = read.message_ids(desk.context.ledger, of=asked.of, limit=MOST_WITHIN + 1, **asked.places(window))
    if len(ids) > MOST_WITHIN:
        raise ConfigurationError(TOO_MANY_WITHIN)
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


def _offset(after: str) -> int:
    if after and not (after.isdecimal() and len(after) < 6 and after.isascii()):
        raise ConfigurationError(UNREADABLE)
    return int(after or 0)
