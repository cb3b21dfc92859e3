"""Search the index: all queries of the desk, dashboards and reports.

The one entrance for reading; nothing here writes.
"""

from search.analysis.query import highlight
from search.circuit_breaker import CircuitBreaker
from search.engine import Engine, ping
from search.finding import Found, FoundOrder, count_each, find_posts
from search.post_search import Hits, Order, search_posts
from search.requests import ALIAS, Index, parsing, run, run_many
from search.similar import hybrid_posts, similar_posts

__all__ = [
    "ALIAS",
    "CircuitBreaker",
    "Engine",
    "Found",
    "FoundOrder",
    "Hits",
    "Index",
    "Order",
    "count_each",
    "find_posts",
    "highlight",
    "hybrid_posts",
    "parsing",
    "ping",
    "run",
    "run_many",
    "search_posts",
    "similar_posts",
]
