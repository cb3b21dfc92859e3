"""Search the index: all queries of the desk, dashboards and reports.

The one entrance for reading; nothing here writes.
"""

from search.analysis.query import highlight
from search.circuit_breaker import CircuitBreaker
from search.engine import Engine, ping
from search.post_search import Hits, Order, search_posts
from search.requests import ALIAS, Index, parsing, run, run_many
from search.similar import similar_posts

__all__ = [
    "ALIAS",
    "CircuitBreaker",
    "Engine",
    "Hits",
    "Index",
    "Order",
    "highlight",
    "parsing",
    "ping",
    "run",
    "run_many",
    "search_posts",
    "similar_posts",
]
