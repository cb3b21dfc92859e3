"""Collect Reddit submissions that name the city, and its subreddits.

Off until keys are set, and keys may not be obtainable: since November 2025 Reddit gives them only after an explicit approval under
its Responsible Builder Policy, often slowly or not at all; without keys no request is answered. The policy forbids matching
Redditors with people elsewhere and requires deleted content to be removed: deletions are found in every fetch, and by `find_deleted`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from pydantic import Field, SecretStr

from collectors.paging.cursor import StreamCursor
from collectors.paging.newest_first import ListingPage, NewestFirst, inherit_cursor
from collectors.paging.scheduler import fetch_in_turn
from collectors.parsing import Item, RejectError, build_message, count_of, id_of, parse_record, shown_with
from collectors.reddit.client import RedditClient, open_client
from collectors.search_terms import alternatives, city_names, unquoted
from core.config import plugins
from core.config.city import City
from core.config.source_options import SourceOptions
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Kind, Raw, Reach, Rejected
from core.user_agent import user_agent

PAGE = 100
SEARCH = "search"
QUERY_LIMIT = 512
MAX_LISTING = 900
"""Listings end after about 1,000 records, some of them hidden: one that ends after this many was cut."""
MAX_SECONDS = 253_402_300_800
"""Seconds since 1970 after which `datetime` has no date."""
COMMENT = "t1_"
"""Prefix of the ids of comments."""
DELETED = frozenset({"[deleted]", "[removed]"})
WHY_OFF = "Reddit gives keys only after an explicit approval, often slowly or not at all"
"""Shown wherever this source is shown as off."""

USUAL = ("data.author_fullname", "data.permalink")
"""Fields that nearly every record has; one that is gone stops the stream (`collectors.usual_fields`)."""


class Options(SourceOptions, source="reddit"):
    """Declare `[sources.reddit]`."""

    look_back: timedelta = Field(timedelta(days=1), gt=timedelta(0), le=timedelta(days=28))
    """How far back the very first read goes."""
    overlap: timedelta = Field(timedelta(hours=2), ge=timedelta(0))
    """Every read goes this far below the last one: moderators release messages late, with their old date."""
    query: str = Field("", max_length=QUERY_LIMIT)
    """A search of your own in Reddit's language; empty: built from the city's names and handles."""
    subreddits: tuple[str, ...] = ()
    """Subreddits of the city, without `r/`: all their submissions and comments are read (comments cannot be searched)."""
    own: tuple[str, ...] = ()
    """Names of the council's own accounts there, without `u/`: what they write is marked as the city's own and never makes a case."""
    base_url: str = ""
    """Address of a test; empty: Reddit."""


class Secrets(plugins.Secrets):
    """Require `ESCUCHA_REDDIT_CLIENT_ID`, `_CLIENT_SECRET` and `_USER`."""

    reddit_client_id: SecretStr
    """Client id of an app that Reddit approved."""
    reddit_client_secret: SecretStr
    """Client secret of that app."""
    reddit_user: str = Field(min_length=1)
    """Account that is responsible for that app."""


def query(city: City, options: Options) -> list[str]:
    """Return the searches: that of the profile, else names and handles.

    Phrases are joined by OR and split at 512 characters.
    """
    if options.query:
        return [options.query]
    terms = [*city_names(city), *(handle.lstrip("@") for handle in city.handles)]
    phrases = {term.casefold(): f'"{unquoted(term)}"' for term in reversed(terms)}
    return alternatives(list(phrases.values())[::-1], QUERY_LIMIT)


def collect(city: City, options: Options, secrets: Secrets, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Yield each search, then each subreddit's submissions and comments.

    From the newest down; see `newest_first`.
    """
    with _open(city, options, secrets, budget) as client:
        listings = [_Listing(client, SEARCH, {"q": text, "sort": "new", "t": "month", "type": "link"}) for text in query(city, options)]
        for name in options.subreddits:
            listings += [_Listing(client, f"r/{name}/new", {}), _Listing(client, f"r/{name}/comments", {})]
        start = budget.now - options.look_back
        floor = _seconds(start)
        searched = [listing.name for listing in listings if listing.path == SEARCH]
        cursor = inherit_cursor(cursor, searched, lambda name: name.startswith(f"{SEARCH}: "), start, _seconds)
        streams = [_stream(listing, floor, options) for listing in listings]
        own = frozenset(map(str.casefold, options.own))
        yield from fetch_in_turn("reddit", streams, partial(_parse_own, own), cursor, budget, usual=lambda: USUAL)


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one submission or comment.

    Input: `{"item": {"kind", "data"}, "place", "received_at"}`.
    """
    return parse_record("reddit", raw_json, _raw)


def find_deleted(city: City, options: Options, secrets: Secrets, native_ids: list[str], budget: Budget) -> dict[str, bool | Reach]:
    """Find records deleted by their authors or removed by moderators.

    The others come with their counts.
    """
    found: dict[str, bool | Reach] = {}
    with _open(city, options, secrets, budget) as client:
        for first in range(0, len(native_ids), PAGE):
            listing = client.get_json("api/info", {"id": ",".join(native_ids[first : first + PAGE])})
            for item in listing["children"]:
                data = item["data"]
                found[str(data["name"])] = True if _deleted(item) else shown_with(_counts(data))
    return found


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Sign in and run one search."""
    now = datetime.now(UTC)
    text = query(city, options)[0]
    with _open(city, options, secrets, Budget(now=now, until=now)) as client:
        found = client.get_json("search", {"q": text, "sort": "new", "type": "link", "limit": 1}).get("children", [])
    newest = f"its newest submission for {text} is of {_created(found[0]['data'])}" if found else f"it finds nothing for {text}"
    return f"Reddit answers: {newest}"


