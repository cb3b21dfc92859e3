"""Finds the other towns that a text names: a place said to be of one of them is none of the city."""

import re
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from core.errors import ConfigurationError
from gazetteer.names import folded_words
from gazetteer.tokens import Text

_FILE = Path(__file__).parent / "towns.txt"
_OF = frozenset(["de", "en", "a", "del"])
_COUNCIL = ("ayto", "ayuntamiento", "ajuntament", "concello", "aytode")
"""`@AytoBadajoz`: the handle of another town's council."""
_GOES_ON = re.compile(r"\s*(?:,?\s(?:y|e)\b|,?\s?\d)")
"""`Goya, Toledo y Segovia` is a list of streets, `Goya, Toledo 15` too."""


class Towns:
    """The names of towns by their first word."""

    def __init__(self, home: Collection[str] = (), names: Collection[str] | None = None) -> None:
        self._home = {folded_words(name) for name in home}
        self._given = names

    @cached_property
    def _by_first(self) -> dict[str, list[tuple[str, ...]]]:
        """Read when first needed: many runs of the command never do."""
        known: dict[str, list[tuple[str, ...]]] = {}
        for name in _read() if self._given is None else self._given:
            folded = folded_words(name)
            if folded and folded not in self._home:
                known.setdefault(folded[0], []).append(folded)
        for same in known.values():
            same.sort(key=len, reverse=True)
        return known

    def end_at(self, read: Text, at: int) -> int:
        """The word after the town that begins at this word; `at` when none does."""
        if at >= len(read.tokens) or not read.tokens[at].capital:
            return at
        for name in self._by_first.get(read.tokens[at].word, ()):
            end = at + len(name)
            if end <= len(read.tokens) and tuple(token.word for token in read.tokens[at:end]) == name:
                return end
        return at

    def follows(self, read: Text, at: int, end: int) -> bool:
        """True when a town stands behind the mention that ends before word `at`, at this character: `de Móstoles`, `, Jaén`."""
        if at >= len(read.tokens):
            return False
        gap = read.text[end : read.tokens[at].start]
        if gap.strip(" ") not in ("", ",", "("):
            return False
        if read.tokens[at].word in _OF and gap.isspace() and at + 1 < len(read.tokens) and read.gap(at) == " ":
            return self.end_at(read, at + 1) > at + 1
        town = self.end_at(read, at)
        return not gap.isspace() and town > at and not listed(read, town)

    def named(self, read: Text) -> Iterator["Named"]:
        """The towns that the text is said to be about: `En Barbastro`, `Leganés, la plaza`, `@AytoBadajoz`."""
        for at, token in enumerate(read.tokens):
            if token.word in self._by_first and token.capital:
                end = self.end_at(read, at)
                if end > at and self._is_where(read, at, end):
                    yield Named(at, end)
            elif token.word.startswith(_COUNCIL) and token.start and read.text[token.start - 1] == "@":
                whose = token.word.removeprefix("ayuntamiento").removeprefix("ayto").removeprefix("de")
                if any((whose,) == name for name in self._by_first.get(whose, ())):
                    yield Named(at, at + 1)

    def _is_where(self, read: Text, at: int, end: int) -> bool:
        if at == 0 or read.begins_sentence(at):
            return end < len(read.tokens) and read.gap(end - 1)[:1] in (",", ":", "(")
        if at == 1 or (at > 1 and read.begins_sentence(at - 1)):  # `En Jaén otra`, `A Barcelona, al carrer`
            return (
                read.tokens[at - 1].word in ("en", "a", "na", "aqui")
                and read.gap(at - 1) == " "
                and not self._numbered(read, end)
            )
        if read.tokens[at - 1].word == "en" and read.gap(at - 1) == " ":
            return not self._numbered(read, end)
        return read.gap(at - 1).strip() == "(" and end < len(read.tokens) and read.gap(end - 1)[:1] == ")"

    @staticmethod
    def _numbered(read: Text, end: int) -> bool:
        """True for a street named after a town: `en Toledo 15`."""
        return end < len(read.tokens) and read.text[read.tokens[end].start].isdigit()


class Named(NamedTuple):
    """The words of a town in a text."""

    begin: int
    after: int


def listed(read: Text, after: int) -> bool:
    """True when a list or a house number goes on behind the name that ends before this word."""
    return after < len(read.tokens) and _GOES_ON.match(read.gap(after - 1) + read.tokens[after].word) is not None


def _read() -> list[str]:
    try:
        lines = _FILE.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigurationError(f"{_FILE}: cannot read the list of towns: {error}") from None
    return [line for line in lines if line and not line.startswith("#")]
