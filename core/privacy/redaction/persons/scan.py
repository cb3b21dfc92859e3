"""Split a text into words and find how far a name extends."""

import re
from typing import NamedTuple

from core.privacy.redaction.fold import fold_characters
from core.privacy.redaction.glance import WORD, Glance
from core.privacy.redaction.persons.lexicon import FIRST, LAST, ORDINARY, PARTICLES, PLACES, SURNAME_TOO
from core.privacy.redaction.persons.place_names import NO_PLACES, PlaceNames
from core.privacy.redaction.words import word_set

_UPPER = re.compile(r"[A-ZÁÉÍÓÚÜÑÇÀÈÒÏ]")
_GAPS = frozenset((" ", "  ", "\u00a0", "-", "'", "’", " - "))
_SHORT_GAPS = frozenset((".", ". ", ".  ", ".-"))
_ACCOUNT_SIGNS = frozenset("0123456789_")
_ABBREVIATIONS = word_set("persons.scan", "abbreviations")
_OF_ARABIC = word_set("persons.scan", "of_arabic")
"""Written with a capital they join a surname that is in no list."""
_GOES_ON = word_set("persons.scan", "goes_on")
"""Words that continue a sentence after a lower-case name."""
MAX_WORDS = 7
"""Maximum number of words in a name."""


class NameRun(NamedTuple):
    """Describe the words of one name, from `first` up to before `last`.

    With the number of given names and surnames.
    """

    first: int
    last: int
    given: int
    surnames: int


