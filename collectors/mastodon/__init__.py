"""Collect posts with the city's hashtags from Mastodon and compatible servers.

Search would only return authors who opted in, so hashtag timelines are fetched instead, from a list of servers: each shows its own
users' posts and those that federated to it. A post is identified by its address in the whole network (`uri`), so a post on two
servers is one.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Literal
from urllib.parse import urlsplit

import requests
from pydantic import AfterValidator, Field, SecretStr

from collectors.http import retry_after, session as sessions
from collectors.mastodon.client import TIMEOUT_S, open_client
from collectors.paging.oldest_first import Timeline
from collectors.paging.scheduler import fetch_in_turn
from collectors.parsing import (
    Item,
    RejectError,
    build_message,
    count_of,
    id_of,
    object_of,
    objects_of,
    parse_date,
    parse_date_if_any,
    parse_record,
    text_of,
)
from collectors.search_terms import city_names
from collectors.text import visible_text, with_attachments
from core.config import plugins
from core.config.city import City
from core.config.source_options import SourceOptions
from core.errors import SourceError
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Kind, Raw, Rejected
from core.user_agent import user_agent

PUBLIC = {"public", "unlisted"}

USUAL = ("language?", "in_reply_to_id?", "url")
"""Fields that nearly every record has; one that is gone stops the stream (`collectors.usual_fields`)."""


def _addresses(servers: tuple[str, ...]) -> tuple[str, ...]:
    for server in servers:
        parts_of = urlsplit(server)
        if parts_of.scheme not in {"http", "https"} or not parts_of.netloc or parts_of.path.strip("/"):
            raise ValueError(f"'{server}' is not a server's address, such as 'https://mastodon.social'")
    return tuple(server.rstrip("/") for server in servers)


class Options(SourceOptions, source="mastodon"):
    """Declare `[sources.mastodon]`."""

    look_back: timedelta = Field(timedelta(days=1), gt=timedelta(0))
    """How far back the very first read of a timeline goes."""
    servers: Annotated[tuple[str, ...], AfterValidator(_addresses)] = ("https://mastodon.social",)
    """Addresses of the servers that are asked."""
    hashtags: tuple[str, ...] = ()
    """Hashtags without `#`; empty: the city's names, written as hashtags."""
    reply_visibility: Literal["public", "unlisted"] = "unlisted"
    """Visibility of answers to citizens: `unlisted` keeps them out of the public timelines."""


class Secrets(plugins.Secrets):
    """Read `ESCUCHA_MASTODON_TOKENS`, if set."""

    mastodon_tokens: dict[str, SecretStr] = Field(default_factory=dict)
    """`{"https://server": "access token"}`; not needed for servers with public timelines."""


def query(city: City, options: Options) -> list[str]:
    """Return the hashtags: those of the profile, else names and handles.

    Characters that a hashtag cannot contain are removed.
    """
    if options.hashtags:
        return list(options.hashtags)
    plain = [handle for handle in city.handles if handle.lstrip("@").replace("_", "").isalnum()]  # the others are addresses on some server
    names = ["".join(filter(str.isalnum, word)).lower() for word in [*city_names(city), *plain]]
    return list(dict.fromkeys(names))


