"""Correct the boundaries of place names in Spanish text.

The tagger finds that a place is meant; a few hundred posts are too few to learn which words belong to its name, but rules say it:
the word for its kind does (`piscina de San Roque`), so do all words of a proper name and the house number, while pointing words
(`la esquina de`) do not. Chosen on posts to councils that the tagger was not trained on.
"""

import re
from collections.abc import Iterator, Sequence

from core.config.word_lists import locale_words
from gazetteer.house_numbers import NOT_A_NUMBER
from nlp.inference.model_output import Floats
from nlp.questions.language.lexicon import language_evidence
from nlp.questions.places.spans import extract_spans

Span = tuple[int, int, float]
_WORDS = locale_words("name_boundaries")
_STREETS, _SURE, _UNSURE, _AREAS = (_WORDS[name].split() for name in ("streets", "sure", "unsure", "areas"))
"""Patterns of type words, by what they tell of the name after them: see the file."""
_KIND = "|".join([*_STREETS, *_SURE, *_UNSURE])
_ALONE = frozenset(_WORDS["alone"].split())
"""Words that alone do not name a place."""
_NEAR = 80
"""Characters before a marked span that are considered."""
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ'’·][\w'’·]*"
_LINK = r"(?:de\s+las?\s+|de\s+los\s+|de\s+l['’]|del\s+|de\s+|d['’]|do\s+|da\s+)"
_SORT = r"(?:(?:municipal|comercial|deportivo|cultural|c[ií]vico|social|p[uú]blico|polideportivo|de\s+salud)\s+){0,2}"
_OPENING = "|".join(_WORDS["opening"].split())
"""Words that begin a sentence rather than continue a name."""
_KIND_BEFORE = re.compile(rf"(?<![\w#@])(?:{_KIND})\s*{_SORT}{_LINK}?$", re.IGNORECASE)
_CAPITALS_BEFORE = re.compile(rf"(?<![\w#@/.-])(?:(?!(?:{_OPENING})\b){_CAPITAL}[ ]+){{1,3}}$")
_CAPITALS_AFTER = re.compile(rf"(?:[ ]+(?!(?:{_OPENING})\b){_CAPITAL}(?![\w'’])){{1,4}}")
_REST_OF_NAME = re.compile(rf"[ ]+{_LINK}?{_CAPITAL}(?:[ ]+{_CAPITAL}){{0,4}}")
_STREET = re.compile(rf"(?:{'|'.join(_STREETS)})(?!\w)", re.IGNORECASE)
_NUMBER_AFTER = re.compile(
    r"(?:,?\s+|,\s*)(?:n[ºo°]\.?\s*|n[uú]m(?:ero|\.)?\s*)?\d{1,3}(?:\s?(?:y|e|-)\s?\d{1,3})?(?![\w/°])"
    rf"(?i:{NOT_A_NUMBER})"
)
_POINTING = re.compile(
    r"(?:(?:la|el|los|las)\s+)?(?:acera|cruce|esquina|trasera|entorno|zona|altura|entrada|salida|centro\s+(?=de\s+la\s+))\s+"
    rf"(?:{_LINK})?",
    re.IGNORECASE,
)
_ARTICLE_AND_KIND = re.compile(rf"(?:la|el|los|las)\s+(?=(?:{_KIND})\b)")
_AFTER_TYPE_WORD = re.compile(rf"(?<![\w#@])(?i:{'|'.join([*_STREETS, *_SURE, *_AREAS])})\s*(?:{_LINK}(?:la\s+)?)?{_CAPITAL}")
"""A type word followed by a proper name."""
_AFTER_TYPE_WORD_SCORE = 0.6
"""Raw score of such a span that the tagger did not mark: five in seven are places, on held-out posts."""
_NOT_A_PLACE_BEFORE = re.compile(
    rf"\b(?:{'|'.join(_WORDS['not_a_place_before'].split())})\s+(?:(?:de|del|d['’])\s*(?:la\s+|los\s+)?)?#?$", re.IGNORECASE
)
"""Towns, feasts and people bear the names of places too."""
_TOWNS = frozenset(_WORDS["capitals"])
"""Capitals of provinces: a town is not a place within a town."""
_TWO_STREETS = re.compile(r"calles\s+(.+?)\s+(?:y|con|e)\s+(.+)", re.IGNORECASE)