class Scan:
    """Hold the folded words of a text with their positions."""

    def __init__(self, text: str, seen: Glance | None = None, places: PlaceNames = NO_PLACES) -> None:
        """Split the text into words, or reuse those of a glance."""
        self.text = text
        self.places = places
        self.never, self.no_surname = places.own.never, places.own.no_surname
        found = seen.found if seen is not None and seen.text == text else list(WORD.finditer(fold_characters(text)))
        self.words = [match.group() for match in found]
        self.starts = [match.start() for match in found]
        self.ends = [match.end() for match in found]
        letters = sum(self.ends) - sum(self.starts)
        self.shouted = len(_UPPER.findall(text)) > 0.6 * letters

    def gap(self, number: int) -> str:
        """Return the text between this word and the next one."""
        if number + 1 >= len(self.starts):
            return self.text[self.ends[number] : self.ends[number] + 40]
        return self.text[self.ends[number] : self.starts[number + 1]]

    def capital(self, number: int) -> bool:
        """Return whether the word starts with a significant capital.

        In a text in capitals none is significant.
        """
        return not self.shouted and self.text[self.starts[number]].isupper()

    def continues(self, number: int) -> bool:
        """Return whether the next word can belong to the same name."""
        if number + 1 >= len(self.words):
            return False
        gap = self.gap(number)
        word = self.words[number]
        return gap in _GAPS or (gap in _SHORT_GAPS and (len(word) == 1 or word in _ABBREVIATIONS))

    def known(self, number: int) -> bool:
        """Return whether the word is a listed name, written as one.

        With a capital, or not a word of the language.
        """
        word = self.words[number]
        if word in self.never or not (word in FIRST or word in LAST):
            return False
        if self.text[self.ends[number] : self.ends[number] + 1] in _ACCOUNT_SIGNS:
            return False  # "Nines466" is an account
        return word not in ORDINARY or self.capital(number)

    def given(self, number: int) -> bool:
        """Return whether the word is a given name, written as one."""
        return self.words[number] in FIRST and self.known(number)

    def ends_clause(self, number: int) -> bool:
        """Return whether punctuation, a line end or the text's end follows."""
        rest = self.gap(number)
        return not rest or number + 1 >= len(self.words) or bool(re.match(r"\s*[,.;:!?()\n]", rest))

    def run(self, number: int, unknown: bool = True) -> NameRun:
        """Return the name that starts with this word.

        Args:
            unknown: include capitalised words that are in no list.
        """
        at, taken, given, surnames = number + 1, number + 1, 0, 0
        given += self.words[number] in FIRST
        surnames += self.words[number] not in FIRST
        while at < len(self.words) and at - number < MAX_WORDS and self.continues(at - 1):
            step = self._particles(at)
            if step and not self._after_particle(at, step):
                break
            at += step
            if not self._belongs(at, unknown, lower=not self.capital(number)):
                break
            word = self.words[at]
            is_given = word in FIRST and not surnames and (word not in SURNAME_TOO or not given)
            given += is_given
            surnames += not is_given
            at += 1
            taken = at
        whole = self.place_end(number)
        if whole > taken or (whole == taken > number + 1 and not surnames):
            taken, surnames = whole, surnames + 1  # a street's name, or that of a person who is named like it
        return NameRun(number, taken, given, surnames)

    def place_end(self, number: int) -> int:
        """Return where the place of the city that starts here ends.

        The longest one; the word itself where there is none.
        """
        end, at, bare = number, number, ""
        while self.places.names and at < len(self.words) and at - number < MAX_WORDS:
            if self.words[at] not in PARTICLES:
                bare = f"{bare} {self.words[at]}" if bare else self.words[at]
                end = at + 1 if bare in self.places.names else end
            if not self.continues(at):
                break
            at += 1
        return end

    def _surnames_end(self, at: int) -> bool:
        """Return whether a clause ends or continues after up to two surnames."""
        for number in (at, at + 1):
            if self.ends_clause(number) or self.words[number + 1] in _GOES_ON:
                return True
            if not self.continues(number) or self.words[number + 1] not in LAST:
                return False
        return False

    def _particles(self, at: int) -> int:
        step = 0
        while step < 3 and at + step < len(self.words) - 1 and self.words[at + step] in PARTICLES:
            if self._initial(at + step):
                break
            if not self.continues(at + step):
                return 0
            step += 1
        return step

    def _initial(self, at: int) -> bool:
        """Return whether the word is a second initial: `M. I. Goikoetxea`.

        Not the only one: `George E. Loucas Chapter`.
        """
        single = all(self.ends[one] - self.starts[one] == 1 for one in (at - 1, at))
        return single and self.text[self.starts[at]].isupper() and self.gap(at)[:1] == "."

    def _after_particle(self, at: int, step: int) -> bool:
        """Return whether a surname follows `de`, `de la`, `y` and the like.

        Not the place the person is from.
        """
        word, particles = self.words[at + step], self.words[at : at + step]
        if word in self.never or (word in PLACES and particles[0] in ("de", "del", "d") and not self.capital(at + step)):
            return False
        if particles[-1] in _OF_ARABIC and self.capital(at + step - 1) and self.capital(at + step):
            return True  # "Mohamed El Bachiri"
        if particles[0] in ("y", "i", "e"):
            return particles[0] == "i" and word in LAST and self.known(at + step) and self.words[at - 1] in LAST
        if particles == ["de"] or particles == ["d"]:
            return word in LAST and word not in ORDINARY
        if particles[0] in ("del", "de", "la", "las", "los", "el"):
            return word in LAST and (self.capital(at + step) or word not in ORDINARY)
        return self.known(at + step) or self.capital(at + step)

    def _belongs(self, at: int, unknown: bool, lower: bool) -> bool:
        word = self.words[at]
        if word in ("o", "d", "l") and self.gap(at) in ("'", "’") and self.text[self.starts[at]].isupper():
            return at + 1 < len(self.words) and self.text[self.starts[at + 1]].isupper()  # "O'Shaughnessy"
        if word in self.never and not self._initial(at):
            return False
        if self.known(at):
            return True
        if self.shouted and word in LAST and word not in PLACES:
            return True
        if lower and word in LAST and word not in PLACES and self._surnames_end(at):
            return True  # "un saludo, ana blanco", "me llamo ana pizarro cuenca y quiero"
        if self.capital(at) and word in PLACES and word in LAST and self.words[at - 1] in LAST and self.ends_clause(at):
            return True  # "Hilario Quesada Puerto" at the end of a clause
        if len(word) == 1:
            return self.text[self.starts[at]].isupper() and self.gap(at)[:1] in (".", "") and (word not in "ay" or self._initial(at))
        return unknown and self.capital(at) and word not in self.no_surname and len(word) > 2
