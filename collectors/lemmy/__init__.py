"""Collect posts and comments of Lemmy by search, and whole communities.

Interface: version 3 of Lemmy's own API, read without an account.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints

from collectors.http.json_api import JsonClient, open_client
from collectors.paging.counted import counted_page
from collectors.paging.cursor import StreamCursor
from collectors.paging.newest_first import ListingPage, NewestFirst
from collectors.paging.scheduler import fetch_in_turn
from collectors.parsing import (
    Item,
    RejectError,
    build_message,
    count_of,
    id_of,
    object_of,
    parse_date,
    parse_date_if_any,
    parse_record,
    shown_with,
    text_of,
)
from collectors.search_terms import city_names, unquoted
from collectors.text import with_title
from core.config.city import City
from core.config.plugins import Secrets
from core.config.shapes import shaped
from core.config.source_options import SourceOptions
from core.errors import SourceError
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Raw, Reach, Rejected
from core.user_agent import user_agent

WHERE = "[sources.lemmy]"
PAGE = 50
"""The most that a server returns at once."""
USUAL = ("creator", "creator.actor_id", "counts")
Kind = Literal["posts", "comments"]
Site = Annotated[
    str, StringConstraints(pattern=shaped(r"^https?://[^\s?#/]+$", "not the address of a server, such as 'https://lemmy.world'"))
]
_ADDRESS = re.compile(r"(https?://[^/]+)/(post|comment)/(\d+)")


class Options(SourceOptions, source="lemmy"):
    """Declare `[sources.lemmy]`."""

    servers: tuple[Site, ...] = ("https://lemmy.world",)
    """Servers to search: each shows what its users follow on all others."""
    queries: tuple[str, ...] = ()
    """Words to search for; empty: the names and handles of the city."""
    communities: tuple[str, ...] = ()
    """Communities to read whole, such as `vecinos@lemmy.world`, on the first server."""
    kinds: tuple[Kind, ...] = Field(("posts", "comments"), min_length=1)
    """What is read of them."""
    look_back: timedelta = Field(timedelta(days=1), gt=timedelta(0))
    """How far back the very first read goes."""
    overlap: int = Field(100, ge=0)
    """Local ids below the last one that every run reads again, for what arrives late from other servers."""


def query(city: City, options: Options) -> list[str]:
    """Return the profile's searches, else one for each name and handle."""
    given = [unquoted(one.lstrip("@")) for one in (*city_names(city), *city.handles)]
    return list(options.queries) or [one for n, one in enumerate(given) if one.casefold() not in map(str.casefold, given[:n])]


