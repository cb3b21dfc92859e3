"""Redact names, handles, numbers, addresses and links of persons in a text.

Nothing is stored before. Writes exactly what the models were trained on: `@user`, `[number]`, `[email]`, `http`; and `[name]`, which the
annotator converts to `@user`. Street and street number stay (the city needs them to send a crew); floor and door are removed. Case
numbers, years, prices and coordinates stay. The time is linear in the length of the text, for any content: a repetition is bounded, or
starts only where a word starts.
"""

import re
from collections.abc import Iterable
from itertools import islice

from core.privacy.redaction.address import without_floors
from core.privacy.redaction.fold import fold, unfold
from core.privacy.redaction.glance import Glance
from core.privacy.redaction.handles import HANDLE, without_accounts
from core.privacy.redaction.numbers import without_numbers
from core.privacy.redaction.persons.author import AuthorNames
from core.privacy.redaction.persons.persons import without_names
from core.privacy.redaction.persons.place_names import NO_PLACES, PlaceNames

MAX_ROUNDS = 4
"""A removal can join what then reads as a number; except in contrived texts, the second round changes nothing."""
_NO_WORD = re.compile(r"[\d_]")
MAX_MENTIONS = 20
"""Maximum number of accounts of a text to search again without their @: each is one more scan of the text."""


def redact(text: str, keep: Iterable[str] = (), names: Iterable[str] = (), places: PlaceNames = NO_PLACES) -> str:
    """Return the text without what identifies a person; idempotent.

    Characters that only look different (full-width digits, invisible characters) are treated as what they look like; what stays keeps its
    original characters.

    >>> redact("Soy Ana López, 612 345 678. Bache en la calle Mayor 5, 3º B. @ana_l @MADRID", keep=["@MADRID"])
    'Soy [name], [number]. Bache en la calle Mayor 5. @user @MADRID'

    Args:
        text: plain text of any length.
        keep: handles that stay, such as the city's own (`@MADRID`), ignoring case.
        names: names of the author: a handle without `@`, removed wherever it is a whole word, or a person's name in
            any order (`García Ruiz, Ana`), whose parts are removed too.
        places: names of the city's places (`core.privacy.in_city`), which stay unless the sentence makes one a person's.
    """
    kept = frozenset(handle.lower().lstrip("@") for handle in keep)
    visible = fold(text)
    author = AuthorNames.of(names, kept)
    accounts = [*author.handles, *_mentioned_accounts(visible, kept)]
    left = visible
    for _ in range(MAX_ROUNDS):
        before, seen = left, Glance(left)
        left = without_accounts(left, kept, seen, places.own)
        for name in accounts:  # shorter ones are more often a word of the language than a name
            left = re.sub(rf"(?<!\w)@?{re.escape(name)}(?!\w)", "@user", left, flags=re.IGNORECASE)
        named = without_names(author.redact(left, places), seen, places)
        left = without_floors(without_numbers(named, seen, places.own), seen)
        if left == before:
            break
    if left == visible:
        return text
    return left if visible == text else unfold(text, left)


def _mentioned_accounts(text: str, kept: frozenset[str]) -> list[str]:
    """Return the accounts to redact also without their @.

    Only those that are not a word of a language.
    """
    found = {match.group()[1:].split("@")[0] for match in islice(HANDLE.finditer(text), MAX_MENTIONS)} if "@" in text else set()
    return sorted(name for name in found if _NO_WORD.search(name) and len(name) >= 5 and name.lower() not in kept)
