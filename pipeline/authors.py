"""Whom a request is about: `SOURCE:AUTHOR` as a person writes it, checked against what each network calls an author."""

import re
from dataclasses import dataclass

from core.config import plugins
from core.config.protocols import FindsAuthors
from core.errors import ConfigurationError
from core.privacy.pseudonyms import pseudonym
from pipeline.context import Context

AUTHORS: dict[str, tuple[str, str]] = {
    "x": (r"\d+", "the numeric user id"),
    "bluesky": (r"did:\S+", "the DID, did:plc:..."),
    "mastodon": (r"https?://\S+", "the account's address, such as https://SERVER/users/NAME"),
    "reddit": (r"t2_\w+", "the account's id, t2_..."),
    "youtube": (r"UC[\w-]+", "the channel's id, UC..."),
    "consul": (r"\d+", "the user's number"),
    "decidim": (r"\S+:\S+", "SITE:NICKNAME, such as decidim.example.org:ana"),
    "discourse": (r"\S+:\d+", "SITE:NUMBER, such as forum.example.org:17"),
    "mailbox": (r"[^@\s]+@[^@\s]+", "the mail address"),
    "inbox": (r".+", "SENDER:AUTHOR as the tool hands them in, or AUTHOR of a tool without a name"),
    "feeds": (r"\S+?:.+", "SITE:AUTHOR as the feed names them"),
    "archive": (r".+", "the author as the file names them"),
    "example": (r"(?!)", "none: its posts were written for Escucha, and its authors are no persons"),
}
"""What a network calls an author: a wrong one would be hashed to nobody, and nothing of the right one erased or refused."""
SMALL_LETTERS = frozenset({"mailbox"})
"""Their addresses are kept in small letters."""


@dataclass(frozen=True)
class Author:
    """An author of a source, and the pseudonym that the ledger knows them by."""

    given: str
    """As the request names them."""
    source: str
    pseudonym: str


def author_of(context: Context, given: str) -> Author:
    """Find the author that `SOURCE:AUTHOR` names.

    Raises:
        ConfigurationError: not of that form, or a handle that the network does not translate.
    """
    source, colon, native = given.partition(":")
    # a source that was taken out of the profile may still have posts here
    known = sorted({*context.sources, *plugins.part_names("collectors")})
    if not colon or not native.strip() or source not in known:
        raise ConfigurationError(f"{given}: write SOURCE:AUTHOR, SOURCE one of {', '.join(known)}")
    shape, words = AUTHORS.get(source, (r".+", "the network's stable id of the author"))
    native = native.strip().lower() if source in SMALL_LETTERS else native.strip()
    if native.startswith("@"):
        native = _look_up(context, source, native, words)
    if not re.fullmatch(shape, native):
        raise ConfigurationError(f"{given}: of {source} give {words}")
    return Author(given, source, pseudonym(context.salt, source, native))


def _look_up(context: Context, source: str, handle: str, words: str) -> str:
    """The stable id of a handle, where the network tells it."""
    one = context.sources.get(source)
    if one is None or not isinstance(one.module, FindsAuthors) or one.off:
        raise ConfigurationError(f"{source}:{handle}: {source} cannot look up a handle here; give {words}")
    return one.module.author_id(context.city, one.options, one.secrets, handle)
