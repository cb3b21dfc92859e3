"""Redact the author's name in a text, whole or in parts."""

import re
from collections.abc import Iterable
from typing import Self

from core.privacy.redaction.fold import fold_characters
from core.privacy.redaction.glance import WORD
from core.privacy.redaction.persons.context import in_place_or_office
from core.privacy.redaction.persons.lexicon import FIRST, NEVER, ORDINARY, PARTICLES, PLACES
from core.privacy.redaction.persons.place_names import NO_PLACES, PlaceNames
from core.privacy.redaction.persons.scan import NameRun, Scan

_COMPANY = re.compile(
    r"\b(?:asociaci[oó]n|s\.?l\.?u?|s\.?a|ayuntamiento|comunidad|ampa|colegio|plataforma|club"
    r"|grupo|servicio|noticias|radio)\b",
    re.IGNORECASE,
)


class AuthorNames:
    """Hold the author's names as shown by the network."""

    def __init__(self, handles: list[str], parts: frozenset[str]) -> None:
        self.handles = handles
        self._parts = parts

    @classmethod
    def of(cls, names: Iterable[str], kept: frozenset[str]) -> Self:
        """Build an author: one word is a handle, several a person's name."""
        handles, parts = [], set()
        for name in names:
            whole = name.lstrip("@").strip()
            words = WORD.findall(fold_characters(whole))
            if len(whole) < 3 or whole.lower() in kept:
                continue
            if len(words) >= 2 and re.search(r"[\s,]", whole) and not re.search(r"[\d_@]", whole) and not _COMPANY.search(whole):
                parts |= {word for word in words if len(word) >= 3 and word not in PARTICLES | NEVER}
            else:
                handles.append(whole)
        return cls(handles, frozenset(parts))

    def redact(self, text: str, places: PlaceNames = NO_PLACES) -> str:
        """Return the text with `[name]` for the author's name and its parts.

        A part that belongs to the name of a street stays.
        """
        if not self._parts or self._parts.isdisjoint(WORD.findall(fold_characters(text))):
            return text
        scan, made, done = Scan(text, places=places), [], 0
        at = 0
        while at < len(scan.words):
            last = self._reach(scan, at)
            if last > at and self._is_author(scan, NameRun(at, last, 1, last - at - 1)):
                made += [text[done : scan.starts[at]], "[name]"]
                done = scan.ends[last - 1]
            at = max(last, at + 1)
        return "".join(made) + text[done:]

    def _reach(self, scan: Scan, at: int) -> int:
        """Return the end of a run of the author's names."""
        last = at
        while last < len(scan.words) and last - at < 8:
            if scan.words[last] not in self._parts:
                step = last
                while step < len(scan.words) and scan.words[step] in PARTICLES and step - last < 2:
                    step += 1
                if last == at or step == last or step >= len(scan.words) or scan.words[step] not in self._parts:
                    break
                last = step
            last += 1
            if not (last < len(scan.words) and (scan.continues(last - 1) or scan.gap(last - 1) == ", ")):
                break
        return last

    def _is_author(self, scan: Scan, run: NameRun) -> bool:
        """Return whether a run of the author's names means the author.

        Two words always do; one alone only when it is no other word and no part of a place's name.
        """
        words = [word for word in scan.words[run.first : run.last] if word not in PARTICLES]
        if in_place_or_office(scan, run, private_act=True):
            return False
        if len(words) >= 2:
            return True
        word = words[0]
        alone = word not in ORDINARY and word not in PLACES and (scan.capital(run.first) or word in FIRST or scan.shouted)
        return alone and not (
            run.last < len(scan.words) and scan.continues(run.last - 1) and scan.known(run.last) and scan.capital(run.last)
        )
