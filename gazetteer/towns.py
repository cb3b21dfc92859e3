"""Find other towns that a text names.

A place of another town is not in this city.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from core.config.word_lists import locale_folder
from core.errors import ConfigurationError
from core.runtime.one_filler import one_filler_property
from gazetteer.finding.tokens import Doc
from gazetteer.names import folded_words

_FILE = locale_folder() / "towns.txt"
_OF = frozenset(["de", "en", "a", "del"])
_COUNCIL = ("ayto", "ayuntamiento", "ajuntament", "concello", "aytode")
"""`@AytoBadajoz`: the handle of another town's council."""
_GOES_ON = re.compile(r"\s*(?:,?\s(?:y|e)\b|,?\s?\d)")
"""`Goya, Toledo y Segovia` is a list of streets, `Goya, Toledo 15` too."""


class Towns:
    """Index the names of towns by their first word."""

    def __init__(self, home: Collection[str] = (), names: Collection[str] | None = None) -> None:
        self._home = {folded_words(name) for name in home}
        self._given = names

    @one_filler_property
    def _by_first(self) -> dict[str, list[tuple[str, ...]]]:
        """Load the list on first use; many runs never need it."""
        known: dict[str, list[tuple[str, ...]]] = {}
        for name in _read() if self._given is None else self._given:
            folded = folded_words(name)
            if folded and folded not in self._home:
                known.setdefault(folded[0], []).append(folded)
        for same in known.values():
            same.sort(key=len, reverse=True)
        return known

    def end_at(self, doc: Doc, at: int) -> int:
        """Return the word after the town that begins here; `at` for none."""
        if at >= len(doc.tokens) or not doc.tokens[at].capital:
            return at
        for name in self._by_first.get(doc.tokens[at].word, ()):
            end = at + len(name)
            if end <= len(doc.tokens) and tuple(token.word for token in doc.tokens[at:end]) == name:
                return end
        return at

    def follows(self, doc: Doc, at: int, end: int) -> bool:
        """Tell whether a town follows the mention: `de Móstoles`, `, Jaén`.

        The mention ends before word `at`, at character `end`.
        """
        if at >= len(doc.tokens):
            return False
        gap = doc.text[end : doc.tokens[at].start]
        if gap.strip(" ") not in ("", ",", "("):
            return False
        if doc.tokens[at].word in _OF and gap.isspace() and at + 1 < len(doc.tokens) and doc.gap(at) == " ":
            return self.end_at(doc, at + 1) > at + 1
        town = self.end_at(doc, at)
        return not gap.isspace() and town > at and not is_listed(doc, town)

    def towns_meant(self, doc: Doc) -> Iterator["Named"]:
        """Yield the towns that the text is about.

        For instance `En Barbastro`, `Leganés, la plaza`, `@AytoBadajoz`.
        """
        for at, token in enumerate(doc.tokens):
            if token.word in self._by_first and token.capital:
                end = self.end_at(doc, at)
                if end > at and self._is_where(doc, at, end):
                    yield Named(at, end)
            elif token.word.startswith(_COUNCIL) and token.start and doc.text[token.start - 1] == "@":
                town = token.word.removeprefix("ayuntamiento").removeprefix("ayto").removeprefix("de")
                if any((town,) == name for name in self._by_first.get(town, ())):
                    yield Named(at, at + 1)

    def _is_where(self, doc: Doc, at: int, end: int) -> bool:
        if at == 0 or doc.begins_sentence(at):
            return end < len(doc.tokens) and doc.gap(end - 1)[:1] in (",", ":", "(")
        if at == 1 or (at > 1 and doc.begins_sentence(at - 1)):  # `En Jaén otra`, `A Barcelona, al carrer`
            return doc.tokens[at - 1].word in ("en", "a", "na", "aqui") and doc.gap(at - 1) == " " and not self._numbered(doc, end)
        if doc.tokens[at - 1].word == "en" and doc.gap(at - 1) == " ":
            return not self._numbered(doc, end)
        return doc.gap(at - 1).strip() == "(" and end < len(doc.tokens) and doc.gap(end - 1)[:1] == ")"

    @staticmethod
    def _numbered(doc: Doc, end: int) -> bool:
        """Tell whether it is a street named after a town.

        As in `en Toledo 15`.
        """
        return end < len(doc.tokens) and doc.text[doc.tokens[end].start].isdigit()


class Named(NamedTuple):
    """Hold the word positions of a town in a text."""

    begin: int
    after: int


def is_listed(doc: Doc, after: int) -> bool:
    """Tell whether a list or a house number follows the name."""
    return after < len(doc.tokens) and _GOES_ON.match(doc.gap(after - 1) + doc.tokens[after].word) is not None


def _read() -> list[str]:
    try:
        lines = _FILE.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigurationError(f"{_FILE}: cannot read the list of towns: {error}") from None
    return [line for line in lines if line and not line.startswith("#")]
