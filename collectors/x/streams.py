"""Page through X's mentions and searches, each page paid for first.

The mentions are those of the city's own account.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import tweepy

from collectors.paging.cursor import StreamCursor
from collectors.paging.newest_first import ListingPage, NewestFirst
from collectors.parsing import parse_date
from collectors.x.client import PAGE, READ_USD, WrongRequestError, id_at, pay_for, time_of
from collectors.x.mapping import position
from collectors.x.vocabulary import Vocabulary, format_time, send_query, with_followers
from core.records.collection import Budget, Gap

REACH = timedelta(days=7) - timedelta(minutes=5)
"""Recent search goes back 7 days; the margin covers the time until the request arrives."""
MENTIONS = "mentions"
"""Name of the stream of mentions; every other stream is a search, named by its query."""
MENTIONS_REACH = 700
"""The mentions end after 800 posts, without those of protected and suspended accounts: this many or more may be all."""


def mentions(client: tweepy.Client, user_id: str, price: float, budget: Budget, start: datetime, vocabulary: Vocabulary) -> NewestFirst:
    """Build the stream of posts that mention the account."""
    ask = partial(send_query, client, f"/2/users/{user_id}/mentions")
    read = _PageFetcher(ask, {}, "pagination_token", budget, price, start, vocabulary).read
    return NewestFirst(MENTIONS, read, position, id_at(start), max_listing=MENTIONS_REACH, group=MENTIONS)


def searches(client: tweepy.Client, queries: Sequence[str], budget: Budget, start: datetime, vocabulary: Vocabulary) -> list[NewestFirst]:
    """Build one stream for each query."""
    streams = []
    ask = partial(send_query, client, "/2/tweets/search/recent")
    for text in queries:
        read = _PageFetcher(ask, {"query": text}, "next_token", budget, READ_USD, start, vocabulary).read
        streams.append(NewestFirst(text, read, position, id_at(start), group="search"))
    return streams


@dataclass(frozen=True)
class _PageFetcher:
    ask: Callable[[dict[str, str]], Any]
    wanted: dict[str, str]
    token_name: str
    budget: Budget
    price: float
    start: datetime
    """How far back the first fetch goes."""
    vocabulary: Vocabulary

    def read(self, cursor: StreamCursor) -> ListingPage:
        """Fetch one page.

        Newer than the last complete fetch, or since a time if X no longer accepts that id.
        """
        since = cursor.high if cursor.gap_until is None else cursor.gap_until
        begin = cursor.start or (self.start.isoformat() if since is None else None)
        lower = {"since_id": str(since)} if begin is None else {"start_time": format_time(parse_date(begin))}
        token = {} if cursor.token is None else {self.token_name: cursor.token}
        try:
            response = self.vocabulary.send(partial(self._paid, {**lower, **token}), _rejection, self.budget.now)
        except WrongRequestError as error:
            oldest = self.budget.now - REACH
            if since is None or not _is_outdated(since, begin, oldest, str(error)):
                raise
            return self._since(oldest, cursor, Gap(newer_than=str(since), older_than=str(id_at(oldest)), reason="look_back"))
        return ListingPage(
            with_followers(response), (response.get("meta") or {}).get("next_token"), extra_state={} if begin is None else {"start": begin}
        )

    def _paid(self, where: dict[str, str]) -> dict[str, Any]:
        params = {**self.wanted, "max_results": str(PAGE), **where, **self.vocabulary.params()}
        return pay_for(partial(self.ask, params), self.budget, self.price + self.vocabulary.extra_usd)

    def _since(self, oldest: datetime, cursor: StreamCursor, gap: Gap) -> ListingPage:
        start = oldest.isoformat()
        later = self.read(cursor.changed(token=None, start=start))
        return ListingPage(later.items, later.token, extra_state={**later.extra_state, "start": start}, gap=gap)


def _rejection(error: Exception) -> str:
    return error.message if isinstance(error, WrongRequestError) else ""


def _is_outdated(since: int, begin: str | None, oldest: datetime, message: str) -> bool:
    """Tell whether a lower bound was refused because it is too old.

    A source may have paused for lack of budget for longer than X's search goes back.
    """
    if begin is not None:
        return parse_date(begin) < oldest
    return "since_id" in message or time_of(since) < oldest
