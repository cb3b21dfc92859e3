"""The only door to the ledger: turns a message as its network gave it into a post without personal data."""

from core.config.city import City
from core.post import Post, Raw
from core.privacy.pseudonyms import post_id, pseudonym, seal_origin
from core.privacy.redaction.text import redact


def pseudonymise(raw: Raw, city: City, salt: bytes) -> Post:
    """The post that may be stored: pseudonyms for ids and author, redacted text, link and native id encrypted.

    A date in the future is a wrong clock: it becomes the moment we read the message.
    """
    own = raw.own or (raw.handle_is_unique and _is_of_the_city(raw.handle, city))
    names = () if own or raw.handle is None else (raw.handle,)
    return Post(
        post_id=post_id(salt, raw.source, raw.native_id),
        source=raw.source,
        text=redact(raw.text, keep=city.handles, names=names).strip(),
        created_at=min(raw.created_at, raw.received_at),
        received_at=raw.received_at,
        author=None if raw.author_id is None else pseudonym(salt, raw.source, raw.author_id),
        own=own,
        edited_at=raw.edited_at,
        language=raw.language,
        kind=raw.kind,
        thread=None if raw.thread_id is None else post_id(salt, raw.source, raw.thread_id),
        reply_to=None if raw.reply_to is None else post_id(salt, raw.source, raw.reply_to),
        replayed_from=raw.replayed_from,
        origin=seal_origin(salt, raw.native_id, raw.url),
    )


def _is_of_the_city(handle: str | None, city: City) -> bool:
    if handle is None:
        return False
    return handle.lower().lstrip("@") in {own.lower().lstrip("@") for own in city.handles}
