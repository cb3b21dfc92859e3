"""Discourse forums, such as those of neighbourhoods, associations and cities: everything written there in public, newest first."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlsplit

import requests
from pydantic import Field, StringConstraints

from collectors import waiting
from collectors.deletions import Deletions
from collectors.newest_first import Answer, Stream
from collectors.plain_text import plain, titled
from collectors.record import Item, moment, parsed
from collectors.streams import State, read_in_turn
from collectors.unanswered import reason
from core import fact
from core.city import City
from core.errors import SourceError
from core.fact import Json
from core.page import Budget, Page
from core.parts import Secrets
from core.post import Raw, Rejected

TIMEOUT_S = 20.0
AGAIN = " again"
"""Marks the token of a page that was given a second time: a third time, the token has repeated."""
Site = Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+[^\s?#/]$")]


class Options(fact.Options):
    """`[sources.discourse]`."""

    every: int = Field(10, ge=1)
    """Minutes between two reads."""
    quiet_after: timedelta = timedelta(days=3)
    """Silent for longer than this: alarm."""
    pages: int = Field(40, ge=1)
    """Pages of 50 messages a run may read at most, shared by all forums; the rest is read by the next runs."""
    look_back: timedelta = Field(timedelta(days=1), gt=timedelta(0))
    """How far back the very first read goes."""
    deletions: Deletions = Deletions(a_day=500)
    """How messages are asked for that may have been deleted, one by one: `every`, `younger_than`, `a_day`."""
    overlap: int = Field(100, ge=0)
    """Every read goes so many messages below the last one, for edits."""
    sites: tuple[Site, ...] = Field(min_length=1)
    """Addresses of the forums, such as `https://foro.barrio.example`."""
    own: tuple[str, ...] = ()
    """Names of the council's own users there: what they write is marked as the city's own."""


def collect(
    city: City, options: Options, secrets: Secrets | None, cursor: Json | None, budget: Budget
) -> Iterator[Page]:
    """The latest messages of each forum; see `newest_first`."""
    since = budget.now - options.look_back
    with requests.Session() as session:
        streams = [
            Stream(site, partial(_read, session, site, since, budget), _position, 0, options.overlap, group=site)
            for site in options.sites
        ]
        yield from read_in_turn("discourse", streams, partial(_parse_own, options), cursor, budget)


def parse(raw_json: Json) -> Raw | Rejected:
    """One message: `{"item": as the forum gives it, and `site`, "place", "received_at", "own": names}`."""
    return parsed("discourse", raw_json, partial(_raw, raw_json))


def gone(
    city: City, options: Options, secrets: Secrets | None, native_ids: list[str], budget: Budget
) -> dict[str, bool]:
    """Which of these were deleted: 404 at their own address; only those of the forums in the profile."""
    sites = {urlsplit(site).netloc: site for site in options.sites}
    found: dict[str, bool] = {}
    with requests.Session() as session:
        for native_id in native_ids:
            host, _, number = native_id.rpartition(":")
            if host in sites:
                budget.spend(1)
                status = _got(session, f"{sites[host]}/posts/{number}.json", {}).status_code
                found |= {native_id: status == 404} if status in (200, 404, 410) else {}
    return found


def check(city: City, options: Options, secrets: Secrets | None) -> str:
    """One read of each forum."""
    now = datetime.now(UTC)
    with requests.Session() as session:
        found = [_read(session, site, now, Budget(now, now), {}).items for site in options.sites]
    return "; ".join(
        f"{site} shows its {len(items)} latest messages" for site, items in zip(options.sites, found, strict=True)
    )


def _read(session: requests.Session, site: str, since: datetime, budget: Budget, state: State) -> Answer:
    """One page. The message that `before` names comes once more, so a page that holds no other is the end, and an empty one is not."""
    budget.spend(1)
    before = state.get("token", "").removesuffix(AGAIN)
    response = _got(session, f"{site}/posts.json", {"before": before} if before else {})
    if response.status_code in (429, 503):
        wait = waiting.asked_for(response.headers, budget.now)
        raise SourceError(f"{site}: too many requests, wait {wait:.0f} s", retry_after=wait)
    if response.status_code in (301, 302, 401, 403, 404):
        raise SourceError(
            f"{site} shows strangers nothing ({response.status_code}): check sites in [sources.discourse]"
        )
    try:
        items = [{**item, "site": site} if isinstance(item, dict) else item for item in response.json()["latest_posts"]]
    except (ValueError, KeyError, TypeError):
        raise SourceError(
            f"{site} answered something that is no list of messages", retry_after=waiting.DEFAULT_S
        ) from None
    numbers = [found for item in items if (found := _position(item)) is not None]
    is_first = not state.get("gap_until", state.get("high"))
    if not numbers:
        return Answer(items, None, restart=bool(before) and not is_first)
    begun = state.get("since") or since.isoformat()  # a first read may take several runs
    is_end = [str(number) for number in numbers] == [before] or (
        is_first and all(_is_older(item, begun) for item in items)
    )
    token = str(min(numbers))
    return Answer(items, None if is_end else token + AGAIN if token == before else token, walk={"since": begun})


def _got(session: requests.Session, address: str, params: dict[str, str]) -> requests.Response:
    try:
        return session.get(address, params=params, timeout=TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:
        words = f"{address} gave no usable answer ({reason(error)}); tried again later"
        raise SourceError(words, retry_after=waiting.DEFAULT_S) from None


def _position(item: Item) -> int | None:
    number = item.get("id") if isinstance(item, dict) else None
    return number if isinstance(number, int) else None


def _is_older(item: Any, since: str) -> bool:
    try:
        return moment(item["created_at"]) < moment(since)
    except (KeyError, TypeError, ValueError):
        return False


def _parse_own(options: Options, raw_json: Json) -> Raw | Rejected:
    return parse({**raw_json, "own": list(options.own)})


def _raw(raw_json: Json, item: Item, received_at: datetime) -> Raw:
    host, topic, number = urlsplit(item["site"]).netloc, item["topic_id"], item["post_number"]
    created, updated = moment(item["created_at"]), moment(item.get("updated_at") or item["created_at"])
    own, is_reply = raw_json.get("own"), number > 1
    body = plain(item["cooked"])
    return Raw(
        source="discourse",
        native_id=f"{host}:{item['id']}",
        text=body if is_reply else titled(item.get("topic_title") or "", body),
        created_at=min(created, received_at),
        received_at=received_at,
        author_id=f"{host}:{item['user_id']}" if item.get("user_id") else None,
        handle=item["username"],
        own=isinstance(own, list) and item["username"] in own,
        edited_at=updated if item.get("version", 1) > 1 and updated > created else None,
        kind="reply" if is_reply else "post",
        thread_id=f"{host}:topic:{topic}",
        url=f"{item['site']}/t/{item.get('topic_slug') or '-'}/{topic}/{number}",
    )
