"""Which comments are still owed their replies, as it stands in the cursor: the place to go on from, and what was refused.

Of a comment under `owed`: `video`, its film; `token`, where its replies go on; `more`, it got more of them while they were read;
`refused`, how many runs in a row they were refused. `read`: how many replies there were when they were noted, so that a comment is
asked again only when it has got more. `given_up`: some replies will never be asked for again unless more come.
"""

from collections.abc import Collection
from typing import Any

from collectors.paging.newest_first import DISTRUST
from collectors.paging.scheduler import State
from collectors.parsing import Item

COUNTS_KEPT = 200
"""Comments whose number of replies is remembered; of one that fell out the replies are read once more, which does no harm."""


def noted(state: State, threads: list[Item]) -> State:
    """What is owed after these comments: the replies of those that have more than stand beside them, and more than before."""
    owed, read = dict(state.get("owed", {})), dict(state.get("read", {}))
    for thread in threads:
        snippet = thread.get("snippet") if isinstance(thread, dict) else None
        total = snippet.get("totalReplyCount") if isinstance(snippet, dict) else None
        if not isinstance(snippet, dict) or not isinstance(total, int) or total <= len(replies_beside(thread)):
            continue
        name = str(thread.get("id"))
        if read.pop(name, None) != total:
            owed[name] = _more(owed[name]) if name in owed else {"video": snippet.get("videoId"), "token": None}
        read[name] = total  # last in order: the longest known fall out first
    return {**state, "owed": owed, "read": dict(list(read.items())[-COUNTS_KEPT:])}


def replies_beside(thread: Any) -> list[Item]:
    """The few replies that are shown together with their comment."""
    replies = thread.get("replies") if isinstance(thread, dict) else None
    comments = replies.get("comments") if isinstance(replies, dict) else None
    return comments if isinstance(comments, list) else []


def after_page(state: State, thread: str, following: str | None) -> State:
    """The state behind one page of this comment's replies."""
    place = {**state["owed"][thread]}
    if "refused" in place:
        place["refused"] = 0  # it stays: the gap is open until all of them are read
    if following and following != place.get("token"):  # a token that leads to itself would never end
        return settled(state, thread, {**place, "token": following})
    if place.pop("more", False):
        return settled(state, thread, {**place, "token": None})
    return settled(state, thread, None)


def settled(state: State, thread: str, place: State | None) -> State:
    """The state with the next place of this comment's replies; None: all of them are read."""
    owed = {**state["owed"], thread: place}
    return {**state, "owed": {one: where for one, where in owed.items() if where is not None}}


def put_off(state: State, refused: Collection[str]) -> State:
    """The state after one more run in which these were refused: they are asked for last, and in the end no more."""
    owed = {name: place for name, place in state["owed"].items() if name not in refused}
    again = {name: {**state["owed"][name], "refused": state["owed"][name].get("refused", 0) + 1} for name in refused}
    kept = {name: place for name, place in again.items() if place["refused"] < DISTRUST}
    given_up = {} if len(kept) == len(again) else {"given_up": True}
    return {**state, **given_up, "owed": owed | kept}


def closes_the_gap(before: State, after: State) -> bool:
    """Whether replies that had been refused are all read now."""
    return _has_refused(before) and not _has_refused(after) and "given_up" not in after


def _has_refused(state: State) -> bool:
    return any("refused" in place for place in state["owed"].values())


def _more(place: State) -> State:
    """Whatever came while its replies are being read may stand on the pages of before: they are read once more from the top."""
    return {**place, "more": True} if place.get("token") else place