def extract_names(text: str, offsets: Sequence[tuple[int, int]], probable: Floats) -> list[Span]:
    """Return start, end and raw score of each name.

    See `extract_spans` for the arguments.
    """
    marked = extract_spans(text, offsets, probable)
    both = [*marked, *names_after_type_words(text, marked)]
    return correct_boundaries(text, both) if both and not is_german(text) else marked


def names_after_type_words(text: str, marked: Sequence[Span]) -> list[Span]:
    """Return names that the tagger missed although a type word precedes them.

    For instance `c/ Baleares`, `Museo Arqueológico`.
    """
    found = [(match.start(), match.end(), _AFTER_TYPE_WORD_SCORE) for match in _AFTER_TYPE_WORD.finditer(text)]
    return [one for one in found if not any(one[0] < end and start < one[1] for start, end, _ in marked)]


def is_german(text: str) -> bool:
    """Tell whether the text is German, where every noun is capitalised.

    Capitals then do not indicate names.
    """
    evidence = language_evidence(text)
    return evidence["de"] >= 2 and evidence["de"] == max(evidence.values())


def correct_boundaries(text: str, marked: Sequence[Span]) -> list[Span]:
    """Return the spans as whole names, left to right, without nesting.

    Args:
        text: the post.
        marked: start, end and score of the tagger's spans.
    """
    found: list[Span] = []
    for start, end, score in sorted(marked):
        first, last = shrink(text, *grow(text, *shrink(text, start, end)))
        if found and first < found[-1][1]:
            before = found.pop()
            found.append((min(before[0], first), max(before[1], last), max(before[2], score)))
        else:
            found.append((first, last, score))
    names = [name for stretch in found for name in split_streets(text, *stretch)]
    return [name for name in names if is_name(text[name[0] : name[1]]) and is_within_town(text, *name[:2])]


def is_within_town(text: str, start: int, end: int) -> bool:
    """Return False for a whole town, a feast or a person.

    For instance `fiestas de San Juan`.
    """
    if text[start:end].casefold() in _TOWNS:
        return False
    return _NOT_A_PLACE_BEFORE.search(text, max(0, start - _NEAR), start) is None


def shrink(text: str, start: int, end: int) -> tuple[int, int]:
    """Strip pointing words, and the article before a type word."""
    for pattern in (_POINTING, _ARTICLE_AND_KIND):
        match = pattern.match(text, start, end)
        if match and match.end() < end:
            start = match.end()
    return start, end


def grow(text: str, start: int, end: int) -> tuple[int, int]:
    """Extend a span by its type word, proper name and house number."""
    is_street = _STREET.match(text, start, end) is not None
    near = max(0, start - _NEAR)
    before = _CAPITALS_BEFORE.search(text, near, start)
    if before and text[start].isupper() and not is_street and is_mid_sentence(text, before.start()):
        start = before.start()
    kind = _KIND_BEFORE.search(text, near, start)
    if kind and (not is_street or kind.group().rstrip().casefold().endswith(("de", "del", "de la", "de los", "de las"))):
        start = kind.start()
    rest = (_CAPITALS_AFTER if is_name(text[start:end]) else _REST_OF_NAME).match(text, end)
    if rest and (text[start:end].split()[-1][0].isupper() or not is_name(text[start:end])):
        end = rest.end()
    number = _NUMBER_AFTER.match(text, end)
    return start, number.end() if number else end


def is_mid_sentence(text: str, at: int) -> bool:
    """Tell whether a position is inside a sentence.

    At its beginning every word is capitalised.
    """
    before = text[:at].rstrip()
    return bool(before) and (before[-1].isalnum() or before[-1] in ",:(«\"'")


def split_streets(text: str, start: int, end: int, score: float) -> Iterator[Span]:
    """Split two streets in one span: `calles Copérnico y Parnaso`."""
    both = _TWO_STREETS.fullmatch(text, start, end)
    if both is None:
        yield start, end, score
        return
    for number in (1, 2):
        yield both.start(number), both.end(number), score


def is_name(span: str) -> bool:
    """Return False for a type word alone, with or without its article.

    >>> is_name("la plaza"), is_name("plaza Mayor")
    (False, True)
    """
    bare = span.casefold().split()
    if len(bare) == 2 and bare[0] in ("la", "el", "los", "las", "una", "un"):
        bare = bare[1:]
    return not (len(bare) == 1 and bare[0] in _ALONE)
