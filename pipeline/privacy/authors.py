"""Parse `SOURCE:AUTHOR` and check it against each network's author id format."""

import re
from dataclasses import dataclass

from core.config import plugins
from core.config.protocols import ResolvesAuthors
from core.errors import ConfigurationError
from core.parts import AuthorIds, sources
from core.privacy.pseudonyms import pseudonym
from pipeline.context import Context

UNKNOWN = AuthorIds(form="the network's stable id of the author")
"""Of a source that is no part any more."""


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
    author = sources()[source].author if source in sources() else UNKNOWN
    native = native.strip().lower() if author.lower_case else native.strip()
    if native.startswith("@"):
        native = _look_up(context, source, native, author.form)
    if not re.fullmatch(author.pattern, native):
        raise ConfigurationError(f"{given}: of {source} give {author.form}")
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
