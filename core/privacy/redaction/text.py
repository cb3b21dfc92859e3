"""Redaction: takes names, handles, numbers, addresses and links of people out of a text before anything is stored.

Writes exactly what the models were trained on: `@user`, `[number]`, `[email]`, `http`; and `[name]`, which the reader meets as
`@user`. Street and street number stay (the city needs them to send somebody); floor and door go. Case numbers, years, prices and
coordinates stay. The time grows with the length of the text and no faster, whatever it holds: a repetition is bounded, or begins
only where a word begins.
"""

import re
from collections.abc import Iterable
from itertools import islice

from core.privacy.redaction.address import without_floors
from core.privacy.redaction.fold import fold, unfold
from core.privacy.redaction.glance import Glance
from core.privacy.redaction.handles import HANDLE, without_accounts
from core.privacy.redaction.numbers import without_numbers
from core.privacy.redaction.persons.author import Author
from core.privacy.redaction.persons.persons import without_names

ROUNDS = 4
"""What is taken out can bring together what then reads as a number; made-up texts apart, the second round changes nothing."""
_NO_WORD = re.compile(r"[\d_]")
MENTIONS = 20
"""So many accounts of a text are sought again without their @: every one is a further look at the whole text."""


def redact(text: str, keep: Iterable[str] = (), names: Iterable[str] = ()) -> str:
    """The text without what identifies a person; redacted again it stays the same.

    Characters that only look different (full-width digits, what is never drawn) are read as what they look like; what stays
    keeps the characters it was written with.

    Args:
        text: plain text of any length.
        keep: handles that stay, such as the city's own (`@MADRID`), without regard to case.
        names: names of the author: a handle without `@`, taken out wherever it stands as a whole word, or a person's name in
            any order (`García Ruiz, Ana`), of which the parts go too.
    """
    kept = frozenset(handle.lower().lstrip("@") for handle in keep)
    visible = fold(text)
    author = Author.of(names, kept)
    taken = [*author.handles, *_mentioned(visible, kept)]
    left = visible
    for _ in range(ROUNDS):
        before, seen = left, Glance(left)
        left = without_accounts(left, kept, seen)
        for name in taken:  # shorter ones are a word of the language more often than a name
            left = re.sub(rf"(?<!\w)@?{re.escape(name)}(?!\w)", "@user", left, flags=re.IGNORECASE)
        left = without_floors(without_numbers(without_names(author.taken_out(left), seen), seen), seen)
        if left == before:
            break
    if left == visible:
        return text
    return left if visible == text else unfold(text, left)


def _mentioned(text: str, kept: frozenset[str]) -> list[str]:
    """Accounts that the text names with an @ and may name again without: those that are no word of a language."""
    found = (
        {match.group()[1:].split("@")[0] for match in islice(HANDLE.finditer(text), MENTIONS)} if "@" in text else set()
    )
    return sorted(name for name in found if _NO_WORD.search(name) and len(name) >= 5 and name.lower() not in kept)
