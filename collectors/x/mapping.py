"""Map an X post to a `Raw`.

With its full text, the id of its first version, and the post it answers.
"""

from datetime import datetime
from html import unescape
from typing import Any

from collectors.parsing import Item, build_message, count_of, id_of, object_of, objects_of, parse_date, text_of
from collectors.text import with_attachments
from collectors.x.client import time_of
from collectors.x.vocabulary import FOLLOWERS
from core.records.post import Kind, Raw

NO_LANGUAGE = {"und", "zxx", "qam", "qct", "qht", "qme", "qst"}


def position(item: Item) -> int | None:
    """Return the id as a number: ids increase with time."""
    native_id = str(item.get("id", ""))
    return int(native_id) if native_id.isdigit() else None


def post_as_raw(item: Item, received_at: datetime) -> Raw:
    """Map a post in X's older contract (`tweet`) or newer one (`post`)."""
    native_id = id_of(item, "id")
    others = _references(item)
    # every edit has an id of its own: the id of the first version identifies the post
    history = [str(one) for one in _either(item, "edit_history_post_ids", "edit_history_tweet_ids") or [native_id]]
    note = _either(item, "note_post", "note_tweet")
    text = unescape((text_of(note, "text") if isinstance(note, dict) else "") or item["text"])
    titles = [text_of(one, "title") for one in objects_of(object_of(item, "entities"), "urls")]
    language, author = item.get("lang"), item.get("author_id")
    conversation = item.get("conversation_id")
    return build_message(
        source="x",
        native_id=history[0],
        text=with_attachments(text, link_title=unescape(next(filter(None, titles), ""))),
        created_at=_created(item, history[0]),
        received_at=received_at,
        author_id=None if author is None else str(author),
        edited_at=time_of(int(native_id)) if history[0] != native_id else None,
        language=language if isinstance(language, str) and language not in NO_LANGUAGE else None,
        kind=_kind(others, text, is_elsewhere=conversation is not None and str(conversation) not in history),
        thread_id=str(conversation or history[0]),
        reply_to=others.get("replied_to"),
        **counts(item),
        url=f"https://x.com/i/status/{history[0]}",
    )


def counts(item: Item) -> dict[str, int | None]:
    """Return the counts of a post.

    The newer contract counts reposts, the older one retweets.
    """
    shown = object_of(item, "public_metrics")
    return {
        "likes": count_of(shown, "like_count"),
        "shares": count_of(shown, "repost_count", "retweet_count", "quote_count"),
        "replies": count_of(shown, "reply_count"),
        "views": count_of(shown, "impression_count"),
        "followers": count_of(item, FOLLOWERS),
    }


def _either(item: Item, new: str, old: str) -> Any:
    found = item.get(new)
    return item.get(old) if found is None else found


def _references(item: Item) -> dict[str, str]:
    """Return the ids of the referenced posts, by type of reference."""
    given = _either(item, "referenced_posts", "referenced_tweets")
    others = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    return {str(one["type"]): str(one["id"]) for one in others if "type" in one and "id" in one}


def _created(item: Item, first: str) -> datetime:
    """Return the time in the post, else the time in its id."""
    try:
        return parse_date(item.get("created_at"))
    except ValueError:
        return time_of(int(first))


def _kind(others: dict[str, str], text: str, is_elsewhere: bool) -> Kind:
    """Derive the kind from the references.

    If X returns none: from the conversation, and from X's prefix of a repost.
    """
    if "retweeted" in others or (not others and text.startswith("RT @")):
        return "repost"
    if "replied_to" in others or (not others and is_elsewhere):
        return "reply"
    return "quote" if "quoted" in others else "post"
