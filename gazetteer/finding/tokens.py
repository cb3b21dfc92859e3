"""Tokenise a text for place names, with gaps and sentence beginnings."""

from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from gazetteer.names import ABBREVIATED, JOINING, Token, split_tokens

NOT_RESPELT: Mapping[str, str] = MappingProxyType({})
_GAPS = frozenset(["", ".", "-", "/", "'", "’", "–", "·", ".-", "º", "ª", '"'])
_SENTENCE = frozenset('.!?\n:¡¿"“')
_SHOUTING = 0.6
_SAMPLE = 2000
"""Characters that decide whether a text is in capitals."""


class Doc(NamedTuple):
    """Hold a text and its words."""

    text: str
    tokens: list[Token]
    joined: list[bool]
    """Whether a name may continue from this word to the next."""
    shouting: bool
    """Most letters are capitals, which then mean nothing."""

    def gap(self, at: int) -> str:
        """Return the characters between this word and the next."""
        return self.text[self.tokens[at].end : self.tokens[at + 1].start]

    def begins_sentence(self, at: int) -> bool:
        """Tell whether a sentence begins at this word."""
        return at == 0 or not _SENTENCE.isdisjoint(self.gap(at - 1))

    def capital(self, at: int) -> bool:
        """Tell whether this word is capitalised, and the text not shouted."""
        return self.tokens[at].capital and not self.shouting

    def capitalised(self, at: int, most: int = 6) -> int:
        """Return the word after a run of capitalised words.

        Joining words are allowed inside it.
        """
        end = here = at
        while here < min(len(self.tokens), at + most):
            token = self.tokens[here]
            if token.capital and not self.text[token.start].isdigit():
                end = here + 1
            elif token.word not in JOINING:
                break
            if not self.joined[here] or not {"/", "-"}.isdisjoint(self.gap(here)):
                break
            here += 1
        return end


def tokenise(text: str, respelt: Mapping[str, str] = NOT_RESPELT) -> Doc:
    """Tokenise a text, in linear time.

    Args:
        respelt: words of the city's names as people write them too, and as the names have them.
    """
    found = split_tokens(text)
    if respelt:
        found = [one._replace(word=respelt[one.word]) if one.word in respelt else one for one in found]
    joined = [text[one.end : other.start] == " " or _is_one_name(text, one, other) for one, other in pairwise(found)]
    letters = "".join(filter(str.isalpha, text[:_SAMPLE]))
    return Doc(text, found, [*joined, False], sum(map(str.isupper, letters)) > _SHOUTING * len(letters))


def _is_one_name(text: str, one: Token, other: Token) -> bool:
    gap = text[one.end : other.start]
    mark = gap.strip()
    if len(gap) > 3 or "\n" in gap or mark not in _GAPS:
        return False
    return "." not in mark or one.end - one.start == 1 or text[one.start : one.end].lower() in ABBREVIATED
