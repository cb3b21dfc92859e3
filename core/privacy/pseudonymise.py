"""Pseudonymise a raw message. Every post enters the ledger through here."""

from core.config.city import City
from core.privacy.in_city import redact_in_city
from core.privacy.pseudonyms import encrypt_origin, post_id, pseudonym
from core.privacy.reach import stored_reach
from core.records.post import Post, Raw

POINT_DECIMALS = 5
"""Of the point of a report: about a metre."""


def pseudonymise(raw: Raw, city: City, salt: bytes) -> Post:
    """Convert a raw message to the post that may be stored.

    Ids and author become pseudonyms, the text is redacted, link and native id are encrypted, of the followers a
    band is kept. A date in the future is a wrong clock: it becomes the time the message was received.
    """
    own = raw.own or (raw.handle_is_unique and _is_of_the_city(raw.handle, city))
    names = () if own or raw.handle is None else (raw.handle,)
    return Post(
        post_id=post_id(salt, raw.source, raw.native_id),
        source=raw.source,
        text=redact_in_city(raw.text, city, names).strip(),
        created_at=min(raw.created_at, raw.received_at),
        received_at=raw.received_at,
        author=None if raw.author_id is None else pseudonym(salt, raw.source, raw.author_id),
        own=own,
        edited_at=raw.edited_at,
        language=raw.language,
        kind=raw.kind,
        thread=None if raw.thread_id is None else post_id(salt, raw.source, raw.thread_id),
        reply_to=None if raw.reply_to is None else post_id(salt, raw.source, raw.reply_to),
        **stored_reach(raw).model_dump(),
        lat=None if raw.lat is None else round(raw.lat, POINT_DECIMALS),
        lon=None if raw.lon is None else round(raw.lon, POINT_DECIMALS),
        service=raw.service,
        style=raw.style,
        replayed_from=raw.replayed_from,
        origin=encrypt_origin(salt, raw.native_id, raw.url),
    )


def _is_of_the_city(handle: str | None, city: City) -> bool:
    if handle is None:
        return False
    return handle.lower().lstrip("@") in {own.lower().lstrip("@") for own in city.handles}
