"""Reads X page by page, each paid for before it is asked: the mentions of the city's own account, and each query."""

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
from collectors.x.vocabulary import Vocabulary, as_x_writes, send_query
from core.collection import Budget, Gap

REACH = timedelta(days=7) - timedelta(minutes=5)
"""Recent search goes back 7 days; the margin is the time our request is under way."""
MENTIONS = "mentions"
"""Name of their stream; every other one is a search, named by its query."""
MENTIONS_REACH = 700
"""The mentions end after 800 posts, of which those of protected and suspended accounts are left out: so many or more may be all."""


def mentions(
    client: tweepy.Client, user_id: str, price: float, budget: Budget, start: datetime, words: Vocabulary
) -> NewestFirst:
    """Posts that name the account."""
    ask = partial(send_query, client, f"/2/users/{user_id}/mentions")
    read = _Reader(ask, {}, "pagination_token", budget, price, start, words).read
    return NewestFirst(MENTIONS, read, position, id_at(start), reach=MENTIONS_REACH, group=MENTIONS)


def searches(
    client: tweepy.Client, queries: Sequence[str], budget: Budget, start: datetime, words: Vocabulary
) -> list[NewestFirst]:
    """Posts that each query finds."""
    streams = []
    ask = partial(send_query, client, "/2/tweets/search/recent")
    for text in queries:
        read = _Reader(ask, {"query": text}, "next_token", budget, READ_USD, start, words).read
        streams.append(NewestFirst(text, read, position, id_at(start), group="search"))
    return streams


@dataclass(frozen=True)
class _Reader:
    ask: Callable[[dict[str, str]], Any]
    wanted: dict[str, str]
    token_name: str
    budget: Budget
    price: float
    start: datetime
    """How far back the very first read goes."""
    words: Vocabulary

    def read(self, cursor: StreamCursor) -> ListingPage:
        """One page: newer than the last complete read, or, where X has no such id any more, since a moment."""
        since = cursor.high if cursor.gap_until is None else cursor.gap_until
        begin = cursor.start or (self.start.isoformat() if since is None else None)
        lower = {"since_id": str(since)} if begin is None else {"start_time": as_x_writes(parse_date(begin))}
        token = {} if cursor.token is None else {self.token_name: cursor.token}
        try:
            answer = self.words.asked(partial(self._paid, {**lower, **token}), _refusal_of, self.budget.now)
        except WrongRequestError as error:
            oldest = self.budget.now - REACH
            if since is None or not _is_outdated(since, begin, oldest, str(error)):
                raise
            return self._since(
                oldest, cursor, Gap(newer_than=str(since), older_than=str(id_at(oldest)), reason="look_back")
            )
        return ListingPage(
            answer.get("data") or [],
            (answer.get("meta") or {}).get("next_token"),
            walk={} if begin is None else {"start": begin},
        )

    def _paid(self, where: dict[str, str]) -> dict[str, Any]:
        params = {**self.wanted, "max_results": str(PAGE), **where, **self.words.params()}
        return pay_for(partial(self.ask, params), self.budget, self.price + self.words.usd_more)

    def _since(self, oldest: datetime, cursor: StreamCursor, gap: Gap) -> ListingPage:
        start = oldest.isoformat()
        later = self.read(cursor.changed(token=None, start=start))
        return ListingPage(later.items, later.token, walk={**later.walk, "start": start}, gap=gap)


def _refusal_of(error: Exception) -> str:
    return error.said if isinstance(error, WrongRequestError) else ""


def _is_outdated(since: int, begin: str | None, oldest: datetime, words: str) -> bool:
    """Was it refused because its lower bound lies further back than X reaches? A source may have rested, for want of money."""
    if begin is not None:
        return parse_date(begin) < oldest
    return "since_id" in words or time_of(since) < oldest
