"""Mark the words of a search in a text."""

import re
import unicodedata

_WORD = re.compile(r"\w+")
_EXCLUDED = re.compile(r'(?<!\S)-("[^"]*"|\S+)')
MIN_PREFIX = 4
"""Letters that a word and a searched word must share to be forms of one another."""
ENDING = 2
"""Letters by which the forms of a word may differ at its end."""
LEAD = 60
"""Characters shown before the first marked word."""

Pieces = list[tuple[str, bool]]


def searched_words(query: str) -> list[str]:
    """Return the words that a search asks for, without accents and operators.

    >>> searched_words('"basura orgánica" OR contenedor -papel')
    ['basura', 'organica', 'contenedor']
    """
    kept = _EXCLUDED.sub(" ", query).replace(" OR ", " ")
    return [word for word in _WORD.findall(_folded(kept)) if len(word) > 2]


def marked(text: str, words: list[str]) -> Pieces:
    """Split a text into pieces; True: form of a searched word.

    >>> marked("La Farola rota", ["farolas"])
    [('La ', False), ('Farola', True), (' rota', False)]
    """
    pieces: Pieces = []
    end = 0
    for found in _WORD.finditer(text):
        if words and any(_is_form(_folded(found[0]), word) for word in words):
            pieces += [(text[end : found.start()], False), (found[0], True)]
            end = found.end()
    pieces.append((text[end:], False))
    return [piece for piece in pieces if piece[0]]


def excerpt(text: str, words: list[str], length: int = 240) -> Pieces:
    """Return the part of a text around its first marked word."""
    whole = " ".join(text.split())
    first = next(
        (found.start() for found in _WORD.finditer(whole) if any(_is_form(_folded(found[0]), w) for w in words)), 0
    )
    start = 0 if first <= LEAD * 2 else whole.rfind(" ", 0, first - LEAD) + 1
    cut = whole[start : start + length]
    return marked(("… " if start else "") + cut + ("…" if start + length < len(whole) else ""), words)


def _is_form(word: str, searched: str) -> bool:
    """Tell whether two words differ in their endings only."""
    shorter, longer = sorted((word, searched), key=len)
    if word == searched:
        return True
    if len(shorter) < MIN_PREFIX or len(longer) - len(shorter) > ENDING + 1:
        return False
    stem = shorter[:-ENDING]
    return longer.startswith(shorter) or (len(stem) >= MIN_PREFIX and longer.startswith(stem))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))
