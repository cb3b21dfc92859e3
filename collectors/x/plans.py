"""Estimate what collecting from X would cost.

Compares three ways of listening by X's own counts of the last seven days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import tweepy

from collectors.x.client import COUNT_USD, PAGE, READ_USD, get_json
from core.errors import AnswerChangedError
from core.records import Record
from core.records.collection import Budget

TOTALS = ("total_post_count", "total_tweet_count")
"""Name of the sum in X's newer and older contract."""
DAYS_COUNTED, DAYS_A_MONTH = 7, 30
LONGEST = 512
NO_RETWEETS = " -is:retweet"
"""Search has not returned retweets since May 2026; a count without them is what would be fetched."""


class Plan(Record):
    """Describe one way of listening and its price.

    The price is that of a month at the rate of the last week.
    """

    name: str
    queries: tuple[str, ...]
    posts_a_week: int
    requests_a_month: int
    usd_a_month: float


def count_posts(client: tweepy.Client, query: str, budget: Budget) -> int:
    """Count the posts of the last seven days that match a query.

    Half a cent, whatever the number.
    """
    text = query + NO_RETWEETS if len(query) + len(NO_RETWEETS) <= LONGEST else query
    budget.spend(1, COUNT_USD)
    response = get_json(partial(client.get_recent_tweets_count, text, granularity="day"), budget.now)
    meta = response.get("meta")
    totals = [meta.get(name) for name in TOTALS] if isinstance(meta, dict) else []
    total = next((one for one in totals if isinstance(one, int)), None)
    if total is None:
        raise AnswerChangedError(f"X changed the form of its counts (missing_field: meta.{TOTALS[0]}); update Escucha")
    return total


@dataclass
class Estimate:
    """Estimate plans, counting each query only once."""

    client: tweepy.Client
    budget: Budget
    mention_usd: float
    """Price of a post among the mentions."""
    every: int
    """Minutes between two runs."""
    author_usd: float = 0.0
    """Price of the author of a post."""
    known: dict[str, int] = field(default_factory=dict)

    def plan(self, name: str, mentions: str, queries: Sequence[str]) -> Plan:
        """Estimate a plan of one account's mentions and some queries.

        The handle may be empty: no mentions.
        """
        through_mentions, found = self._count(mentions), sum(map(self._count, queries))
        usd = through_mentions * self.mention_usd + found * READ_USD + (through_mentions + found) * self.author_usd
        posts = through_mentions + found
        streams = len(queries) + bool(mentions)
        runs = DAYS_A_MONTH * 24 * 60 // self.every
        months = DAYS_A_MONTH / DAYS_COUNTED
        return Plan(
            name=name,
            queries=(*([f"mentions of {mentions}"] if mentions else []), *queries),
            posts_a_week=posts,
            requests_a_month=streams * runs + round(posts * months / PAGE),
            usd_a_month=round(usd * months, 2),
        )

    def _count(self, query: str) -> int:
        if query and query not in self.known:
            self.known[query] = count_posts(self.client, query, self.budget)
        return self.known.get(query, 0)
