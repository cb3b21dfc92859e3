"""Count the characters of an answer as its network does."""

from unicodedata import normalize

import regex

from core.config.word_lists import locale_words
from core.parts import AnswerRules, sources
from core.records.post import EXAMPLE

NO_LIMIT = AnswerRules(characters=20_000)
"""Of a channel whose manifest states no limit."""
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


def answers_on(channel: str) -> AnswerRules:
    """Return what a channel's manifest states of answers.

    An example of a network is as the network: staff learn with it.
    """
    found = sources().get(channel.removeprefix(EXAMPLE))
    return NO_LIMIT if found is None or found.answers is None else found.answers


def limit_of(channel: str) -> int:
    """Return how many characters one answer may have there.

    >>> limit_of("bluesky"), limit_of("mailbox"), limit_of("example-x")
    (300, 20000, 280)
    """
    return answers_on(channel).characters


def length_on(channel: str, text: str) -> int:
    """Count the characters of an answer as its network does.

    A link counts 23 on X and Mastodon; X counts an emoji twice; Bluesky counts what a reader sees as one character.

    >>> length_on("x", "Lea https://www.villa.es/portales/ciudadania/es/inicio")
    27
    >>> length_on("bluesky", "👩‍👩‍👧‍👦"), length_on("x", "👩‍👩‍👧‍👦"), length_on("reddit", "👩‍👩‍👧‍👦")
    (1, 2, 7)
    """
    counted = answers_on(channel).counted
    if counted == "weights":
        return _weight_on_x(_BARE_LINK.sub("x" * LINK_LENGTH, normalize("NFC", text)))
    if counted == "graphemes":
        return _graphemes(text)
    if counted == "mentions":
        return _graphemes(_MENTION.sub(r"\1", LINK.sub("x" * LINK_LENGTH, text)))
    return len(text)


def _graphemes(text: str) -> int:
    return len(regex.findall(r"\X", text))


def _weight_on_x(text: str) -> int:
    each = (one for one in regex.findall(r"\X", text))
    return sum(2 if _PICTURE.search(one) and len(one.encode()) > 2 else sum(map(_weight, one)) for one in each)


def _weight(character: str) -> int:
    return 1 if any(first <= ord(character) <= last for first, last in _LIGHT) else 2
