"""Hold what the answers of the read API are made from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ledger import read
from pipeline.access.api_tokens import ApiToken
from pipeline.casework.answering.search import AnswerFinder
from pipeline.context import Context
from reports.output.open_data import ResponseTimes
from search.queries import CircuitBreaker


@dataclass(frozen=True)
class Reader:
    """Hold the open context, the search engine and caches.

    One per process."""

    context: Context
    breaker: CircuitBreaker
    answers: AnswerFinder
    times: Callable[[], ResponseTimes]
    """The published response times, some seconds old."""
    posts: read.PostCounts = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "posts", read.PostCounts(self.context.ledger))


@dataclass(frozen=True)
class Caller:
    """Hold who asks, and when."""

    token: ApiToken
    moment: datetime
