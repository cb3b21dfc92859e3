"""What a post of X is to us: its words whole, its first id through all its edits, and what it answers."""

from datetime import datetime
from html import unescape

from collectors.record import Item, moment
from collectors.x_api import time_of
from core.post import Kind, Raw

FIELDS = [
    "created_at",
    "lang",
    "conversation_id",
    "author_id",
    "referenced_tweets",
    "note_tweet",
    "edit_history_tweet_ids",
]
"""Asked for with every post; none of them costs anything, as an expansion would."""
NO_LANGUAGE = {"und", "zxx", "qam", "qct", "qht", "qme", "qst"}


def position(item: Item) -> int | None:
    """Ids grow with time."""
    native_id = str(item.get("id", ""))
    return int(native_id) if native_id.isdigit() else None


def post_as_raw(item: Item, received_at: datetime) -> Raw:
    """The post as a message."""
    others = {str(other["type"]): str(other["id"]) for other in item.get("referenced_tweets") or []}
    history = item.get("edit_history_tweet_ids") or [item["id"]]
    first = str(history[0])  # an edit has an id of its own: the first one stays the identity
    long_text = (item.get("note_tweet") or {}).get("text")
    language = item.get("lang")
    return Raw(
        source="x",
        native_id=first,
        text=unescape(long_text or item["text"]),
        created_at=moment(item["created_at"]),
        received_at=received_at,
        author_id=item.get("author_id"),
        edited_at=time_of(int(item["id"])) if first != item["id"] else None,
        language=None if language in NO_LANGUAGE else language,
        kind=_kind(others),
        thread_id=str(item.get("conversation_id") or first),
        reply_to=others.get("replied_to"),
        url=f"https://x.com/i/status/{first}",
    )


def _kind(others: dict[str, str]) -> Kind:
    if "retweeted" in others:
        return "repost"
    if "replied_to" in others:
        return "reply"
    return "quote" if "quoted" in others else "post"
