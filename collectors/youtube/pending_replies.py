"""Which comments are still owed their replies, as it stands in the cursor: the place to go on from, and what was refused.

The fields: `ConversationCursor` and `Owed`.
"""

from collections.abc import Collection
from typing import Any

from pydantic import Field

from collectors.paging.cursor import State, StreamCursor, StreamState
from collectors.paging.newest_first import DISTRUST
from collectors.parsing import Item, text_of

COUNTS_KEPT = 200
"""Comments whose number of replies is remembered; of one that fell out the replies are read once more, which does no harm."""


class Owed(StreamState):
    """A comment of YouTube whose replies are still to be read."""

    video: str | None = None
    """Its film."""
    token: str | None = None
    """Where its replies go on; None: from the top."""
    more: bool = False
    """It got more replies while they were read: they are read once more from the top."""
    refused: int | None = None
    """Runs in a row in which its replies were refused. 0: they are read again, and the gap is open until all are."""


class ConversationCursor(StreamState):
    """How far the comments under one channel's films, or under one film, were read; see `replies.py`."""

    threads: StreamCursor = StreamCursor()
    """Of the comments."""
    owed: dict[str, Owed] = Field(default_factory=dict)
    """Comments whose replies are still to be read, in the order in which they are asked for."""
    read: dict[str, int] = Field(default_factory=dict)
    """How many replies a comment had when they were noted: it is asked again only when it has got more."""
    given_up: bool = False
    """Some replies will not be asked for again unless more come."""

    def as_state(self) -> State:
        """Return what the cursor keeps; always with `owed` and `read`."""
        return {"owed": {}, "read": {}, **super().as_state()}


def noted(cursor: ConversationCursor, threads: list[Item]) -> ConversationCursor:
    """What is owed after these comments: the replies of those that have more than stand beside them, and more than before."""
    owed, read = dict(cursor.owed), dict(cursor.read)
    for thread in threads:
        snippet = thread.get("snippet") if isinstance(thread, dict) else None
        total = snippet.get("totalReplyCount") if isinstance(snippet, dict) else None
        if not isinstance(snippet, dict) or not isinstance(total, int) or total <= len(replies_beside(thread)):
            continue
        name = str(thread.get("id"))
        if read.pop(name, None) != total:
            owed[name] = _more(owed[name]) if name in owed else Owed(video=text_of(snippet, "videoId") or None)
        read[name] = total  # last in order: the longest known fall out first
    return cursor.changed(owed=owed, read=dict(list(read.items())[-COUNTS_KEPT:]))


def replies_beside(thread: Any) -> list[Item]:
    """The few replies that are shown together with their comment."""
    replies = thread.get("replies") if isinstance(thread, dict) else None
    comments = replies.get("comments") if isinstance(replies, dict) else None
    return comments if isinstance(comments, list) else []


def after_page(cursor: ConversationCursor, thread: str, following: str | None) -> ConversationCursor:
    """The cursor behind one page of this comment's replies."""
    place = cursor.owed[thread]
    if place.refused is not None:
        place = place.changed(refused=0)  # it stays: the gap is open until all of them are read
    if following and following != place.token:  # a token that leads to itself would never end
        return settled(cursor, thread, place.changed(token=following))
    if place.more:
        return settled(cursor, thread, place.changed(more=False, token=None))
    return settled(cursor, thread, None)


def settled(cursor: ConversationCursor, thread: str, place: Owed | None) -> ConversationCursor:
    """The cursor with the next place of this comment's replies; None: all of them are read."""
    owed = {**cursor.owed, thread: place}
    return cursor.changed(owed={one: where for one, where in owed.items() if where is not None})


def put_off(cursor: ConversationCursor, refused: Collection[str]) -> ConversationCursor:
    """The cursor after one more run in which these were refused: they are asked for last, and in the end no more."""
    owed = {name: place for name, place in cursor.owed.items() if name not in refused}
    counts = {name: (cursor.owed[name].refused or 0) + 1 for name in refused}
    kept = {name: cursor.owed[name].changed(refused=count) for name, count in counts.items() if count < DISTRUST}
    return cursor.changed(owed=owed | kept, given_up=cursor.given_up or len(kept) < len(counts))


def closes_the_gap(before: ConversationCursor, after: ConversationCursor) -> bool:
    """Whether replies that had been refused are all read now."""
    return _has_refused(before) and not _has_refused(after) and not after.given_up


def _has_refused(cursor: ConversationCursor) -> bool:
    return any(place.refused is not None for place in cursor.owed.values())


def _more(place: Owed) -> Owed:
    """Whatever came while its replies are being read may stand on the pages of before: they are read once more from the top."""
    return place.changed(more=True) if place.token else place
