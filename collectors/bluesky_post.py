"""What a post of Bluesky is to us, whether a search shows it or the stream of everything."""

from datetime import datetime

from collectors.record import Item, moment
from core.admit import EARLIEST
from core.post import Kind, Raw

POSTS = "app.bsky.feed.post"
QUOTES = {"app.bsky.embed.record", "app.bsky.embed.recordWithMedia"}


def said_at(item: Item, indexed: datetime) -> datetime:
    """The author's date, when it can be true: any program may write any date."""
    try:
        claimed = moment(item["record"]["createdAt"])
    except (KeyError, ValueError, TypeError):
        return indexed
    return claimed if EARLIEST <= claimed <= indexed else indexed


def uri_of(event: Item) -> str:
    """The post's id in the whole network."""
    return f"at://{event['did']}/{POSTS}/{event['rkey']}"


def post_as_raw(item: Item, received_at: datetime) -> Raw:
    """The post as a message."""
    view = _event_as_view(item) if "operation" in item else item
    record, author, uri = view["record"], view["author"], str(view["uri"])
    reply = record.get("reply") or {}
    return Raw(
        source="bluesky",
        native_id=uri,
        text=record["text"],
        created_at=said_at(view, moment(view["indexedAt"])),
        received_at=received_at,
        author_id=author["did"],
        handle=author.get("handle"),
        handle_is_unique=True,
        edited_at=moment(view["editedAt"]) if "editedAt" in view else None,
        language=next(iter(record.get("langs") or []), None),
        kind=_kind(record, bool(reply)),
        thread_id=reply["root"]["uri"] if reply else uri,
        reply_to=reply["parent"]["uri"] if reply else None,
        url=f"https://bsky.app/profile/{author['did']}/post/{uri.rpartition('/')[2]}",
    )


def _kind(record: Item, is_reply: bool) -> Kind:
    if is_reply:
        return "reply"
    return "quote" if (record.get("embed") or {}).get("$type") in QUOTES else "post"


def _event_as_view(event: Item) -> Item:
    """An event of the stream in the shape in which a search shows the same post; the stream does not know handles."""
    seen_at = event.get("witnessedAt") or event["time"]
    edited = {"editedAt": seen_at} if event["operation"] == "update" else {}
    return {
        "uri": uri_of(event),
        "author": {"did": event["did"]},
        "record": event["record"],
        "indexedAt": seen_at,
        **edited,
    }
