"""Reject feeds built to be expensive, by one linear scan before parsing."""

import re

from feedparser.encodings import convert_to_utf8

from core.errors import SourceError

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
