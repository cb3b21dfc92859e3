"""CONSUL Democracy sites, such as Decide Madrid: proposals, debates and comments, from the site's own public data service.

The newest are read from the end of each list in every run. CONSUL promises no order, so a slow sweep goes over the whole list as well.
Dates are given to the hour only. Export files of the same sites: `archive`.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from collectors.cursor import SourceCursor, StreamCursor
from collectors.graphql import asked, nodes_of
from collectors.newest_first import Answer, Stream
from collectors.plain_text import plain, titled
from collectors.record import Item, id_of, message, moment, parsed, part_of, text_of
from collectors.streams import read_in_turn
from collectors.sweep import Sweep
from collectors.web import Service, opened
from core.agent import user_agent
from core.city import City
from core.fact import Json
from core.page import Budget, Page
from core.parts import Secrets
from core.post import Raw, Rejected
from core.source_options import SourceOptions

WHERE = "[sources.consul]"
PAGE = 25
"""The most a CONSUL site gives at once."""
AUTHOR = "public_created_at public_author { id username }"
FIELDS = {
    "proposals": f"id title summary description {AUTHOR}",
    "debates": f"id title description {AUTHOR}",
    "comments": f"id body commentable_type commentable_id ancestry {AUTHOR}",
}
_ZONE = re.compile(r" (?=[+-]\d\d:?\d\d$)")


class Options(SourceOptions, source="consul"):
    """`[sources.consul]`."""

    sweep_pages: int = Field(3, ge=0)
    """Of these so many a list go on with the slow sweep over everything; 0: none."""
    look_back: timedelta = Field(timedelta(days=30), gt=timedelta(0))
    """What was written longer than this before the very first read is never taken."""
    overlap: int = Field(50, ge=0)
    """Every read goes so many records below the last one."""
    site: Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+$")]
    """Address of the site, such as `https://decide.madrid.es`."""
    kinds: tuple[Literal["proposals", "debates", "comments"], ...] = ("proposals", "debates", "comments")
    """What is read."""
    own_ids: tuple[str, ...] = ()
    """Numbers of the council's own users on that site: what they write is marked as the city's own."""


def collect(
    city: City, options: Options, secrets: Secrets | None, cursor: Json | None, budget: Budget
) -> Iterator[Page]:
    """Each kind from the newest down (see `newest_first`), and a piece of the sweep."""
    since = SourceCursor.load(cursor, "consul").since or budget.now - options.look_back
    with opened(options.site, WHERE, budget, user_agent(city)) as service:
        streams: list[Stream | Sweep] = []
        for kind in options.kinds:
            newest = partial(_newest, service, kind, since)
            streams.append(Stream(kind, newest, _position, floor=0, overlap=options.overlap, group=kind))
            if options.sweep_pages:
                streams.append(Sweep(f"{kind} sweep", kind, partial(_swept, service, kind, since), options.sweep_pages))
        read = partial(_parse_of, options)
        for page in read_in_turn("consul", streams, read, cursor, budget):
            yield page.model_copy(update={"cursor": {**page.cursor, "since": since.isoformat()}})


def parse(raw_json: Json) -> Raw | Rejected:
    """One record: `{"item": as the site gives it, with `__typename`, "place", "received_at", "site", "own_ids"}`."""
    return parsed("consul", raw_json, partial(_raw, raw_json))


def gone(
    city: City, options: Options, secrets: Secrets | None, native_ids: list[str], budget: Budget
) -> dict[str, bool]:
    """Nothing: a site answers a question for a record that is hidden with a fault of its own, which says nothing."""
    return {}


def check(city: City, options: Options, secrets: Secrets | None) -> str:
    """One read of the first kind."""
    now = datetime.now(UTC)
    with opened(options.site, WHERE, Budget(now=now, until=now), user_agent(city)) as service:
        items, _ = _page(service, options.kinds[0], "last", None)
    dates = [str(item["public_created_at"]) for item in items if isinstance(item, dict) and "public_created_at" in item]
    newest = f"the newest is of {dates[-1]}" if dates else "none yet"
    return f"{options.site} answers with {options.kinds[0]}: {newest}"


def _page(
    service: Service, kind: str, end: Literal["first", "last"], token: str | None
) -> tuple[list[Item], str | None]:
    """A page from one end of the list, or on from a token; and the token behind it."""
    side, more, where = (
        ("after", "hasNextPage", "endCursor") if end == "first" else ("before", "hasPreviousPage", "startCursor")
    )
    query = (
        f"query($token: String) {{ {kind}({end}: {PAGE}, {side}: $token) {{ pageInfo {{ {more} {where} }} "
        f"edges {{ node {{ __typename {FIELDS[kind]} }} }} }} }}"
    )
    items, info = nodes_of(service, asked(service, "/graphql", query, {"token": token}).get(kind))
    return items, info.get(where) if info.get(more) else None


def _newest(service: Service, kind: str, since: datetime, cursor: StreamCursor) -> Answer:
    items, token = _page(service, kind, "last", cursor.token)
    wanted = [item for item in items if not _is_older(item, since)]
    return Answer(wanted, token if wanted or not items else None)


def _swept(service: Service, kind: str, since: datetime, token: str | None) -> tuple[list[Item], str | None]:
    items, following = _page(service, kind, "first", token)
    return [item for item in items if not _is_older(item, since)], following


def _is_older(item: Item, since: datetime) -> bool:
    try:
        return _moment(item["public_created_at"]) < since - timedelta(hours=1)  # the hour, without its minutes
    except (KeyError, TypeError, ValueError):
        return False  # kept, to be counted with its reason


def _position(item: Item) -> int | None:
    native_id = str(item.get("id", ""))
    return int(native_id) if native_id.isdigit() else None


def _moment(text: object) -> datetime:
    """`2026-11-24 13:00:00 +0100` or `... UTC`, as Ruby writes it."""
    return moment(_ZONE.sub("", text.replace(" UTC", "+00:00")) if isinstance(text, str) else text)


def _parse_of(options: Options, raw_json: Json) -> Raw | Rejected:
    return parse({**raw_json, "site": options.site, "own_ids": list(options.own_ids)})


def _raw(raw_json: Json, item: Item, received_at: datetime) -> Raw:
    kind, number = str(item["__typename"]).lower(), id_of(item, "id")
    author = part_of(item, "public_author")
    own_ids = raw_json.get("own_ids")
    parents = [f"comment:{one}" for one in str(item.get("ancestry") or "").split("/") if one]
    of, of_id = item.get("commentable_type"), item.get("commentable_id")
    is_comment = kind == "comment"
    subject = f"{str(of).lower()}:{of_id}" if is_comment and of is not None and of_id is not None else None
    body = item["body"] if is_comment else _words(item)
    return message(
        source="consul",
        native_id=f"{kind}:{number}",
        text=titled(plain(text_of(item, "title")), plain(body or "")),
        created_at=min(_moment(item["public_created_at"]), received_at),
        received_at=received_at,
        author_id=author.get("id"),
        handle=author.get("username"),
        own=isinstance(own_ids, list) and author.get("id") in own_ids,
        kind="reply" if parents else "comment" if is_comment else "post",
        thread_id=subject or (None if is_comment else f"{kind}:{number}"),
        reply_to=parents[-1] if parents else subject,
        url=f"{raw_json['site']}/{kind}s/{number}",
    )


def _words(item: Item) -> str:
    """Summary and description of a proposal or debate; one that has neither shows its title alone."""
    if "title" not in item and "summary" not in item:
        return str(item["description"] or "")
    return "\n".join(filter(None, [text_of(item, "summary"), text_of(item, "description")]))
