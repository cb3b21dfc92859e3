"""Read a typed search: fields, words and phrases; write it back.

    district:Centro topic:waste_cleaning after:2026-11-01 "farola" -spam

The fields become the parameters that an address of the desk and a request to the read API have anyway; there is no other filter behind
them. What is left are words, which `search.queries.words` reads. The grammar: docs/reference/typed-search.md.
"""

from search.queries.typed.fields import CASES, POSTS, Vocabulary, field_names, vocabulary
from search.queries.typed.problems import SearchProblem, TypedSearchError
from search.queries.typed.reading import TypedSearch, read_typed
from search.queries.typed.writing import write_typed

__all__ = [
    "CASES",
    "POSTS",
    "SearchProblem",
    "TypedSearch",
    "TypedSearchError",
    "Vocabulary",
    "field_names",
    "read_typed",
    "vocabulary",
    "write_typed",
]
