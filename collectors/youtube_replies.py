"""Reads the comments under one channel's or video's films, and after them the replies that did not fit beside their comment.

YouTube shows a few replies with each comment and says how many there are; the others must be asked for, comment by comment. The
cursor keeps which comments are still owed their replies (`owed`: with the place to go on from) and how many replies there were
when they were read (`read`), so that a comment is asked again only when it has got more.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from collectors.newest_first import Answer, Stream
from collectors.record import Item, moment
from collectors.streams import State, Step
from collectors.youtube_api import CommentsOffError, Line, NotThereError, StaleTokenError
from core.fact import Json
from core.page import Budget

PAGE = 100
COUNTS_KEPT = 200
"""Comments whose number of replies is remembered; of one that fell out the replies are read once more, which does no harm."""


@dataclass(frozen=True)
class Conversation:
    """All comments under a channel's films, or under one film."""

    name: str
    line: Line
    subject: dict[str, str]
    """What is asked for: `{"videoId": ...}` or `{"allThreadsRelatedToChannelId": ...}`."""
    floor: int
    overlap: int
    with_each: Json

    @property
    def group(self) -> str:
        """Comments that are switched off here say nothing about the others."""
        return self.name

    def walk(self, state: State, share: int, budget: Budget) -> Iterator[Step]:
        """Half of the share for replies that are owed from before; then comments, newest first; then their replies."""
        begun = budget.pages
        for before in self._replies(state, share // 2, budget):
            state = before.state
            yield before
        threads = Stream(self.name, self._read, _position, self.floor, self.overlap)
        for step in threads.walk(state.get("threads", {}), share - (begun - budget.pages), budget):
            state = {**state, **_noted(state, step.items), "threads": step.state}
            yield replace(step, items=_flat(step.items), state=state, with_each=self.with_each)
        yield from self._replies(state, share - (begun - budget.pages), budget)

    def _read(self, state: State) -> Answer:
        token = {"pageToken": state["token"]} if "token" in state else {}
        more = {"part": "snippet,replies", "order": "time", "textFormat": "plainText", "maxResults": PAGE}
        try:
            answer = self.line.asked(self.name, "commentThreads", {**self.subject, **more, **token})
        except StaleTokenError:
            if not token:
                raise
            return Answer([], None, restart=True)
        return Answer(answer.get("items") or [], answer.get("nextPageToken"))

    def _replies(self, state: State, share: int, budget: Budget) -> Iterator[Step]:
        """One page of replies a step; a comment that is gone meanwhile is handed over as deleted."""
        while state.get("owed") and share > 0 and budget.page():
            share -= 1
            thread, place = next(iter(state["owed"].items()))
            token = {"pageToken": place["token"]} if place.get("token") else {}
            params = {"parentId": thread, "part": "snippet", "textFormat": "plainText", "maxResults": PAGE}
            with_each = {**self.with_each, "video": place["video"]}
            try:
                answer = self.line.asked(self.name, "comments", {**params, **token})
            except (NotThereError, CommentsOffError) as error:
                state = _settled(state, thread, None)
                deleted = (thread,) if isinstance(error, NotThereError) else ()
                yield Step([], state, None, deleted=deleted)
                continue
            except StaleTokenError:
                state = _settled(state, thread, {**place, "token": None} if token else None)
                yield Step([], state, None)
                continue
            following = answer.get("nextPageToken")
            repeated = following == place.get("token")  # a token that leads to itself would never end
            state = _settled(state, thread, {**place, "token": following} if following and not repeated else None)
            yield Step(answer.get("items") or [], state, None, with_each=with_each)


def _settled(state: State, thread: str, place: Any) -> State:
    """The state with the next place of this comment's replies; None: all of them are read."""
    owed = {**state["owed"], thread: place}
    return {**state, "owed": {one: where for one, where in owed.items() if where is not None}}


def _noted(state: State, threads: list[Item]) -> State:
    """What is owed after these comments: the replies of those that have more than stand beside them, and more than before."""
    owed, read = dict(state.get("owed", {})), dict(state.get("read", {}))
    for thread in threads:
        snippet = thread.get("snippet") if isinstance(thread, dict) else None
        total = snippet.get("totalReplyCount") if isinstance(snippet, dict) else None
        if not isinstance(snippet, dict) or not isinstance(total, int) or total <= len(_replies_of(thread)):
            continue
        name = str(thread.get("id"))
        if read.pop(name, None) != total:
            owed.setdefault(name, {"video": snippet.get("videoId"), "token": None})
        read[name] = total  # last in order: the longest known fall out first
    return {"owed": owed, "read": dict(list(read.items())[-COUNTS_KEPT:])}


def _flat(threads: list[Item]) -> list[Item]:
    """Comments and the replies beside them, one after the other; what is no comment stays, so that it is counted."""
    found: list[Item] = []
    for thread in threads:
        snippet = thread.get("snippet") if isinstance(thread, dict) else None
        top = snippet.get("topLevelComment") if isinstance(snippet, dict) else None
        found += [thread if top is None else top, *_replies_of(thread)]
    return found


def _replies_of(thread: Any) -> list[Item]:
    replies = thread.get("replies") if isinstance(thread, dict) else None
    comments = replies.get("comments") if isinstance(replies, dict) else None
    return comments if isinstance(comments, list) else []


def _position(thread: Item) -> int | None:
    """The second in which YouTube published the comment."""
    try:
        return int(moment(thread["snippet"]["topLevelComment"]["snippet"]["publishedAt"]).timestamp())
    except (KeyError, TypeError, ValueError):
        return None
