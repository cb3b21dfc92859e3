"""Mark the words of a search, as the search engine reads them."""

from collections.abc import Sequence

from search import queries

LEAD = 60
"""Characters shown before the first marked word."""

Pieces = list[tuple[str, bool]]
Span = tuple[int, int]


def marked(text: str, language: str | None, words: str) -> Pieces:
    """Split a text into pieces; True: found by the search.

    >>> marked("Las farolas rotas", "es", "farola")
    [('Las ', False), ('farolas', True), (' rotas', False)]
    """
    return _pieces(text, queries.highlight(text, language, words))


def excerpt(text: str, language: str | None, words: str, length: int = 240) -> Pieces:
    """Return the part of a text around its first marked word."""
    whole = " ".join(text.split())
    spans = queries.highlight(whole, language, words)
    first = spans[0][0] if spans else 0
    start = 0 if first <= LEAD * 2 else whole.rfind(" ", 0, first - LEAD) + 1
    end = min(start + length, len(whole))
    inside = [(begin - start, min(stop, end) - start) for begin, stop in spans if begin < end]
    pieces = _pieces(whole[start:end], inside)
    return [("… ", False)] * (start > 0) + pieces + [("…", False)] * (end < len(whole))


def _pieces(text: str, spans: Sequence[Span]) -> Pieces:
    pieces: Pieces = []
    end = 0
    for begin, stop in spans:
        pieces += [(text[end:begin], False), (text[begin:stop], True)]
        end = stop
    pieces.append((text[end:], False))
    return [piece for piece in pieces if piece[0]]
