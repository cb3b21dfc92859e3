"""Collect all public posts of Discourse forums, newest first.

Such forums belong to neighbourhoods, associations and cities.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints

from collectors.http import retry_after
from collectors.http.json_api import JsonClient, open_client
from collectors.paging.cursor import StreamCursor
from collectors.paging.newest_first import ListingPage, NewestFirst
from collectors.paging.scheduler import fetch_in_turn
from collectors.parsing import Item, build_message, count_of, id_of, parse_date, parse_date_if_any, parse_record, text_of
from collectors.text import visible_text, with_title
from core.config.city import City
from core.config.plugins import Secrets
from core.config.shapes import shaped
from core.config.source_options import SourceOptions
from core.errors import SourceError
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Raw, Rejected
from core.user_agent import user_agent

WHERE = "[sources.discourse]"
PAGE = 50
LIKE = 2
"""Number of the action of Discourse that is a like."""
AGAIN = " again"
"""Marks the token of a page that was returned twice: the third time the token has repeated."""
Site = Annotated[
    str,
    StringConstraints(
        pattern=shaped(r"^https?://[^\s?#]+[^\s?#/]$", "not the address of a forum, without '/' at its end: 'https://forum.example.org'")
    ),
]

USUAL = ("user_id", "username", "topic_id", "post_number")
"""Fields that nearly every record has; one that is gone stops the stream (`collectors.usual_fields`)."""


class Options(SourceOptions, source="discourse"):
    """Declare `[sources.discourse]`."""

    look_back: timedelta = Field(timedelta(days=1), gt=timedelta(0))
    """How far back the very first read goes."""
    overlap: int = Field(100, ge=0)
    """Messages below the last one that every run reads again, for edits."""
    sites: tuple[Site, ...] = Field(min_length=1)
    """Addresses of the forums, such as `https://foro.barrio.example`."""
    own: tuple[str, ...] = ()
    """Names of the council's own users there: what they write is marked as the city's own."""


def collect(city: City, options: Options, secrets: Secrets | None, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Yield the latest posts of each forum; see `newest_first`."""
    since = budget.now - options.look_back
    with ExitStack() as stack:
        services = [stack.enter_context(open_client(site, WHERE, budget, user_agent(city))) for site in options.sites]
        streams = [NewestFirst(one.site, partial(_read, one, since), _position, 0, options.overlap, group=one.site) for one in services]
        yield from fetch_in_turn("discourse", streams, partial(_parse_own, options), cursor, budget, usual=lambda: USUAL)


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one post.

    Input: `{"item": as the forum returned it, plus `site`, "place", "received_at", "own": names, "sites": those of the profile}`.
    """
    return parse_record("discourse", raw_json, partial(_raw, raw_json))


def find_deleted(city: City, options: Options, secrets: Secrets | None, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Find deleted posts: 404 at their own URL.

    Only posts of forums in the profile that respond.
    """
    found: dict[str, bool] = {}
    for site in options.sites:
        here = [one for one in native_ids if server_of(options, one) == site]
        with open_client(site, WHERE, budget, user_agent(city)) as service, suppress(SourceError):
            for one in here:
                status = service.status(f"/posts/{one.rpartition(':')[2]}.json")
                if status in retry_after.BUSY:
                    break
                if status in (200, 404, 410):
                    found[one] = status != 200
    return found


def server_of(options: Options, native_id: str) -> str | None:
    """Return the forum of this post; None: not in the profile."""
    names = {_name(site, options.sites): site for site in options.sites}
    return names.get(native_id.rpartition(":")[0])


def check(city: City, options: Options, secrets: Secrets | None) -> str:
    """Fetch one page of each forum."""
    now = datetime.now(UTC)
    results = []
    for site in options.sites:
        with open_client(site, WHERE, Budget(now=now, until=now), user_agent(city)) as service:
            results.append(f"{site} shows its {len(_read(service, now, StreamCursor()).items)} latest messages")
    return "; ".join(results)