def collect(city: City, options: Options, secrets: Secrets | None, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Yield what was written last, by search and community; see `newest_first`."""
    since, streams = budget.now - options.look_back, list[NewestFirst]()
    with ExitStack() as stack:
        for number, site in enumerate(options.servers):
            service = stack.enter_context(open_client(site, WHERE, budget, user_agent(city)))
            for kind in options.kinds:
                asked = [(f"{site} {kind} {one}", "/api/v3/search", {"type_": kind.title(), "q": one}) for one in query(city, options)]
                path = f"/api/v3/{kind[:-1]}/list"
                read_whole = options.communities if number == 0 else ()
                asked += [(f"{site} {kind} !{one}", path, {"type_": "All", "community_name": one}) for one in read_whole]
                for name, path, params in asked:
                    read = partial(_read, service, kind, path, params, since)
                    streams.append(NewestFirst(name, read, _position, 0, options.overlap, deleted=_deleted, group=site))
        yield from fetch_in_turn("lemmy", streams, parse, cursor, budget, usual=lambda: USUAL)


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one post or comment.

    Input: a view of the API, and its `kind`.
    """
    return parse_record("lemmy", raw_json, _raw)


def find_deleted(city: City, options: Options, secrets: Secrets | None, native_ids: list[str], budget: Budget) -> dict[str, bool | Reach]:
    """Find deleted messages: asked at their own server, if it is listed."""
    found: dict[str, bool | Reach] = {}
    for one in native_ids:
        match = _ADDRESS.fullmatch(one)
        if match is None or match[1] not in options.servers:
            continue
        with open_client(match[1], WHERE, budget, user_agent(city)) as service, suppress(SourceError):
            path = f"/api/v3/{match[2]}?id={match[3]}"
            if (status := service.status(path)) in (404, 410):
                found[one] = True
            elif status == 200 and isinstance(view := service.get_json(path).get(f"{match[2]}_view"), dict):
                view["kind"] = f"{match[2]}s"
                found[one] = _deleted(view) is not None or shown_with(_counts(view))
    return found


def server_of(options: Options, native_id: str) -> str | None:
    """Return the server of this message; None: not in the profile."""
    match = _ADDRESS.fullmatch(native_id)
    return match[1] if match is not None and match[1] in options.servers else None


def check(city: City, options: Options, secrets: Secrets | None) -> str:
    """Search the first server once."""
    now, site = datetime.now(UTC), options.servers[0]
    with open_client(site, WHERE, Budget(now=now, until=now), user_agent(city)) as service:
        params = {"type_": "Posts", "q": query(city, options)[0]}
        return f"{site} finds {len(_read(service, 'posts', '/api/v3/search', params, now, StreamCursor()).items)} posts"


def _read(service: JsonClient, kind: Kind, path: str, params: dict[str, str], since: datetime, cursor: StreamCursor) -> ListingPage:
    """Fetch one page, and note in each record what kind it is."""

    def fetch(page: int) -> list[Item]:
        found = service.get_json(path, {**params, "sort": "New", "limit": str(PAGE), "page": str(page)})
        if not isinstance(found, dict) or not isinstance(found.get(kind), list):
            raise service.failure(f"the response has no list of {kind}")
        return [{**item, "kind": kind} if isinstance(item, dict) else item for item in found[kind]]

    return counted_page(cursor, service.budget, fetch, _position, _published, since)


def _own(view: Item) -> Item:
    """Return the record of a view: its comment or its post."""
    return object_of(view, "comment" if view.get("kind") == "comments" else "post")


def _position(view: Item) -> int | None:
    number = _own(view).get("id")
    return number if isinstance(number, int) else None


def _published(view: Item) -> datetime | None:
    return parse_date_if_any(_own(view).get("published"))


def _deleted(view: Item) -> str | None:
    one = _own(view)
    return text_of(one, "ap_id") or None if one.get("deleted") is True or one.get("removed") is True else None


def _raw(view: Item, received_at: datetime) -> Raw:
    is_comment = view["kind"] == "comments"
    one, creator, post = view["comment" if is_comment else "post"], object_of(view, "creator"), object_of(view, "post")
    native_id = id_of(one, "ap_id")
    if _deleted(view):
        raise RejectError("deleted")
    actor, name = creator.get("actor_id"), creator.get("name")
    is_answer = is_comment and text_of(one, "path").count(".") == 1  # the others answer a comment, of which only the local id is here
    return build_message(
        source="lemmy",
        native_id=native_id,
        text=one["content"] if is_comment else with_title(one["name"], text_of(one, "body")),
        created_at=min(parse_date(one["published"]), received_at),
        received_at=received_at,
        author_id=actor,
        handle=f"{name}@{urlsplit(actor).netloc}" if isinstance(actor, str) and isinstance(name, str) else None,
        handle_is_unique=True,
        edited_at=parse_date_if_any(one.get("updated")),
        kind="comment" if is_comment else "post",
        thread_id=post.get("ap_id"),
        reply_to=post.get("ap_id") if is_answer else None,
        url=native_id,
        **_counts(view),
    )


def _counts(view: Item) -> dict[str, int | None]:
    counts = object_of(view, "counts")
    return {
        "likes": count_of(counts, "upvotes"),
        "replies": count_of(counts, "child_count" if view.get("kind") == "comments" else "comments"),
    }
