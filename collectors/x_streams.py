"""Reads X page by page, each paid for before it is asked: the mentions of the city's own account, and each query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import tweepy

from collectors.newest_first import Answer, Stream
from collectors.record import moment
from collectors.streams import State
from collectors.x_api import PAGE, READ_USD, WrongRequestError, id_at, paid, time_of
from collectors.x_post import FIELDS, position
from core.page import Budget, Gap

REACH = timedelta(days=7) - timedelta(minutes=5)
"""Recent search goes back 7 days; the margin is the time our request is under way."""
MENTIONS = "mentions"
"""Name of their stream; every other one is a search, named by its query."""
MENTIONS_REACH = 700
"""The mentions end after 800 posts, of which those of protected and suspended accounts are left out: so many or more may be all."""


def mentions(client: tweepy.Client, user_id: str, price: float, budget: Budget, start: datetime) -> Stream:
    """Posts that name the account."""
    ask = partial(client.get_users_mentions, user_id, tweet_fields=FIELDS, max_results=PAGE)
    read = _Reader(ask, "pagination_token", budget, price, start).read
    return Stream(MENTIONS, read, position, id_at(start), reach=MENTIONS_REACH, group=MENTIONS)


def searches(client: tweepy.Client, queries: Sequence[str], budget: Budget, start: datetime) -> list[Stream]:
    """Posts that each query finds."""
    streams = []
    for text in queries:
        ask = partial(client.search_recent_tweets, text, tweet_fields=FIELDS, max_results=PAGE)
        read = _Reader(ask, "next_token", budget, READ_USD, start).read
        streams.append(Stream(text, read, position, id_at(start), group="search"))
    return streams


@dataclass(frozen=True)
class _Reader:
    ask: partial[Any]
    token_name: str
    budget: Budget
    price: float
    start: datetime
    """How far back the very first read goes."""

    def read(self, state: State) -> Answer:
        """One page: newer than the last complete read, or, where X has no such id any more, since a moment."""
        since = state.get("gap_until", state.get("high"))
        begin = state.get("start") or (self.start.isoformat() if since is None else None)
        lower = {"since_id": str(since)} if begin is None else {"start_time": moment(begin)}
        token = {self.token_name: state["token"]} if "token" in state else {}
        try:
            answer = paid(partial(self.ask, **lower, **token), self.budget, self.price)
        except WrongRequestError as error:
            oldest = self.budget.now - REACH
            if since is None or not _is_outdated(since, begin, oldest, str(error)):
                raise
            return self._since(
                oldest, state, Gap(newer_than=str(since), older_than=str(id_at(oldest)), reason="look_back")
            )
        return Answer(
            answer.get("data", []),
            answer.get("meta", {}).get("next_token"),
            walk={} if begin is None else {"start": begin},
        )

    def _since(self, oldest: datetime, state: State, gap: Gap) -> Answer:
        start = oldest.isoformat()
        later = self.read({key: value for key, value in state.items() if key != "token"} | {"start": start})
        return Answer(later.items, later.token, walk={**later.walk, "start": start}, gap=gap)


def _is_outdated(since: int, begin: str | None, oldest: datetime, words: str) -> bool:
    """Was it refused because its lower bound lies further back than X reaches? A source may have rested, for want of money."""
    if begin is not None:
        return moment(begin) < oldest
    return "since_id" in words or time_of(since) < oldest
