"""Search the index: all queries of the desk, dashboards and reports.

The one entrance for reading; nothing here writes.
"""

from search.analysis.services import ReadQuestion, own_services, read_question, words_of_place
from search.connection.circuit_breaker import CircuitBreaker
from search.connection.engine import Engine, ping
from search.queries.post_search import Hits, Order, count_each, search_posts
from search.queries.requests import ALIAS, Index, parsing, run, run_many
from search.queries.similar import similar_posts
from search.queries.typed import CASES, POSTS, SearchProblem, TypedSearchError, Vocabulary, field_names, read_typed, vocabulary, write_typed
from search.queries.words import highlight
