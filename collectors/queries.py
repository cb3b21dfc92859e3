"""What to ask the networks for: the words of the city profile, put into queries no longer than a network allows."""

from collections.abc import Sequence

from core.city import City
from core.errors import ConfigurationError


def names(city: City) -> list[str]:
    """How people write the city's name: `names` of `[questions.relevance]`, else its name."""
    given = city.questions.get("relevance", {}).get("names") or [city.name]
    return list(dict.fromkeys(str(name) for name in given))


def phrase(name: str) -> str:
    """A name as one search term: quoted when it is more than one word, or a word the query language would take for its own."""
    plain = name.replace('"', " ").strip()
    return plain if plain.isalnum() and plain.upper() not in {"OR", "AND", "NOT"} else f'"{plain}"'


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
