"""Collect proposals and comments of Decidim sites, such as decidim.barcelona.

They come from the site's public GraphQL API. A component is given by its address in the browser. Its proposals are listed newest
first, with their comments three levels deep. New comments on older proposals are found by a slow scan over the whole component.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints

from collectors.decidim.listing import Component
from collectors.http.json_api import open_client
from collectors.parsing import Item, build_message, id_of, object_of, parse_date, parse_record
from collectors.participation import Reach, SiteOptions, collected_since, read_site
from collectors.text import visible_text, with_title
from core.config.city import City
from core.config.plugins import Secrets
from core.config.shapes import shaped
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Raw, Rejected
from core.user_agent import user_agent

WHERE = "[sources.decidim]"
Address = Annotated[
    str,
    StringConstraints(
        pattern=shaped(
            r"^https?://[^/\s]+/\S*/f/\d+/?$",
            "not the page of the proposals of a process: 'https://decidim.example.org/processes/NAME/f/12/'",
        )
    ),
]

USUAL = ("author?",)
"""Fields that nearly every record has; one that is gone stops the stream (`collectors.usual_fields`)."""


class Options(SiteOptions, source="decidim"):
    """Declare `[sources.decidim]`."""

    overlap: timedelta = Field(timedelta(days=3), ge=timedelta(0))
    """Every read goes this far below the last one."""
    proposals: tuple[Address, ...] = Field(min_length=1)
    """Addresses of pages of proposals, such as `https://www.decidim.barcelona/processes/patrimonigracia/f/3257`."""
    own: tuple[str, ...] = ()
    """Nicknames of the council's own users there, without `@`; official proposals are its own anyway."""


def collect(city: City, options: Options, secrets: Secrets | None, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Yield each component in turn; see `participation`."""
    since = collected_since("decidim", cursor, options.look_back, budget)
    overlap = round(options.overlap.total_seconds())
    reach = Reach(since, round(since.timestamp()), overlap, options.sweep_pages)
    with ExitStack() as stack:
        components = [
            Component(stack.enter_context(open_client(_site(address), WHERE, budget, user_agent(city))), address, since)
            for address in options.proposals
        ]
        yield from read_site("decidim", components, reach, partial(_parse_of, city, options), cursor, budget, USUAL)


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one record.

    Input: `{"item": as `decidim/listing.py` flattens it, "place", "received_at", "languages": of the city, "own"}`.
    """
    return parse_record("decidim", raw_json, partial(_raw, raw_json))


def find_deleted(city: City, options: Options, secrets: Secrets | None, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Return no deletions.

    A record that the site does not show may be hidden, moved or under review; the site does not say which.
    """
    return {}


def check(city: City, options: Options, secrets: Secrets | None) -> str:
    """Fetch the first page of each component."""
    now = datetime.now(UTC)
    results = []
    for address in options.proposals:
        with open_client(_site(address), WHERE, Budget(now=now, until=now), user_agent(city)) as service:
            items, _, _ = Component(service, address, now - options.look_back).page(None)
        results.append(f"{address} answers: {len(items)} proposals and comments of its first page are not too old")
    return "; ".join(results)


def _site(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _parse_of(city: City, options: Options, raw_json: Json) -> Raw | Rejected:
    return parse({**raw_json, "languages": list(city.languages), "own": list(options.own)})


def _raw(raw_json: Json, item: Item, received_at: datetime) -> Raw:
    author, own = object_of(item, "author"), raw_json.get("own")
    nickname = str(author.get("nickname") or "").lstrip("@") or None
    site, proposal = urlsplit(item["page"]).netloc, id_of(item, "proposal")
    is_proposal = item["kind"] == "proposal"
    name = f"{site}:{item['kind']}:{id_of(item, 'id')}"
    above = None if is_proposal else f"{site}:comment:{item['above']}" if item["above"] else f"{site}:proposal:{proposal}"
    title, body = _texts(item, raw_json) if is_proposal else ("", item["body"])
    link = f"{item['page'].rstrip('/')}/proposals/{proposal}"
    return build_message(
        source="decidim",
        native_id=name,
        text=with_title(visible_text(title), visible_text(body)),
        created_at=min(parse_date(item["publishedAt"] if is_proposal else item["createdAt"]), received_at),
        received_at=received_at,
        author_id=None if nickname is None else f"{site}:{nickname}",
        handle=nickname,
        own=item.get("official") is True or (isinstance(own, list) and nickname in own),
        kind="post" if is_proposal else "reply" if item["above"] else "comment",
        thread_id=f"{site}:proposal:{proposal}",
        reply_to=above,
        url=link if is_proposal else f"{link}?commentId={item['id']}",
    )


def _texts(item: Item, raw_json: Json) -> tuple[str, str]:
    """Return title and body of a proposal. Either may be missing, not both."""
    body = _localised(item["body"], raw_json) if item.get("body") else ""
    try:
        return _localised(item["title"], raw_json), body
    except (KeyError, TypeError, AttributeError):
        if not body:
            raise
        return "", body


def _localised(field: Any, raw_json: Json) -> str:
    """Return a text in the city's first available language, else in any."""
    texts = {str(one.get("locale")): str(one.get("text") or "") for one in field["translations"]}
    languages = raw_json.get("languages")
    wanted = [str(one) for one in languages] if isinstance(languages, list) else []
    return next((texts[one] for one in [*wanted, *texts] if texts.get(one)), "")
