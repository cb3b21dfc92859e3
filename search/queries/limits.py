"""State how many posts the embedded engine carries, and warn before that."""

from search.connection.engine import Engine
from search.connection.transport import parse_answer
from search.queries.requests import run

EMBEDDED_POSTS = 50_000
"""Its index is in memory: 2.8 GB and 2 s for a board of panels at 88,000 posts, measured with two cores."""
WARN_AT = 0.8


def indexed_posts(engine: Engine) -> int:
    """Return how many posts can be found.

    Raises:
        UnavailableError: the engine does not answer.
    """
    answer = run(engine, "posts", {"size": 0, "track_total_hits": True})
    with parse_answer(engine.url):
        return int(answer["hits"]["total"]["value"])


def embedded_warning(engine: Engine, posts: int) -> str:
    """Return a warning when the embedded engine is nearly full.

    Empty for any other engine, and below the limit.

    >>> from unittest.mock import Mock
    >>> embedded_warning(Mock(embedded=False), 1_000_000), embedded_warning(Mock(embedded=True), 39_999)
    ('', '')
    """
    if not engine.embedded or posts < EMBEDDED_POSTS * WARN_AT:
        return ""
    return (
        f"the embedded search engine holds {posts:,} posts and is made for at most {EMBEDDED_POSTS:,}: it keeps them in memory, and pages "
        "become slow. Set ESCUCHA_ELASTICSEARCH_URL to an Elasticsearch or OpenSearch (docs: search engine keys), or shorten `retention`"
    )
