"""Mastodon and servers that speak like it: what is said there under the city's hashtags.

Search would find only authors who allowed it, so hashtags are read, on a list of servers: each server shows what its own people
write and what reached it from others. A message is known by its address in the whole network (`uri`), so the same one seen on
two servers is one.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated
from urllib.parse import urlsplit

import requests
from pydantic import AfterValidator, Field, SecretStr

from collectors.http import retry_after, session as sessions
from collectors.mastodon.client import TIMEOUT_S, open_client
from collectors.paging.oldest_first import Timeline
from collectors.paging.scheduler import read_in_turn
from collectors.parsing import (
    Item,
    RejectError,
    id_of,
    message,
    parse_date,
    parse_date_if_any,
    parse_record,
    part_of,
    text_of,
)
from collectors.search_terms import city_names
from collectors.text import visible_text
from core.collection import Budget, Page
from core.config import plugins
from core.config.city import City
from core.config.source_options import SourceOptions
from core.errors import SourceError
from core.post import Kind, Raw, Rejected
from core.records import Json
from core.user_agent import user_agent

PUBLIC = {"public", "unlisted"}


def _addresses(servers: tuple[str, ...]) -> tuple[str, ...]:
    for server in servers:
        parts_of = urlsplit(server)
        if parts_of.scheme not in {"http", "https"} or not parts_of.netloc or parts_of.path.strip("/"):
            raise ValueError(f"'{server}' is not a server's address, such as 'https://mastodon.social'")
    return tuple(server.rstrip("/") for server in servers)


class Options(SourceOptions, source="mastodon"):
    """`[sources.mastodon]`."""

    look_back: timedelta = Field(timedelta(days=1), gt=timedelta(0))
    """How far back the very first read of a timeline goes."""
    servers: Annotated[tuple[str, ...], AfterValidator(_addresses)] = ("https://mastodon.social",)
    """Addresses of the servers that are asked."""
    hashtags: tuple[str, ...] = ()
    """Hashtags without `#`; empty: the city's names, written as hashtags."""


class Secrets(plugins.Secrets):
    """`ESCUCHA_MASTODON_TOKENS`, not needed for open servers: `{"https://server": "access token"}`."""

    mastodon_tokens: dict[str, SecretStr] = Field(default_factory=dict)


def query(city: City, options: Options) -> list[str]:
    """The hashtags: the profile's own, or names and plain handles without what a hashtag cannot hold."""
    if options.hashtags:
        return list(options.hashtags)
    plain = [handle for handle in city.handles if handle.lstrip("@").replace("_", "").isalnum()]  # others are addresses
    words = ["".join(filter(str.isalnum, word)).lower() for word in [*city_names(city), *plain]]
    return list(dict.fromkeys(words))


def collect(city: City, options: Options, secrets: Secrets, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Each hashtag on each server; a server that refuses does not stop the others. See `oldest_first`."""
    too_old = partial(_too_old, budget.now - options.look_back)
    with ExitStack() as stack:
        timelines = []
        for server in options.servers:
            line = stack.enter_context(open_client(server, secrets.mastodon_tokens.get(server), user_agent(city)))
            for hashtag in query(city, options):
                read = partial(line.hashtag_page, hashtag, budget)
                timelines.append(Timeline(f"{server} #{hashtag}", server, read, too_old, {"server": server}))
        yield from read_in_turn("mastodon", timelines, parse, cursor, budget)


def parse(raw_json: Json) -> Raw | Rejected:
    """One message: `{"item": a status, "place": where it stands, "received_at": when we read it, "server": who showed it}`."""
    return parse_record("mastodon", raw_json, partial(_raw, str(raw_json["server"])))


def gone(city: City, options: Options, secrets: Secrets, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Which of these messages were deleted; only those of the servers we ask: others are not called up."""
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
    """The server at which this message stands; None: one that nobody listed."""
    return next((server for server in options.servers if native_id.startswith(f"{server}/")), None)


def check(city: City, options: Options, secrets: Secrets) -> str:
    """One read of the first hashtag on each server.

    Raises:
        SourceError: no server answers.
    """
    now = datetime.now(UTC)
    hashtag = query(city, options)[0]
    said, answered = [], 0
    for server in options.servers:
        try:
            with open_client(server, secrets.mastodon_tokens.get(server), user_agent(city)) as line:
                items = line.hashtag_page(hashtag, Budget(now=now, until=now), {})
        except SourceError as error:
            said.append(str(error))
            continue
        answered += 1
        newest = f"the newest is of {items[0]['created_at']}" if items else "none yet"
        said.append(f"{server} shows messages with #{hashtag}, {newest}")
    if not answered:
        raise SourceError("; ".join(said))
    return "; ".join(said)


def _status_of(session: requests.Session, uri: str) -> int | None:
    """The answer at a message's own address; no redirect is followed."""
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
        raise RejectError("not_public")  # a token may show what its owner alone may read
    shared = part_of(item, "reblog") or item
    account = item["account"]
    uri, name = id_of(item, "uri"), account.get("acct") or account.get("username")
    is_reply = item.get("in_reply_to_id") is not None
    return message(
        source="mastodon",
        native_id=uri,
        text=visible_text("\n".join(filter(None, [text_of(shared, "spoiler_text"), shared["content"]]))),
        # the date is the author's server's: one in the future is a wrong clock
        created_at=min(parse_date(item["created_at"]), received_at),
        received_at=received_at,
        author_id=account.get("uri") or account.get("url"),
        handle=_full_name(name, server) if isinstance(name, str) else None,
        handle_is_unique=True,
        edited_at=parse_date_if_any(shared.get("edited_at")),
        language=item.get("language"),
        kind=_kind(item, is_reply),
        # a reply names what it answers by an id of this server only
        thread_id=None if is_reply else uri,
        url=item.get("url"),
    )


def _full_name(acct: str, server: str) -> str:
    """`ana@server`: a bare name belongs to the server that shows it, and anybody can be called MADRID on some server."""
    return acct if "@" in acct else f"{acct}@{urlsplit(server).netloc}"


def _kind(item: Item, is_reply: bool) -> Kind:
    if item.get("reblog"):
        return "repost"
    if is_reply:
        return "reply"
    return "quote" if item.get("quote") else "post"
