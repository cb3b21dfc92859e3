"""Analyse a post's text: its terms, in order, with their positions."""

from collections.abc import Iterator
from typing import NamedTuple

from search.analysis.stems import LANGUAGES, stem
from search.analysis.tokens import ComparedWord, tokens
from search.analysis.vocabulary import longest_phrase, stop_words, synonyms


class Term(NamedTuple):
    """Hold one term: `es:farol` a stem, `=autobus` a group of synonyms."""

    value: str
    start: int
    end: int


def language_of(language: str | None) -> str:
    """Return the language whose rules apply.

    >>> language_of("pt-BR"), language_of("ro"), language_of(None)
    ('pt', 'es', 'es')
    """
    base = (language or "").partition("-")[0]
    return base if base in LANGUAGES else LANGUAGES[0]


def analyse(text: str, language: str, with_parts: bool = False) -> Iterator[Term]:
    """Yield the terms of a text by the rules of a language.

    `with_parts`: the words of a phrase that names a thing follow it, so that `basura` finds `cubo de basura`.

    >>> [term.value for term in analyse("Los buses de la avda. de América", "es")]
    ['=autobus', '=avenida', 'es:amer']
    """
    out, things, longest = stop_words(language), synonyms(language), longest_phrase(language)
    words = [one for one in tokens(text) if one.folded not in out]
    stems = [stem(language, one.folded) for one in words]
    at = 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 0, -1):
            thing = things.get(tuple(stems[at : at + length]))
            if thing is not None:
                yield Term(f"={thing}", words[at].start, words[at + length - 1].end)
                if with_parts and length > 1:
                    yield from _parts(words[at : at + length], stems[at : at + length], things, language)
                at += length
                break
        else:
            yield Term(f"{language}:{stems[at]}", words[at].start, words[at].end)
            at += 1


def _parts(words: list[ComparedWord], stems: list[str], things: dict[tuple[str, ...], str], language: str) -> Iterator[Term]:
    for word, one in zip(words, stems, strict=True):
        thing = things.get((one,))
        yield Term(f"={thing}" if thing else f"{language}:{one}", word.start, word.end)


def terms(text: str, language: str | None) -> str:
    """Return the terms of a post as indexed, separated by spaces."""
    return " ".join(term.value for term in analyse(text, language_of(language), with_parts=True))
