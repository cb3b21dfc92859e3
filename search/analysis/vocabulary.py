"""Load stop words and synonyms from the locale's word lists."""

from core.config.word_lists import locale_words
from core.runtime.one_filler import one_filler
from search.analysis.stems import LANGUAGES, stem
from search.analysis.stop_words import SPANISH
from search.analysis.tokens import fold, tokens

Phrase = tuple[str, ...]


@one_filler(maxsize=16)
def stop_words(language: str) -> frozenset[str]:
    """Return the words of a language that a search leaves out: folded."""
    words = SPANISH if language == "es" else tuple(locale_words("search")["stop_words"].get(language, "").split())
    return frozenset(map(fold, words))


@one_filler(maxsize=16)
def synonyms(language: str) -> dict[Phrase, str]:
    """Return the thing that a word or phrase names, by its stems.

    >>> synonyms("es")[("bus",)], synonyms("es")[("pas", "cebr")]
    ('autobus', 'paso_de_peatones')
    """
    found = {stems_of(language, form): thing for form, thing in _place_types(language)}
    for thing, forms in locale_words("search")["synonyms"].items():
        found |= {stems_of(language, form): str(thing) for form in forms.get(language, ())}
    found.pop((), None)
    return found


def stems_of(language: str, text: str) -> Phrase:
    """Return the stems of a text without stop words."""
    out = stop_words(language)
    return tuple(stem(language, one.folded) for one in tokens(text) if one.folded not in out)


@one_filler(maxsize=16)
def longest_phrase(language: str) -> int:
    """Return how many words the longest synonym has."""
    return max((len(phrase) for phrase in synonyms(language)), default=1)


def things_beginning(language: str, prefix: str) -> set[str]:
    """Return the things that a single word with this beginning names."""
    return {thing for phrase, thing in synonyms(language).items() if len(phrase) == 1 and phrase[0].startswith(prefix)}


def _place_types(language: str) -> list[tuple[str, str]]:
    """Return the gazetteer's abbreviations: `avda` is an avenida."""
    if language != LANGUAGES[0]:
        return []
    words = locale_words("search")
    types, without = locale_words("place_types")["types"], set(words["not_place_types"])
    return [(form, kind) for kind in words["place_types"] for form in types[kind] if form not in without]
