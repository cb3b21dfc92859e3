"""Collect proposals, debates and comments of CONSUL sites, such as Decide Madrid.

They come from the site's public GraphQL API. Every run fetches the newest from the end of each list. CONSUL guarantees no order, so a
slow scan covers the whole list as well. Dates have the precision of an hour. Export files of the same sites: `archive`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from collectors.http.graphql import records_of, run_query
from collectors.http.json_api import JsonClient, open_client
from collectors.paging.cursor import StreamCursor
from collectors.paging.newest_first import ListingPage
from collectors.parsing import Item, build_message, id_of, object_of, parse_date, parse_record, text_of
from collectors.participation import Reach, SiteOptions, collected_since, is_older, read_site
from collectors.text import visible_text, with_title
from core.config.city import City
from core.config.plugins import Secrets
from core.config.shapes import shaped
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Raw, Rejected
from core.user_agent import user_agent

WHERE = "[sources.consul]"
PAGE = 25
"""The maximum of a CONSUL site."""
AUTHOR = "public_created_at public_author { id username }"
FIELDS = {
    "proposals": f"id title summary description {AUTHOR}",
    "debates": f"id title description {AUTHOR}",
    "comments": f"id body commentable_type commentable_id ancestry {AUTHOR}",
}
_ZONE = re.compile(r" (?=[+-]\d\d:?\d\d$)")

USUAL = ("public_author?",)
"""Fields that nearly every record has; one that is gone stops the stream (`collectors.usual_fields`)."""


class Options(SiteOptions, source="consul"):
    """Declare `[sources.consul]`."""

    overlap: int = Field(50, ge=0)
    """Records below the last one that every run reads again."""
    site: Annotated[
        str,
        StringConstraints(
            pattern=shaped(r"^https?://[^/\s]+$", "not the address of a platform, without '/' at its end: 'https://decide.example.org'")
        ),
    ]
    """Address of the site, such as `https://decide.madrid.es`."""
    kinds: tuple[Literal["proposals", "debates", "comments"], ...] = ("proposals", "debates", "comments")
    """What is read."""
    own_ids: tuple[str, ...] = ()
    """Numbers of the council's own users on that site: what they write is marked as the city's own."""


def collect(city: City, options: Options, secrets: Secrets | None, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Yield each list from the newest down, and part of its scan.

    See `participation`.
    """
    since = collected_since("consul", cursor, options.look_back, budget)
    with open_client(options.site, WHERE, budget, user_agent(city)) as service:
        kinds = [_Kind(service, kind, since) for kind in options.kinds]
        reach = Reach(since, 0, options.overlap, options.sweep_pages)
        yield from read_site("consul", kinds, reach, partial(_parse_of, options), cursor, budget, USUAL)


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one record.

    Input: `{"item": as the site returned it, with `__typename`, "place", "received_at", "site", "own_ids"}`.
    """
    return parse_record("consul", raw_json, partial(_raw, raw_json))


def find_deleted(city: City, options: Options, secrets: Secrets | None, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Return no deletions: the API answers any hidden record with an error.

    The error does not say whether the record was deleted.
    """
    return {}


def check(city: City, options: Options, secrets: Secrets | None) -> str:
    """Fetch one page of the first list."""
    now = datetime.now(UTC)
    with open_client(options.site, WHERE, Budget(now=now, until=now), user_agent(city)) as service:
        items, _ = _Kind(service, options.kinds[0], now).page("last", None)
    dates = [str(item["public_created_at"]) for item in items if isinstance(item, dict) and "public_created_at" in item]
    newest = f"the newest is of {dates[-1]}" if dates else "none yet"
    return f"{options.site} answers with {options.kinds[0]}: {newest}"


@dataclass(frozen=True)
class _Kind:
    """Describe one list of the site: its proposals, debates or comments."""

    service: JsonClient
    name: str
    since: datetime

    def newest(self, cursor: StreamCursor) -> ListingPage:
        """Fetch a page for `participation`."""
        items, token = self.page("last", cursor.token)
        wanted = self._wanted(items)
        return ListingPage(wanted, token if wanted or not items else None)

    def scan_page(self, token: str | None) -> tuple[list[Item], str | None]:
        """Fetch a page of the scan for `participation`."""
        items, following = self.page("first", token)
        return self._wanted(items), following

    def position(self, item: Item) -> int | None:
        """Return the record's number: records are numbered in order of arrival."""
        native_id = str(item.get("id", ""))
        return int(native_id) if native_id.isdigit() else None

    def page(self, end: Literal["first", "last"], token: str | None) -> tuple[list[Item], str | None]:
        """Fetch a page from an end of the list or a token.

        Returns the records and the next token (None: the end).
        """
        side, more, where = ("after", "hasNextPage", "endCursor") if end == "first" else ("before", "hasPreviousPage", "startCursor")
        query = (
            f"query($token: String) {{ {self.name}({end}: {PAGE}, {side}: $token) {{ pageInfo {{ {more} {where} }} "
            f"edges {{ node {{ __typename {FIELDS[self.name]} }} }} }} }}"
        )
        items, info = records_of(self.service, run_query(self.service, "/graphql", query, {"token": token}).get(self.name))
        return items, info.get(where) if info.get(more) else None

    def _wanted(self, items: list[Item]) -> list[Item]:
        floor = self.since - timedelta(hours=1)  # dates have no minutes
        return [item for item in items if not is_older(_written_at, item, floor)]


def _written_at(item: Item) -> datetime:
    return _parse_moment(item["public_created_at"])


def _parse_moment(text: object) -> datetime:
    """Parse a date as Ruby writes it.

    `2026-11-24 13:00:00 +0100` or `... UTC`.
    """
    return parse_date(_ZONE.sub("", text.replace(" UTC", "+00:00")) if isinstance(text, str) else text)


def _parse_of(options: Options, raw_json: Json) -> Raw | Rejected:
    return parse({**raw_json, "site": options.site, "own_ids": list(options.own_ids)})


def _raw(raw_json: Json, item: Item, received_at: datetime) -> Raw:
    kind, number = str(item["__typename"]).lower(), id_of(item, "id")
    author = object_of(item, "public_author")
    own_ids = raw_json.get("own_ids")
    parents = [f"comment:{one}" for one in str(item.get("ancestry") or "").split("/") if one]
    of, of_id = item.get("commentable_type"), item.get("commentable_id")
    is_comment = kind == "comment"
    subject = f"{str(of).lower()}:{of_id}" if is_comment and of is not None and of_id is not None else None
    body = item["body"] if is_comment else _body(item)
    return build_message(
        source="consul",
        native_id=f"{kind}:{number}",
        text=with_title(visible_text(text_of(item, "title")), visible_text(body or "")),
        created_at=min(_parse_moment(item["public_created_at"]), received_at),
        received_at=received_at,
        author_id=author.get("id"),
        handle=author.get("username"),
        own=isinstance(own_ids, list) and author.get("id") in own_ids,
        kind="reply" if parents else "comment" if is_comment else "post",
        thread_id=subject or (None if is_comment else f"{kind}:{number}"),
        reply_to=parents[-1] if parents else subject,
        url=f"{raw_json['site']}/{kind}s/{number}",
    )


def _body(item: Item) -> str:
    """Join summary and description of a proposal or debate.

    Empty if it has neither; its title is then its only text.
    """
    if "title" not in item and "summary" not in item:
        return str(item["description"] or "")
    return "\n".join(filter(None, [text_of(item, "summary"), text_of(item, "description")]))
