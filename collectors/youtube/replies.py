"""Page through the comments of a channel or video, then their replies.

YouTube lists a few replies with each comment and gives their number; the others must be requested comment by comment: see
`youtube/pending_replies.py`. Refused replies are a separate gap and stop no comment from being fetched.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from collectors.paging.cursor import State, StreamCursor
from collectors.paging.newest_first import ListingPage, NewestFirst
from collectors.paging.scheduler import Step
from collectors.parsing import Item, parse_date
from collectors.youtube.client import CommentsOffError, NotFoundError, NotShownError, StaleTokenError, YouTubeClient
from collectors.youtube.pending_replies import (
    ConversationCursor,
    after_page,
    closes_the_gap,
    listed_replies,
    note_pending,
    postpone,
    settle,
)
from core.errors import SourceError
from core.records import Json
from core.records.collection import Budget, Gap

PAGE = 100


@dataclass(frozen=True)
class Conversation:
    """Describe all comments of a channel's videos, or of one video."""

    name: str
    client: YouTubeClient
    subject: dict[str, str]
    """Request parameter: `{"videoId": ...}` or `{"allThreadsRelatedToChannelId": ...}`."""
    floor: int
    overlap: int
    with_each: Json

    @property
    def group(self) -> str:
        """Return its name: comments switched off here affect no other stream."""
        return self.name

    def fetch_pages(self, state: State, page_quota: int, budget: Budget) -> Iterator[Step]:
        """Yield pending replies, then comments, newest first, then their replies.

        Half of `page_quota` is for the replies pending from earlier runs.
        """
        begun, responded = budget.pages, False
        refused: list[str] = []
        cursor = ConversationCursor.of(state, self.name)
        for before in self._replies(cursor, page_quota // 2, budget, refused):
            cursor = ConversationCursor.of(before.state, self.name)
            yield before
        threads = NewestFirst(self.name, self._read, _position, self.floor, self.overlap)
        for step in threads.fetch_pages(cursor.threads.as_state(), page_quota - (begun - budget.pages), budget):
            cursor = note_pending(cursor, step.items).changed(threads=StreamCursor.of(step.state, self.name))
            responded = True
            yield replace(step, items=_flat(step.items), state=cursor.as_state(), with_each=self.with_each)
        for after in self._replies(cursor, page_quota - (begun - budget.pages), budget, refused):
            cursor = ConversationCursor.of(after.state, self.name)
            yield after
        # in an outage the comments are refused as well, and the refusal does not concern these replies
        if refused and responded:
            gap = Gap(stream=replies_to(self.name), reason="refused")
            yield Step([], postpone(cursor, refused).as_state(), gap)

    def _read(self, cursor: StreamCursor) -> ListingPage:
        token = {} if cursor.token is None else {"pageToken": cursor.token}
        more = {"part": "snippet,replies", "order": "time", "textFormat": "plainText", "maxResults": PAGE}
        try:
            response = self.client.get_json(self.name, "commentThreads", {**self.subject, **more, **token})
        except StaleTokenError:
            if not token:
                raise
            return ListingPage([], None, restart=True)
        return ListingPage(response.get("items") or [], response.get("nextPageToken"))

    def _replies(self, cursor: ConversationCursor, page_quota: int, budget: Budget, refused: list[str]) -> Iterator[Step]:
        """Yield pages of the pending replies, one for each step.

        A comment whose replies are refused is added to `refused`.
        """
        while page_quota > 0 and (left := [one for one in cursor.owed if one not in refused]) and budget.page():
            page_quota -= 1
            try:
                step = self._page_of_replies(cursor, left[0])
            except SourceError as error:
                if error.fatal or error.retry_after is not None:
                    raise
                refused.append(left[0])
                if isinstance(error, NotShownError):
                    continue
                return  # perhaps an outage: the comments are tried next
            behind = ConversationCursor.of(step.state, self.name)
            filled = (replies_to(self.name),) if closes_the_gap(cursor, behind) else ()
            cursor = behind
            yield replace(step, filled_too=filled)

    def _page_of_replies(self, cursor: ConversationCursor, thread: str) -> Step:
        """Fetch the next page of replies to this comment.

        A comment that no longer exists is returned as deleted.
        """
        place = cursor.owed[thread]
        token = {"pageToken": place.token} if place.token else {}
        params = {"parentId": thread, "part": "snippet", "textFormat": "plainText", "maxResults": PAGE}
        try:
            response = self.client.get_json(self.name, "comments", {**params, **token})
        except NotFoundError:
            return Step([], settle(cursor, thread, None).as_state(), None, deleted=(thread,))
        except CommentsOffError:
            return Step([], settle(cursor, thread, None).as_state(), None)
        except StaleTokenError:
            again = place.changed(token=None) if token else None
            return Step([], settle(cursor, thread, again).as_state(), None)
        behind = after_page(cursor, thread, response.get("nextPageToken")).as_state()
        return Step(response.get("items") or [], behind, None, with_each={**self.with_each, "video": place.video})


def replies_to(name: str) -> str:
    """Name the gaps of replies to the comments of this stream."""
    return f"{name} replies"


def _flat(threads: list[Item]) -> list[Item]:
    """Flatten comments and the replies listed with them.

    Whatever is not a comment stays, so that it is counted.
    """
    found: list[Item] = []
    for thread in threads:
        snippet = thread.get("snippet") if isinstance(thread, dict) else None
        top = snippet.get("topLevelComment") if isinstance(snippet, dict) else None
        found += [thread if top is None else top, *listed_replies(thread)]
    return found


def _position(thread: Item) -> int | None:
    """Return the second in which YouTube published the comment."""
    try:
        return int(parse_date(thread["snippet"]["topLevelComment"]["snippet"]["publishedAt"]).timestamp())
    except (KeyError, TypeError, ValueError):
        return None
