"""Build search queries from the terms of the city profile."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial

from core.config.city import City
from core.errors import ConfigurationError

_TERMS = re.compile(r'"([^"]+)"|(\S+)')


def city_names(city: City) -> list[str]:
    """Return the city's names: `names` of `[questions.relevance]`, else its name."""
    given = city.questions.get("relevance", {}).get("names") or [city.name]
    first_written = {str(name).casefold(): str(name) for name in reversed(given)}
    return list(first_written.values())[::-1]


def phrase(name: str) -> str:
    """Return a name as one search term, quoted where necessary.

    Quotes are needed around several words, and around a word that is an operator of the query language.

    >>> phrase("Toledo"), phrase("Puente de Vallecas"), phrase("or")
    ('Toledo', '"Puente de Vallecas"', '"or"')
    """
    bare = unquoted(name)
    return bare if bare.isalnum() and bare.upper() not in {"OR", "AND", "NOT"} else f'"{bare}"'


def unquoted(name: str) -> str:
    """Remove quotation marks, which would end a quoted phrase."""
    return " ".join(name.replace('"', " ").split())


def alternatives(terms: Sequence[str], limit: int) -> list[str]:
    """Join terms by OR into as few queries as their order allows.

    >>> alternatives(["Toledo", "@TOLEDO", "@Lineatoledo"], 20)
    ['Toledo OR @TOLEDO', '@Lineatoledo']

    Args:
        terms: in the order to keep.
        limit: maximum characters of a query.

    Raises:
        ConfigurationError: one term alone is longer.
    """
    joined: list[str] = []
    for term in dict.fromkeys(terms):
        if len(term) > limit:
            raise ConfigurationError(f"'{term[:40]}...' is too long for a query: at most {limit} characters")
        longer = f"{joined[-1]} OR {term}" if joined else term
        if joined and len(longer) <= limit:
            joined[-1] = longer
        else:
            joined.append(term)
    return joined


def matcher(queries: Sequence[Sequence[str]]) -> Callable[[str], bool]:
    """Build a predicate: does a text contain all terms of any query?

    Whole words, ignoring accents and case, as networks search. For sources that are fetched whole and filtered here.

    >>> matcher([["malaga", "ruido"]])("Mucho RUIDO en Málaga")
    True
    """
    wanted = [[_whole_word(term) for term in query] for query in queries]
    return partial(_matches, wanted)


def terms(query: str) -> list[str]:
    """Split a query into its words and quoted phrases."""
    return [phrased or word for phrased, word in _TERMS.findall(query)]


def _whole_word(term: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(_fold(term.strip()))}(?!\w)")


def _matches(wanted: list[list[re.Pattern[str]]], text: str) -> bool:
    folded = _fold(text)
    return any(all(term.search(folded) for term in query) for query in wanted)


def _fold(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter))