def _read(service: JsonClient, since: datetime, cursor: StreamCursor) -> ListingPage:
    """Fetch one page.

    The last post of the previous page is returned again. A page without a lower one is therefore the end, and an empty page is not.
    Versions of Discourse differ in whether `before` itself is returned, so the number above it is sent.
    """
    before = (cursor.token or "").removesuffix(AGAIN)
    found = service.get_json("/posts.json", {"before": str(int(before) + 1)} if before else None)
    if not isinstance(found, dict) or not isinstance(found.get("latest_posts"), list):
        raise service.failure("the response is not a list of messages")
    items = [{**item, "site": service.site} if isinstance(item, dict) else item for item in found["latest_posts"]]
    numbers = [found for item in items if (found := _position(item)) is not None]
    until = (cursor.high if cursor.gap_until is None else cursor.gap_until) or 0
    if not numbers:
        is_within = bool(before) or cursor.gap_until is not None  # inside a range that is known to hold more
        return ListingPage(items, None, restart=is_within)
    begun = cursor.since or since.isoformat()  # a first fetch may take several runs
    is_last = bool(before) and set(numbers) <= {int(before), int(before) + 1}
    if is_last and 0 < until < int(before):  # some versions remove non-public posts from a page: skip past them
        return ListingPage(items, str(max(int(before) - PAGE, until)), extra_state={"since": begun})
    is_end = is_last or (not until and all(_is_older(item, begun) for item in items))
    token = str(min(numbers))
    return ListingPage(items, None if is_end else token + AGAIN if token == before else token, extra_state={"since": begun})


def _position(item: Item) -> int | None:
    number = item.get("id") if isinstance(item, dict) else None
    return number if isinstance(number, int) else None


def _is_older(item: Any, since: str) -> bool:
    try:
        return parse_date(item["created_at"]) < parse_date(since)
    except (KeyError, TypeError, ValueError):
        return False


def _name(site: str, sites: Sequence[str]) -> str:
    """Return the prefix of a forum's ids: its host.

    Its path is added if several forums share the host, because each numbers its posts from 1.
    """
    parts = urlsplit(site)
    is_alone = len({one for one in sites if urlsplit(one).netloc == parts.netloc}) == 1
    return parts.netloc if is_alone else f"{parts.netloc}{parts.path}"


def _parse_own(options: Options, raw_json: Json) -> Raw | Rejected:
    return parse({**raw_json, "own": list(options.own), "sites": list(options.sites)})


def _raw(raw_json: Json, item: Item, received_at: datetime) -> Raw:
    site, topic, number = item["site"], item.get("topic_id"), item.get("post_number")
    name = _name(site, cast(list[str], raw_json.get("sites", [site])))
    created, updated = parse_date(item["created_at"]), parse_date_if_any(item.get("updated_at"))
    own, user, version = raw_json.get("own"), item.get("username"), item.get("version")
    is_reply = isinstance(number, int) and number > 1
    is_edited = isinstance(version, int) and version > 1 and updated is not None and updated > created
    body = visible_text(item["cooked"])
    place = "" if number is None else f"/{number}"
    return build_message(
        source="discourse",
        native_id=f"{name}:{id_of(item, 'id')}",
        text=body if is_reply else with_title(text_of(item, "topic_title"), body),
        created_at=min(created, received_at),
        received_at=received_at,
        author_id=f"{name}:{item['user_id']}" if item.get("user_id") else None,
        handle=user or None,
        own=isinstance(own, list) and user in own,
        edited_at=updated if is_edited else None,
        kind="reply" if is_reply else "post",
        thread_id=None if topic is None else f"{name}:topic:{topic}",
        likes=_likes(item),
        replies=count_of(item, "reply_count"),
        views=count_of(item, "reads"),
        url=None if topic is None else f"{site}/t/{item.get('topic_slug') or '-'}/{topic}{place}",
    )


def _likes(item: Item) -> int | None:
    """Return the likes of a post.

    The site lists them among its actions.
    """
    actions = item.get("actions_summary")
    likes = [one for one in actions if isinstance(one, dict) and one.get("id") == LIKE] if isinstance(actions, list) else []
    return count_of(likes[0], "count") if likes else None
