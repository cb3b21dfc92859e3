"""Redact names with spaced or replaced letters: `A.n.a`, `M4r1a`.

Also `M a r i a`.
"""

import re

from core.privacy.redaction.fold import fold_characters
from core.privacy.redaction.glance import Glance
from core.privacy.redaction.persons.lexicon import FIRST, LAST, ORDINARY

_APART = re.compile(
    r"(?<![^\W\d_])(?<!\b[^\W\d_][ .\-_·*])[^\W\d_](?:(?P<gap>[ .\-_·*])[^\W\d_])(?:(?P=gap){1,3}[^\W\d_]){1,24}(?![^\W\d_])"
)
_REPLACED = re.compile(
    r"(?<![\w@.#])[^\W\d_]{1,10}(?:[013457@$*][^\W\d_]{0,10}){1,4}(?![\w@*])"
    r"(?:\s[A-ZÁÉÍÓÚ][^\W\d_]{0,10}(?:[013457][^\W\d_]{0,10}){1,4}(?![\w@*]))?"
)
_ODD = re.compile(r"[013457@$*]")
_ODD_INSIDE = re.compile(r"[013457@$*](?<=[^\W\d_].)[^\W\d_]")
_LETTERS = str.maketrans("013457@$", "oieastas")
_SINGLE_LETTERS = frozenset("bcdfghijklmnpqrstuvwxz")
_SURE = {name for name in FIRST | LAST if len(name) >= 4} - ORDINARY
_GIVEN = {name for name in FIRST if len(name) >= 3} - ORDINARY


def without_spelt_names(text: str, seen: Glance) -> str:
    """Return the text with `[name]` for each."""
    if _ODD.search(text) and _ODD_INSIDE.search(text):
        text = _REPLACED.sub(_replaced, text)
    return _APART.sub(_apart, text) if seen.has(_SINGLE_LETTERS) and _three_letters([match.group() for match in seen.found]) else text


def _three_letters(words: list[str]) -> bool:
    """Return whether three consecutive words have one letter each."""
    try:
        return b"\1\1\1" in bytes(map(len, words))
    except ValueError:  # a word of more than 255 letters
        return b"\1\1\1" in bytes(min(len(word), 255) for word in words)


def _replaced(match: re.Match[str]) -> str:
    found = match.group()
    first, _, rest = found.partition(" ")
    if rest:  # a given name and a disguised surname, or each separately
        if fold_characters(first).translate(_LETTERS) in _GIVEN and not first.isalpha():
            return "[name]"
        return " ".join("[name]" if fold_characters(one).translate(_LETTERS) in _SURE else one for one in (first, rest))
    word = fold_characters(found)
    if "*" in word:
        return "[name]" if _star(word) else found
    return "[name]" if word.translate(_LETTERS) in _SURE and "@s" not in word else found


def _star(word: str) -> bool:
    """Return whether the star masks one letter in a given name: `Mar*a`."""
    if word.count("*") > 1:
        return False
    return any(word.replace("*", letter) in _GIVEN and len(word) >= 5 for letter in "aeioulnrs")


def _apart(match: re.Match[str]) -> str:
    """Redact the longest prefix that is a name.

    A single-letter word after it (`y`, `a`) stays.
    """
    found = match.group()
    places = [at for at, character in enumerate(found) if character.isalpha()]
    letters = fold_characters("".join(found[at] for at in places))
    for length in range(len(letters), 2, -1):
        part = letters[:length]
        both = any(part[:cut] in _GIVEN and part[cut:] in LAST for cut in range(3, length - 2))
        if part in _GIVEN or part in _SURE or both:
            return "[name]" + found[places[length - 1] + 1 :]
    return found
