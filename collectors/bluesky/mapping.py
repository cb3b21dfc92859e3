"""What a post of Bluesky is to us, whether a search shows it or the stream of everything."""

from datetime import datetime

from collectors.parsing import Item, id_of, message, parse_date, parse_date_if_any, part_of, text_of
from core.post import Kind, Raw
from core.privacy.intake import EARLIEST

POSTS = "app.bsky.feed.post"
QUOTES = {"app.bsky.embed.record", "app.bsky.embed.recordWithMedia"}


def created_at_of(item: Item, indexed: datetime) -> datetime:
    """The author's date, when it can be true: any program may write any date."""
    try:
        claimed = parse_date(item["record"]["createdAt"])
    except (KeyError, ValueError, TypeError):
        return indexed
    return claimed if EARLIEST <= claimed <= indexed else indexed


def uri_of(event: Item) -> str:
    """The post's id in the whole network."""
    return f"at://{id_of(event, 'did')}/{POSTS}/{id_of(event, 'rkey')}"


def post_as_raw(item: Item, received_at: datetime) -> Raw:
    """The post as a message."""
    view = _event_as_view(item) if "operation" in item else item
    record, author, uri = view["record"], part_of(view, "author"), id_of(view, "uri")
    reply = part_of(record, "reply")
    root, parent = (part_of(reply, end).get("uri") for end in ("root", "parent"))
    did = str(author.get("did") or uri.removeprefix("at://").partition("/")[0])
    indexed = parse_date_if_any(view.get("indexedAt")) or received_at
    return message(
        source="bluesky",
        native_id=uri,
        text=record["text"],
        created_at=created_at_of(view, indexed),
        received_at=received_at,
        author_id=did,
        handle=author.get("handle") or None,
        handle_is_unique=True,
        edited_at=parse_date_if_any(view.get("editedAt")),
        language=_language(record),
        kind=_kind(record, bool(reply)),
        thread_id=(root or parent) if reply else uri,
        reply_to=parent,
        url=f"https://bsky.app/profile/{did}/post/{uri.rpartition('/')[2]}",
    )


def _kind(record: Item, is_reply: bool) -> Kind:
    if is_reply:
        return "reply"
    return "quote" if text_of(part_of(record, "embed"), "$type") in QUOTES else "post"


def _language(record: Item) -> str | None:
    languages = record.get("langs")
    first = languages[0] if isinstance(languages, list) and languages else None
    return first if isinstance(first, str) else None


def _event_as_view(event: Item) -> Item:
    """An event of the stream in the shape in which a search shows the same post; the stream does not know handles."""
    seen_at = event.get("witnessedAt") or event.get("time")
    edited = {"editedAt": seen_at} if event["operation"] == "update" else {}
    return {
        "uri": uri_of(event),
        "author": {"did": event["did"]},
        "record": event["record"],
        "indexedAt": seen_at,
        **edited,
    }
