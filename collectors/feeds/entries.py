"""Reads a feed, well-formed or not, and takes of each entry its id, its words, its date and its address."""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import feedparser

from collectors.feeds.limits import refuse_costly
from collectors.parsing import Item, RejectError, message
from collectors.search_terms import matcher
from collectors.text import visible_text, with_title
from core.errors import SourceError
from core.post import Raw
from core.privacy.intake import EARLIEST
from core.records import Json

KEPT = frozenset(
    (
        "id",
        "link",
        "title",
        "summary",
        "content",
        "author",
        "published",
        "published_parsed",
        "updated",
        "updated_parsed",
    )
)
"""What we take of an entry, by feedparser's names."""
_ZONED = re.compile(r"(?:\b(?![AP]M\b)[A-Z]{1,5}|[\dT:]Z|[+-]\d\d:?\d\d)\s*$")
"""A date that ends like this says its zone: `Z`, `GMT`, `CEST`, `+0100`."""
_NAMED_ID = re.compile(r"[a-zA-Z][\w+.\-]*:")
"""`https:`, `tag:`, `urn:`: unique in the world; anything else only in its feed."""


def parse_feed(url: str, content: bytes, content_type: str) -> Any:
    """The feed as feedparser understands it.

    Raises:
        SourceError: it is none, is an attack, costs too much, or breaks off before its first entry.
    """
    refuse_costly(url, content, content_type)
    # as a stream: a text that looks like a path or an address, feedparser would open
    found = feedparser.parse(
        BytesIO(content),
        response_headers={"content-type": content_type} if content_type else {},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not found.entries and not found.get("version"):
        raise SourceError(f"{url}: is not a feed; look for the page's RSS address")
    if not found.entries and is_malformed(found):
        raise SourceError(f"{url}: breaks off before its first entry")
    return found


def is_malformed(found: Any) -> bool:
    """True when the feed itself is wrong, and not only what its server says of its type or its letters."""
    only_labels = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
    return bool(found.bozo) and not isinstance(found.bozo_exception, only_labels)


def entry_fields(entry: Any) -> Item:
    """What we take of an entry."""
    # as a plain dictionary: asked for `updated`, feedparser hands out `published`, with a warning
    return {name: value for name, value in dict.items(entry) if name in KEPT and value}


def fingerprint(item: Item) -> str:
    """Tells this entry in this wording from all others."""
    told = json.dumps([item.get(name) for name in ("id", "link", "title", "summary", "content")], default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def identity_of(item: Item) -> str:
    """Tells this entry, however it is rewritten, from the others of its feed."""
    told = str(item.get("id") or item.get("link") or item.get("title"))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def shared_ids(items: Iterable[Item]) -> list[str]:
    """The ids, as `known_by` tells them, that stand on entries which are not the same: some sites give one id to all they write."""
    told: dict[str, set[tuple[object, object]]] = {}
    for item in items:
        if item.get("id"):
            told.setdefault(identity_of(item), set()).add((item.get("link"), item.get("title")))
    return [mark for mark, entries in told.items() if len(entries) > 1]


def without_shared_id(item: Item, shared: Collection[str]) -> Item:
    """The entry, known by link and title where its id tells nothing."""
    if not item.get("id") or identity_of(item) not in shared:
        return item
    return {name: value for name, value in item.items() if name != "id"}


def entry_as_raw(raw_json: Json, item: Item, received_at: datetime) -> Raw:
    """The entry as a message.

    Raises:
        NotKeptError: nothing in it tells it from others, or it names the city nowhere and should.
    """
    feed, zone = str(raw_json["feed"]), ZoneInfo(str(raw_json["timezone"]))
    site, link = urlsplit(feed).hostname or feed, item.get("link", "")
    body = (
        next((one["value"] for one in item.get("content") or [] if one.get("value")), None) or item.get("summary") or ""
    )
    author, text = item.get("author"), with_title(visible_text(item.get("title", "")), visible_text(body))
    if "names" in raw_json and not _naming(tuple(cast(list[str], raw_json["names"])))(text):
        raise RejectError("elsewhere")
    return message(
        source="feeds",
        native_id=_native_id(item, site),
        text=text,
        created_at=_published(item, zone, received_at),
        received_at=received_at,
        author_id=f"{site}:{author}" if author else None,
        own=bool(raw_json["own"]),
        language=cast(str | None, raw_json["language"]),
        url=link if link.startswith(("http://", "https://")) else None,
        place=str(raw_json["place"]),
    )


@lru_cache(maxsize=8)
def _naming(wanted: tuple[str, ...]) -> Callable[[str], bool]:
    return matcher([[name] for name in wanted])


def _native_id(item: Item, site: str) -> str:
    """Its id; `17` says something only together with its site, and an entry without any is known by link and title."""
    given = item.get("id", "").strip()
    if given:
        return given if _NAMED_ID.match(given) else f"{site}#{given}"
    if "link" not in item and "title" not in item:
        raise RejectError("missing_id")
    told = f"{item.get('link', '')}\0{item.get('title', '')}"
    return "made:" + hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _published(item: Item, zone: ZoneInfo, received_at: datetime) -> datetime:
    """When it says it was published; the moment we read it when it says nothing, or something absurd."""
    for name in ("published", "updated"):
        parts = item.get(f"{name}_parsed")
        if not parts:
            continue
        moment = datetime(*parts[:6]).replace(tzinfo=UTC if _ZONED.search(item.get(name, "")) else zone).astimezone(UTC)
        if moment >= EARLIEST:
            return min(moment, received_at)
    return received_at
