"""Map a Bluesky post of a search or the stream to `Raw`."""

from datetime import datetime

from collectors.parsing import Item, build_message, count_of, id_of, object_of, objects_of, parse_date, parse_date_if_any, text_of
from collectors.text import with_attachments
from core.privacy.intake import EARLIEST
from core.records.post import Kind, Raw

POSTS = "app.bsky.feed.post"
QUOTES = {"app.bsky.embed.record", "app.bsky.embed.recordWithMedia"}


def created_at_of(item: Item, indexed: datetime) -> datetime:
    """Return the author's date if plausible, else the server's.

    Any client may write any date.
    """
    try:
        claimed = parse_date(item["record"]["createdAt"])
    except (KeyError, ValueError, TypeError):
        return indexed
    return claimed if EARLIEST <= claimed <= indexed else indexed


def uri_of(event: Item) -> str:
    """Return the post's network-wide id."""
    return f"at://{id_of(event, 'did')}/{POSTS}/{id_of(event, 'rkey')}"


def post_as_raw(item: Item, received_at: datetime) -> Raw:
    """Map the post to a message."""
    view = _event_as_view(item) if "operation" in item else item
    record, author, uri = view["record"], object_of(view, "author"), id_of(view, "uri")
    reply = object_of(record, "reply")
    root, parent = (object_of(reply, end).get("uri") for end in ("root", "parent"))
    did = str(author.get("did") or uri.removeprefix("at://").partition("/")[0])
    indexed = parse_date_if_any(view.get("indexedAt")) or received_at
    return build_message(
        source="bluesky",
        native_id=uri,
        text=_full_text(record),
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
        **counts(view),
        url=f"https://bsky.app/profile/{did}/post/{uri.rpartition('/')[2]}",
    )


def counts(view: Item) -> dict[str, int | None]:
    """Return the counts that a post view shows.

    Its author has none: followers are in `getProfiles` only, with the texts that people write about themselves.
    """
    return {
        "likes": count_of(view, "likeCount"),
        "shares": count_of(view, "repostCount", "quoteCount"),
        "replies": count_of(view, "replyCount"),
    }


def _full_text(record: Item) -> str:
    """Return the text with descriptions of pictures and the link's title."""
    embed = object_of(record, "embed")
    media = object_of(embed, "media") or embed
    pictures = [*objects_of(media, "images"), *([media] if "video" in media else [])]
    return with_attachments(record["text"], [text_of(one, "alt") for one in pictures], text_of(object_of(media, "external"), "title"))


def _kind(record: Item, is_reply: bool) -> Kind:
    if is_reply:
        return "reply"
    return "quote" if text_of(object_of(record, "embed"), "$type") in QUOTES else "post"


def _language(record: Item) -> str | None:
    languages = record.get("langs")
    first = languages[0] if isinstance(languages, list) and languages else None
    return first if isinstance(first, str) else None


def _event_as_view(event: Item) -> Item:
    """Convert an event of the stream to a search result.

    The stream has no handles.
    """
    seen_at = event.get("witnessedAt") or event.get("time")
    edited = {"editedAt": seen_at} if event["operation"] == "update" else {}
    return {"uri": uri_of(event), "author": {"did": event["did"]}, "record": event["record"], "indexedAt": seen_at, **edited}
