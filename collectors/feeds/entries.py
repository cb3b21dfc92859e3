"""Parse a feed, well-formed or not, and map its entries to messages."""

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
from feedparser.encodings import convert_to_utf8

from collectors.parsing import Item, RejectError, build_message
from collectors.search_terms import matcher
from collectors.text import visible_text, with_title
from core.errors import SourceError
from core.privacy.intake import EARLIEST
from core.records import Json
from core.records.post import Raw

MAX_ATTRIBUTES = 500
"""Of one element: the XML library searches all others for each attribute, so 40,000 of them took 48 s."""
MAX_ENTRIES = 10_000
MAX_TAGS = 200_000
"""Each costs some 50 microseconds."""
_OWN_ENTITIES = re.compile(rb"<!DOCTYPE[^>\[]{0,500}\[")
_ENTRY = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_TAG = re.compile(rb"<[^\W\d_](?:[^\"'<>]++|\"[^\"]*+\"|'[^']*+')*+")
"""A start tag with its attributes; possessive quantifiers, so that no character is scanned twice."""
_VALUE = re.compile(rb"\"[^\"]*+\"|'[^']*+'")


def refuse_costly(url: str, content: bytes, content_type: str) -> None:
    """Reject a feed that would take minutes to parse, or an attack.

    Args:
        url: its address, for the error.
        content: the body.
        content_type: the response's `Content-Type`.

    Raises:
        SourceError: it defines entities, or has too many entries, elements, or attributes on one element.
    """
    # as the feed library will decode it: in UTF-16 no tag would match
    text = convert_to_utf8({"content-type": content_type} if content_type else {}, content, {"bozo": False})
    if _OWN_ENTITIES.search(text):
        raise SourceError(f"{url}: refused: it defines XML entities, which feeds do not need and attacks use")
    tags = text.count(b"<")
    if tags > MAX_TAGS:
        raise SourceError(f"{url}: has {tags:,} tags; the limit is {MAX_TAGS:,}")
    entries = sum(1 for _ in _ENTRY.finditer(text))
    if entries > MAX_ENTRIES:
        raise SourceError(f"{url}: has {entries:,} entries; the limit is {MAX_ENTRIES:,}")
    most = max(map(_attribute_count, _TAG.findall(text)), default=0)
    if most > MAX_ATTRIBUTES:
        raise SourceError(f"{url}: has an element of {most:,} attributes; the limit is {MAX_ATTRIBUTES}")


def _attribute_count(tag: bytes) -> int:
    if tag.count(b"=") <= MAX_ATTRIBUTES and len(tag) <= 2 * MAX_ATTRIBUTES:
        return 0  # too short to hold more
    bare = _VALUE.sub(b"''", tag)
    return max(bare.count(b"="), bare.count(b"''"), len(bare.split()) - 1)


ENTRY_FIELDS = frozenset(
    ("id", "link", "title", "summary", "content", "author", "published", "published_parsed", "updated", "updated_parsed")
)
"""The fields of an entry that are used, by feedparser's names."""
_ZONED = re.compile(r"(?:\b(?![AP]M\b)[A-Z]{1,5}|[\dT:]Z|[+-]\d\d:?\d\d)\s*$")
"""Matches a date that ends with its zone: `Z`, `GMT`, `CEST`, `+0100`."""
_NAMED_ID = re.compile(r"[a-zA-Z][\w+.\-]*:")
"""Matches a globally unique id (`https:`, `tag:`, `urn:`); any other is unique in its feed only."""


def parse_feed(url: str, content: bytes, content_type: str) -> Any:
    """Parse a feed with feedparser.

    Raises:
        SourceError: not a feed, an attack, too expensive to parse, or truncated before its first entry.
    """
    refuse_costly(url, content, content_type)
    # as a stream: feedparser would open a text that looks like a path or a URL
    found = feedparser.parse(
        BytesIO(content),
        response_headers={"content-type": content_type} if content_type else {},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not found.entries and not found.get("version"):
        raise SourceError(f"{url}: not a feed; find the RSS address of the page")
    if not found.entries and is_malformed(found):
        raise SourceError(f"{url}: truncated before its first entry")
    return found


def is_malformed(found: Any) -> bool:
    """Tell whether the feed itself is malformed.

    A wrong content type or declared encoding alone does not count.
    """
    only_labels = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
    return bool(found.bozo) and not isinstance(found.bozo_exception, only_labels)


def entry_fields(entry: Any) -> Item:
    """Return the used fields of an entry."""
    # as a plain dictionary: for `updated` feedparser returns `published`, with a warning
    return {name: value for name, value in dict.items(entry) if name in ENTRY_FIELDS and value}


def fingerprint(item: Item) -> str:
    """Return a digest that identifies this version of an entry."""
    content = json.dumps([item.get(name) for name in ("id", "link", "title", "summary", "content")], default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def identity_of(item: Item) -> str:
    """Return a digest that identifies an entry across its versions."""
    content = str(item.get("id") or item.get("link") or item.get("title"))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def shared_ids(items: Iterable[Item]) -> list[str]:
    """Return the identities that several different entries share.

    Some sites give all their entries the same id.
    """
    variants: dict[str, set[tuple[object, object]]] = {}
    for item in items:
        if item.get("id"):
            variants.setdefault(identity_of(item), set()).add((item.get("link"), item.get("title")))
    return [mark for mark, entries in variants.items() if len(entries) > 1]


def without_shared_id(item: Item, shared: Collection[str]) -> Item:
    """Drop an id that is not unique. Link and title then identify the entry."""
    if not item.get("id") or identity_of(item) not in shared:
        return item
    return {name: value for name, value in item.items() if name != "id"}


def entry_as_raw(raw_json: Json, item: Item, received_at: datetime) -> Raw:
    """Map an entry to a message.

    Raises:
        RejectError: it has no identity, or lacks a name of the city that it must contain.
    """
    feed, zone = str(raw_json["feed"]), ZoneInfo(str(raw_json["timezone"]))
    site, link = urlsplit(feed).hostname or feed, item.get("link", "")
    body = next((one["value"] for one in item.get("content") or [] if one.get("value")), None) or item.get("summary") or ""
    author, text = item.get("author"), with_title(visible_text(item.get("title", "")), visible_text(body))
    if "names" in raw_json and not _name_matcher(tuple(cast(list[str], raw_json["names"])))(text):
        raise RejectError("elsewhere")
    return build_message(
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
def _name_matcher(wanted: tuple[str, ...]) -> Callable[[str], bool]:
    return matcher([[name] for name in wanted])


def _native_id(item: Item, site: str) -> str:
    """Return the entry's id, qualified by its site unless globally unique.

    An entry without an id is identified by link and title.
    """
    given = item.get("id", "").strip()
    if given:
        return given if _NAMED_ID.match(given) else f"{site}#{given}"
    if "link" not in item and "title" not in item:
        raise RejectError("missing_id")
    content = f"{item.get('link', '')}\0{item.get('title', '')}"
    return "made:" + hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _published(item: Item, zone: ZoneInfo, received_at: datetime) -> datetime:
    """Return its publication time; if missing or absurd, the fetch time."""
    for name in ("published", "updated"):
        parts = item.get(f"{name}_parsed")
        if not parts:
            continue
        moment = datetime(*parts[:6]).replace(tzinfo=UTC if _ZONED.search(item.get(name, "")) else zone).astimezone(UTC)
        if moment >= EARLIEST:
            return min(moment, received_at)
    return received_at
