"""What to ask the networks for: the words of the city profile, put into queries no longer than a network allows."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial

from core.config.city import City
from core.errors import ConfigurationError

_TERMS = re.compile(r'"([^"]+)"|(\S+)')


def city_names(city: City) -> list[str]:
    """How people write the city's name: `names` of `[questions.relevance]`, else its name."""
    given = city.questions.get("relevance", {}).get("names") or [city.name]
    first_written = {str(name).casefold(): str(name) for name in reversed(given)}
    return list(first_written.values())[::-1]


def phrase(name: str) -> str:
    """A name as one search term: quoted when it is more than one word, or a word the query language would take for its own."""
    plain = unquoted(name)
    return plain if plain.isalnum() and plain.upper() not in {"OR", "AND", "NOT"} else f'"{plain}"'


def unquoted(name: str) -> str:
    """A name without quotation marks, which would end the quotation it stands in."""
    return " ".join(name.replace('"', " ").split())


def alternatives(terms: Sequence[str], limit: int) -> list[str]:
    """The terms joined by OR, in as few strings of at most `limit` characters as their order allows.

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
    """Does a text hold all terms of at least one query? Whole words, whatever their accents and capitals; as networks search.

    For what is read whole and chosen here: a feed, a stream of everything.
    """
    wanted = [[_whole(term) for term in query] for query in queries]
    return partial(_holds, wanted)


def terms(query: str) -> list[str]:
    """The words and quoted phrases of a query."""
    return [phrased or word for phrased, word in _TERMS.findall(query)]


def _whole(term: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(_folded(term.strip()))}(?!\w)")


def _holds(wanted: list[list[re.Pattern[str]]], text: str) -> bool:
    folded = _folded(text)
    return any(all(term.search(folded) for term in query) for query in wanted)


def _folded(text: str) -> str:
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter)
    )
