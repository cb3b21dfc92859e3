"""Reads the comments under one channel's or video's films, and after them the replies that did not fit beside their comment.

YouTube shows a few replies with each comment and says how many there are; the others must be asked for, comment by comment: see
`youtube/pending_replies.py`. Replies that are refused are a gap of their own and keep no comment from being read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from collectors.paging.cursor import State, StreamCursor
from collectors.paging.newest_first import Answer, Stream
from collectors.paging.scheduler import Step
from collectors.parsing import Item, moment
from collectors.youtube.client import CommentsOffError, Line, NotShownError, NotThereError, StaleTokenError
from collectors.youtube.pending_replies import (
    ConversationCursor,
    after_page,
    closes_the_gap,
    noted,
    put_off,
    replies_beside,
    settled,
)
from core.collection import Budget, Gap
from core.errors import SourceError
from core.records import Json

PAGE = 100


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
        begun, answers = budget.pages, False
        refused: list[str] = []
        cursor = ConversationCursor.of(state, self.name)
        for before in self._replies(cursor, share // 2, budget, refused):
            cursor = ConversationCursor.of(before.state, self.name)
            yield before
        threads = Stream(self.name, self._read, _position, self.floor, self.overlap)
        for step in threads.walk(cursor.threads.as_state(), share - (begun - budget.pages), budget):
            cursor = noted(cursor, step.items).changed(threads=StreamCursor.of(step.state, self.name))
            answers = True
            yield replace(step, items=_flat(step.items), state=cursor.as_state(), with_each=self.with_each)
        for after in self._replies(cursor, share - (begun - budget.pages), budget, refused):
            cursor = ConversationCursor.of(after.state, self.name)
            yield after
        # in an outage, which says nothing about these replies, the comments are refused as well
        if refused and answers:
            gap = Gap(stream=replies_to(self.name), reason="refused")
            yield Step([], put_off(cursor, refused).as_state(), gap)

    def _read(self, cursor: StreamCursor) -> Answer:
        token = {} if cursor.token is None else {"pageToken": cursor.token}
        more = {"part": "snippet,replies", "order": "time", "textFormat": "plainText", "maxResults": PAGE}
        try:
            answer = self.line.asked(self.name, "commentThreads", {**self.subject, **more, **token})
        except StaleTokenError:
            if not token:
                raise
            return Answer([], None, restart=True)
        return Answer(answer.get("items") or [], answer.get("nextPageToken"))

    def _replies(self, cursor: ConversationCursor, share: int, budget: Budget, refused: list[str]) -> Iterator[Step]:
        """One page of replies a step, of the comments that are owed them; one whose replies are refused is put to `refused`."""
        while share > 0 and (left := [one for one in cursor.owed if one not in refused]) and budget.page():
            share -= 1
            try:
                step = self._page_of_replies(cursor, left[0])
            except SourceError as error:
                if error.fatal or error.retry_after is not None:
                    raise
                refused.append(left[0])
                if isinstance(error, NotShownError):
                    continue
                return  # perhaps an outage: the comments will tell
            behind = ConversationCursor.of(step.state, self.name)
            filled = (replies_to(self.name),) if closes_the_gap(cursor, behind) else ()
            cursor = behind
            yield replace(step, filled_too=filled)

    def _page_of_replies(self, cursor: ConversationCursor, thread: str) -> Step:
        """The next replies to this comment; one that is gone meanwhile is handed over as deleted."""
        place = cursor.owed[thread]
        token = {"pageToken": place.token} if place.token else {}
        params = {"parentId": thread, "part": "snippet", "textFormat": "plainText", "maxResults": PAGE}
        try:
            answer = self.line.asked(self.name, "comments", {**params, **token})
        except NotThereError:
            return Step([], settled(cursor, thread, None).as_state(), None, deleted=(thread,))
        except CommentsOffError:
            return Step([], settled(cursor, thread, None).as_state(), None)
        except StaleTokenError:
            again = place.changed(token=None) if token else None
            return Step([], settled(cursor, thread, again).as_state(), None)
        behind = after_page(cursor, thread, answer.get("nextPageToken")).as_state()
        return Step(answer.get("items") or [], behind, None, with_each={**self.with_each, "video": place.video})


def replies_to(name: str) -> str:
    """Under which name the gaps stand that are replies to the comments of this stream."""
    return f"{name} replies"


def _flat(threads: list[Item]) -> list[Item]:
    """Comments and the replies beside them, one after the other; what is no comment stays, so that it is counted."""
    found: list[Item] = []
    for thread in threads:
        snippet = thread.get("snippet") if isinstance(thread, dict) else None
        top = snippet.get("topLevelComment") if isinstance(snippet, dict) else None
        found += [thread if top is None else top, *replies_beside(thread)]
    return found


def _position(thread: Item) -> int | None:
    """The second in which YouTube published the comment."""
    try:
        return int(moment(thread["snippet"]["topLevelComment"]["snippet"]["publishedAt"]).timestamp())
    except (KeyError, TypeError, ValueError):
        return None
