"""Track comments whose replies are still to be fetched, in the cursor.

The fields: `ConversationCursor` and `PendingReplies`.
"""

from collections.abc import Collection
from typing import Any

from pydantic import Field

from collectors.paging.cursor import State, StreamCursor, StreamState
from collectors.paging.newest_first import MAX_REFUSALS
from collectors.parsing import Item, text_of

COUNTS_KEPT = 200
"""Comments whose number of replies is kept; the replies of older ones may be fetched twice, which is harmless."""


class PendingReplies(StreamState):
    """Describe a comment whose replies are still to be fetched."""

    video: str | None = None
    """Its video."""
    token: str | None = None
    """Token of the next page of its replies; None: from the top."""
    more: bool = False
    """It got more replies while they were fetched: they are fetched once more from the top."""
    refused: int | None = None
    """Consecutive runs in which its replies were refused. 0: fetched again, with the gap open until all are."""


class ConversationCursor(StreamState):
    """Hold how far the comments of a channel or video were fetched."""

    threads: StreamCursor = StreamCursor()
    """Cursor of the comments."""
    owed: dict[str, PendingReplies] = Field(default_factory=dict)
    """Comments whose replies are still to be fetched, in the order of the requests."""
    read: dict[str, int] = Field(default_factory=dict)
    """How many replies a comment had when last listed: they are requested again only when there are more."""
    given_up: bool = False
    """Some replies will not be requested again unless there are more."""

    def as_state(self) -> State:
        """Return the state as the cursor stores it, with `owed` and `read`."""
        return {"owed": {}, "read": {}, **super().as_state()}


def note_pending(cursor: ConversationCursor, threads: list[Item]) -> ConversationCursor:
    """Add the comments of a page whose replies must be fetched.

    Those with more replies than are listed with them, and more than before.
    """
    owed, read = dict(cursor.owed), dict(cursor.read)
    for thread in threads:
        snippet = thread.get("snippet") if isinstance(thread, dict) else None
        total = snippet.get("totalReplyCount") if isinstance(snippet, dict) else None
        if not isinstance(snippet, dict) or not isinstance(total, int) or total <= len(listed_replies(thread)):
            continue
        name = str(thread.get("id"))
        if read.pop(name, None) != total:
            owed[name] = _more(owed[name]) if name in owed else PendingReplies(video=text_of(snippet, "videoId") or None)
        read[name] = total  # moved to the end: the oldest are dropped first
    return cursor.changed(owed=owed, read=dict(list(read.items())[-COUNTS_KEPT:]))


def listed_replies(thread: Any) -> list[Item]:
    """Return the few replies that are listed with their comment."""
    replies = thread.get("replies") if isinstance(thread, dict) else None
    comments = replies.get("comments") if isinstance(replies, dict) else None
    return comments if isinstance(comments, list) else []


def after_page(cursor: ConversationCursor, thread: str, following: str | None) -> ConversationCursor:
    """Advance the cursor past one page of this comment's replies."""
    place = cursor.owed[thread]
    if place.refused is not None:
        place = place.changed(refused=0)  # kept: the gap is open until all of them are fetched
    if following and following != place.token:  # a token that leads to itself would never end
        return settle(cursor, thread, place.changed(token=following))
    if place.more:
        return settle(cursor, thread, place.changed(more=False, token=None))
    return settle(cursor, thread, None)


def settle(cursor: ConversationCursor, thread: str, place: PendingReplies | None) -> ConversationCursor:
    """Set the next page of this comment's replies; None: all are fetched."""
    owed = {**cursor.owed, thread: place}
    return cursor.changed(owed={one: where for one, where in owed.items() if where is not None})


def postpone(cursor: ConversationCursor, refused: Collection[str]) -> ConversationCursor:
    """Count one more run in which these were refused.

    They are requested last, and after `MAX_REFUSALS` runs no more.
    """
    owed = {name: place for name, place in cursor.owed.items() if name not in refused}
    counts = {name: (cursor.owed[name].refused or 0) + 1 for name in refused}
    kept = {name: cursor.owed[name].changed(refused=count) for name, count in counts.items() if count < MAX_REFUSALS}
    return cursor.changed(owed=owed | kept, given_up=cursor.given_up or len(kept) < len(counts))


def closes_the_gap(before: ConversationCursor, after: ConversationCursor) -> bool:
    """Tell whether replies that had been refused are now all fetched."""
    return _has_refused(before) and not _has_refused(after) and not after.given_up


def _has_refused(cursor: ConversationCursor) -> bool:
    return any(place.refused is not None for place in cursor.owed.values())


def _more(place: PendingReplies) -> PendingReplies:
    """Mark replies that arrived while the pages were fetched.

    They may be on earlier pages, so all pages are fetched once more from the top.
    """
    return place.changed(more=True) if place.token else place
