"""Parse `SOURCE:AUTHOR` and check it against each network's author id format."""

import re
from dataclasses import dataclass

from core.config import plugins
from core.config.protocols import ResolvesAuthors
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
"""By source: the pattern of an author id and its description. A wrong id would hash to no author: nothing would be erased."""
LOWER_CASE = frozenset({"mailbox"})
"""Sources whose author ids are stored in lower case."""


@dataclass(frozen=True)
class SourceAuthor:
    """Hold an author of a source with the ledger's pseudonym."""

    given: str
    """As written in the request."""
    source: str
    pseudonym: str


def author_of(context: Context, given: str) -> SourceAuthor:
    """Find the author that `SOURCE:AUTHOR` names.

    Raises:
        ConfigurationError: wrong form, or a handle that the network does not resolve.
    """
    source, colon, native = given.partition(":")
    # the ledger may still hold posts of a source that was removed from the profile
    known = sorted({*context.sources, *plugins.plugin_names("collectors")})
    if not colon or not native.strip() or source not in known:
        raise ConfigurationError(f"{given}: write SOURCE:AUTHOR, SOURCE one of {', '.join(known)}")
    pattern, description = AUTHORS.get(source, (r".+", "the network's stable id of the author"))
    native = native.strip().lower() if source in LOWER_CASE else native.strip()
    if native.startswith("@"):
        native = _look_up(context, source, native, description)
    if not re.fullmatch(pattern, native):
        raise ConfigurationError(f"{given}: of {source} give {description}")
    return SourceAuthor(given, source, pseudonym(context.salt, source, native))


def _look_up(context: Context, source: str, handle: str, description: str) -> str:
    """Resolve a handle to the stable author id.

    Raises:
        ConfigurationError: the collector cannot look up handles, or is off.
    """
    configured = context.sources.get(source)
    if configured is None or not isinstance(configured.module, ResolvesAuthors) or configured.off:
        raise ConfigurationError(f"{source}:{handle}: {source} cannot look up a handle here; give {description}")
    return configured.module.author_id(context.city, configured.options, configured.secrets, handle)