def _parse_own(own: frozenset[str], raw_json: Json) -> Raw | Rejected:
    raw = parse(raw_json)
    if isinstance(raw, Raw) and raw.handle is not None and raw.handle.casefold() in own:
        return raw.model_copy(update={"own": True})
    return raw


def _open(city: City, options: Options, secrets: Secrets, budget: Budget) -> AbstractContextManager[RedditClient]:
    return open_client(
        secrets.reddit_client_id, secrets.reddit_client_secret, secrets.reddit_user, options.base_url, budget, user_agent(city)
    )


@dataclass
class _Listing:
    """Fetch one listing in one run, remembering the anchors it returned."""

    client: RedditClient
    path: str
    params: dict[str, str]
    given: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return f"{self.path}: {self.params['q']}" if "q" in self.params else self.path

    def read(self, cursor: StreamCursor) -> ListingPage:
        """Fetch one page.

        The record of an earlier run's anchor may have been deleted. Reddit then returns an empty page: restart at the top.
        """
        anchor = cursor.token
        after = {} if anchor is None else {"after": anchor}
        listing = self.client.get_json(self.path, {**self.params, "limit": PAGE, **after})
        items, following = listing["children"], listing.get("after")
        if anchor is not None and anchor not in self.given and not items and following is None:
            return ListingPage([], None, restart=True)
        self.given |= {following} if following else set()
        return ListingPage(items, following)


def _seconds(moment: datetime) -> int:
    return round(moment.timestamp())


def _stream(listing: _Listing, floor: int, options: Options) -> NewestFirst:
    return NewestFirst(
        name=listing.name,
        read=listing.read,
        position=_position,
        floor=floor,
        overlap=round(options.overlap.total_seconds()),
        max_listing=MAX_LISTING,
        deleted=_deleted,
        group=listing.path,
    )


def _position(item: Item) -> int | None:
    seconds = _data(item).get("created_utc")
    return int(seconds) if isinstance(seconds, int | float) and 0 <= seconds < MAX_SECONDS else None


def _deleted(item: Item) -> str | None:
    """Return the id of a deleted or removed record, else None.

    Reddit keeps listing it, without its text or its author.
    """
    data = _data(item)
    text = str(data.get("body", data.get("selftext")))
    return data.get("name") if text in DELETED or data.get("removed_by_category") else None


def _data(item: Item) -> Item:
    """Return the inner record. Empty if it is not an object: `parse` counts it."""
    found = item.get("data")
    return found if isinstance(found, dict) else {}


def _created(data: Item) -> datetime:
    return datetime.fromtimestamp(data["created_utc"], UTC)


def _raw(item: Item, received_at: datetime) -> Raw:
    if _deleted(item):
        raise RejectError("deleted")
    data = item["data"]
    name = id_of(data, "name")
    comment = name.startswith(COMMENT)
    author = data.get("author")
    known = isinstance(author, str) and author not in DELETED
    thread = data.get("link_id") if comment else name
    above = data.get("parent_id") if comment else None
    author_id = data.get("author_fullname") if known else None
    return build_message(
        source="reddit",
        native_id=name,
        text=data["body"] if comment else _title_and_text(data),
        created_at=_created(data),
        received_at=received_at,
        author_id=author_id if isinstance(author_id, str) else None,
        handle=author if known else None,
        edited_at=_edited(data),
        kind=_kind(data, comment),
        thread_id=None if thread is None else str(thread),
        reply_to=None if above is None else str(above),
        **_counts(data),
        url=_link(data, name, thread),
    )


def _counts(data: Item) -> dict[str, int | None]:
    return {"likes": count_of(data, "score"), "shares": count_of(data, "num_crossposts"), "replies": count_of(data, "num_comments")}


def _title_and_text(data: Item) -> str:
    """Join title and text of a submission. Either may be missing, not both."""
    title, text = data.get("title"), data.get("selftext")
    return f"{data['title'] if not text else title or ''}\n\n{text or ''}".strip()


def _edited(data: Item) -> datetime | None:
    """Return the edit time: Reddit writes false or a time."""
    edited = data.get("edited")
    is_time = isinstance(edited, int | float) and not isinstance(edited, bool) and 0 < edited < MAX_SECONDS
    return datetime.fromtimestamp(edited, UTC) if is_time and edited is not None else None


def _link(data: Item, name: str, thread: object) -> str | None:
    """Return the record's URL, built from its ids if Reddit omits it.

    Comments from before 2018 have none.
    """
    if isinstance(data.get("permalink"), str):
        return f"https://www.reddit.com{data['permalink']}"
    if not name.startswith(COMMENT):
        return f"https://www.reddit.com/comments/{name.removeprefix('t3_')}/"
    if thread is None:
        return None
    return f"https://www.reddit.com/comments/{str(thread).removeprefix('t3_')}/_/{name.removeprefix(COMMENT)}/"


def _kind(data: Item, comment: bool) -> Kind:
    if comment:
        above = data.get("parent_id") or data.get("link_id") or ""
        return "reply" if str(above).startswith(COMMENT) else "comment"
    return "repost" if data.get("crosspost_parent") else "post"
