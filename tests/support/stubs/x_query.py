"""Implement X's query language as far as our queries use it.

Words, phrases and handles, OR, brackets, a minus before any of them, `lang:es`.
"""

import re
from collections.abc import Callable

from collectors.search_terms import matcher

Finds = Callable[[str], bool]
TOKENS = re.compile(r'-?\(|\)|-?"[^"]*"|[^\s()"]+')


def finds(query: str) -> Finds:
    """Build a predicate: does the query match a Spanish text?"""
    tokens = TOKENS.findall(query)
    found = _any_of(tokens)
    if tokens:
        raise ValueError(f"a bracket too many: {query}")
    return found


def _any_of(tokens: list[str]) -> Finds:
    either = [_all_of(tokens)]
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        either.append(_all_of(tokens))
    return lambda text: any(one(text) for one in either)


def _all_of(tokens: list[str]) -> Finds:
    every = []
    while tokens and tokens[0] not in {"OR", ")"}:
        every.append(_term(tokens))
    return lambda text: all(one(text) for one in every)


def _term(tokens: list[str]) -> Finds:
    token = tokens.pop(0)
    word = token.removeprefix("-")
    if word == "(":
        found = _any_of(tokens)
        tokens.pop(0)  # its closing bracket
    elif word.startswith("lang:"):
        found = lambda _: word == "lang:es"  # noqa: E731
    else:
        found = matcher([[word.strip('"')]])
    return (lambda text: not found(text)) if token != word else found
