"""Refuses a feed that is built to cost time, by one linear look at it, before any parser sees it."""

import re

from feedparser.encodings import convert_to_utf8

from core.errors import SourceError

MOST_ATTRIBUTES = 500
"""Of one element: the XML library seeks each attribute among all others, and so 40,000 of them took 48 s."""
MOST_ENTRIES = 10_000
MOST_TAGS = 200_000
"""Each costs some 50 microseconds."""
_OWN_ENTITIES = re.compile(rb"<!DOCTYPE[^>\[]{0,500}\[")
_ENTRY = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_TAG = re.compile(rb"<[^\W\d_](?:[^\"'<>]++|\"[^\"]*+\"|'[^']*+')*+")
"""The beginning of an element with its attributes; possessive, so that nothing is looked at twice."""
_VALUE = re.compile(rb"\"[^\"]*+\"|'[^']*+'")


def refuse_costly(url: str, content: bytes, content_type: str) -> None:
    """Refuse a feed that would cost minutes to read, or that attacks.

    Args:
        url: its address, for the error.
        content: as its server gave it.
        content_type: as its server says.

    Raises:
        SourceError: it defines entities, or has too many entries, elements, or attributes on one element.
    """
    # as the feed library will see it: in UTF-16 no tag looks like one
    text = convert_to_utf8({"content-type": content_type} if content_type else {}, content, {"bozo": False})
    if _OWN_ENTITIES.search(text):
        raise SourceError(
            f"{url}: refused: it defines XML entities of its own, which feeds do not need and attacks use"
        )
    tags = text.count(b"<")
    if tags > MOST_TAGS:
        raise SourceError(f"{url}: has {tags:,} tags; a feed of more than {MOST_TAGS:,} is not read")
    entries = sum(1 for _ in _ENTRY.finditer(text))
    if entries > MOST_ENTRIES:
        raise SourceError(f"{url}: has {entries:,} entries; a feed of more than {MOST_ENTRIES:,} is not read")
    most = max(map(_attributes, _TAG.findall(text)), default=0)
    if most > MOST_ATTRIBUTES:
        raise SourceError(f"{url}: has an element of {most:,} attributes; more than {MOST_ATTRIBUTES} are an attack")


def _attributes(tag: bytes) -> int:
    if tag.count(b"=") <= MOST_ATTRIBUTES and len(tag) <= 2 * MOST_ATTRIBUTES:
        return 0  # too short to hold so many
    bare = _VALUE.sub(b"''", tag)
    return max(bare.count(b"="), bare.count(b"''"), len(bare.split()) - 1)