def collect(city: City, options: Options, secrets: Secrets, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Yield each hashtag on each server; see `oldest_first`.

    A server that refuses does not stop the others.
    """
    too_old = partial(_too_old, budget.now - options.look_back)
    with ExitStack() as stack:
        timelines = []
        for server in options.servers:
            client = stack.enter_context(open_client(server, secrets.mastodon_tokens.get(server), user_agent(city)))
            for hashtag in query(city, options):
                read = partial(client.hashtag_page, hashtag, budget)
                timelines.append(Timeline(f"{server} #{hashtag}", server, read, too_old, {"server": server}))
        yield from fetch_in_turn("mastodon", timelines, parse, cursor, budget, usual=lambda: USUAL)


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one post.

    Input: `{"item": a status, "place", "received_at", "server": the one that returned it}`.
    """
    return parse_record("mastodon", raw_json, partial(_raw, str(raw_json["server"])))


def find_deleted(city: City, options: Options, secrets: Secrets, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Find deleted posts on the servers of the profile.

    No other server is contacted.
    """
    found: dict[str, bool] = {}
    silent: set[str | None] = {None}
    with sessions.limited_session(user_agent(city)) as session:
        for uri in native_ids:
            server = server_of(options, uri)
            if server in silent:
                continue
            budget.spend(1)
            status = _status_of(session, uri)
            if status in (200, 404, 410):
                found[uri] = status != 200
            if status is None or status in retry_after.BUSY:
                silent.add(server)
    return found


def server_of(options: Options, native_id: str) -> str | None:
    """Return the server of this post; None: not in the profile."""
    return next((server for server in options.servers if native_id.startswith(f"{server}/")), None)


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Fetch one page of the first hashtag from each server.

    Raises:
        SourceError: no server responds.
    """
    now = datetime.now(UTC)
    hashtag = query(city, options)[0]
    results, answered = [], 0
    for server in options.servers:
        try:
            with open_client(server, secrets.mastodon_tokens.get(server), user_agent(city)) as client:
                items = client.hashtag_page(hashtag, Budget(now=now, until=now), {})
        except SourceError as error:
            results.append(str(error))
            continue
        answered += 1
        newest = f"the newest is of {items[0]['created_at']}" if items else "none yet"
        results.append(f"{server} shows messages with #{hashtag}, {newest}")
    if not answered:
        raise SourceError("; ".join(results))
    return "; ".join(results)


def _status_of(session: requests.Session, uri: str) -> int | None:
    """Return the status of a post's own URL, following no redirect."""
    try:
        headers = {"Accept": "application/activity+json"}
        with session.get(uri, headers=headers, timeout=TIMEOUT_S, allow_redirects=False, stream=True) as response:
            return response.status_code
    except requests.RequestException:
        return None


def _too_old(floor: datetime, item: Item) -> bool:
    try:
        return parse_date(item["created_at"]) < floor
    except (KeyError, ValueError):
        return False


def _raw(server: str, item: Item, received_at: datetime) -> Raw:
    if item["visibility"] not in PUBLIC:
        raise RejectError("not_public")  # with a token the server returns what only its owner may read
    shared = object_of(item, "reblog") or item
    account = item["account"]
    uri, name = id_of(item, "uri"), account.get("acct") or account.get("username")
    is_reply = item.get("in_reply_to_id") is not None
    return build_message(
        source="mastodon",
        native_id=uri,
        text=with_attachments(
            visible_text("\n".join(filter(None, [text_of(shared, "spoiler_text"), shared["content"]]))),
            [text_of(one, "description") for one in objects_of(shared, "media_attachments")],
            text_of(object_of(shared, "card"), "title"),
        ),
        # the date is set by the author's server: one in the future means a wrong clock
        created_at=min(parse_date(item["created_at"]), received_at),
        received_at=received_at,
        author_id=account.get("uri") or account.get("url"),
        handle=_full_handle(name, server) if isinstance(name, str) else None,
        handle_is_unique=True,
        edited_at=parse_date_if_any(shared.get("edited_at")),
        language=item.get("language"),
        kind=_kind(item, is_reply),
        # a reply identifies its parent by an id of this server only
        thread_id=None if is_reply else uri,
        likes=count_of(item, "favourites_count"),
        shares=count_of(item, "reblogs_count", "quotes_count"),
        replies=count_of(item, "replies_count"),
        followers=count_of(account, "followers_count"),  # of a boost: those of who boosts
        url=item.get("url"),
    )


def _full_handle(acct: str, server: str) -> str:
    """Return `ana@server`: a bare name belongs to the server that shows it.

    Anyone can register as MADRID on some server.
    """
    return acct if "@" in acct else f"{acct}@{urlsplit(server).netloc}"


def _kind(item: Item, is_reply: bool) -> Kind:
    if item.get("reblog"):
        return "repost"
    if is_reply:
        return "reply"
    return "quote" if item.get("quote") else "post"
