"""Count the characters of an answer as its network does."""

from collections.abc import Mapping
from unicodedata import normalize

import regex

from core.config.word_lists import locale_words
from core.records.post import EXAMPLE

LIMITS: Mapping[str, int] = {"x": 280, "bluesky": 300, "mastodon": 500, "reddit": 10_000, "youtube": 10_000, "discourse": 32_000}
"""Characters of one answer, by channel (published limits of the networks, 2026-11)."""
NO_LIMIT = 20_000
LINK = regex.compile(r"https?://\S+")
LINK_LENGTH = 23
"""X and Mastodon count every link as this many characters (https://docs.x.com/fundamentals/counting-characters)."""
LONGEST_MENTION = 32
"""Mastodon counts `@name` of a mention, not its server: at most 30 characters of a name, its sign and the space."""
_MENTION = regex.compile(r"(?<![\w@/])(@\w+)@[\w.-]+\w")
_DOMAINS = "|".join(locale_words("domains")["top_level"])
_BARE_LINK = regex.compile(
    rf"(?<![\w@./-])(?:https?://\S+|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_DOMAINS})\b(?:/\S*)?)", regex.IGNORECASE
)
"""X makes a link of an address without a scheme too; these are the top-level domains of Spanish councils and bodies."""
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Ranges of characters that X counts once; it counts all others twice (twitter-text 3)."""
_PICTURE = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3")


def limit_of(channel: str) -> int:
    """Return how many characters one answer may have there.

    An example of a network has its limit: staff learn with it.

    >>> limit_of("bluesky"), limit_of("mailbox"), limit_of("example-x")
    (300, 20000, 280)
    """
    return LIMITS.get(channel.removeprefix(EXAMPLE), NO_LIMIT)


def length_on(channel: str, text: str) -> int:
    """Count the characters of an answer as its network does.

    A link counts 23 on X and Mastodon; X counts an emoji twice; Bluesky counts what a reader sees as one character.

    >>> length_on("x", "Lea https://www.villa.es/portales/ciudadania/es/inicio")
    27
    >>> length_on("bluesky", "👩‍👩‍👧‍👦"), length_on("x", "👩‍👩‍👧‍👦"), length_on("reddit", "👩‍👩‍👧‍👦")
    (1, 2, 7)
    """
    channel = channel.removeprefix(EXAMPLE)
    if channel == "x":
        return _weight_on_x(_BARE_LINK.sub("x" * LINK_LENGTH, normalize("NFC", text)))
    if channel == "bluesky":
        return _graphemes(text)
    if channel == "mastodon":
        return _graphemes(_MENTION.sub(r"\1", LINK.sub("x" * LINK_LENGTH, text)))
    return len(text)


def _graphemes(text: str) -> int:
    return len(regex.findall(r"\X", text))


def _weight_on_x(text: str) -> int:
    each = (one for one in regex.findall(r"\X", text))
    return sum(2 if _PICTURE.search(one) and len(one.encode()) > 2 else sum(map(_weight, one)) for one in each)


def _weight(character: str) -> int:
    return 1 if any(first <= ord(character) <= last for first, last in _LIGHT) else 2
