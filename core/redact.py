"""Redaction: takes handles, numbers, addresses and links of people out of a text before anything is stored.

Writes exactly what the models were trained on: `@user`, `[number]`, `[email]`, `http`. Street and street number stay (the
city needs them to send somebody); floor and door go. Case numbers, years, prices and coordinates stay. The time grows with the
length of the text and no faster, whatever it holds: a repetition is bounded, or begins only where a word begins.
"""

import re
from collections.abc import Iterable
from functools import partial
from itertools import islice

from core.redact_address import without_floors
from core.redact_numbers import without_numbers

ROUNDS = 4
"""What is taken out can bring together what then reads as a number; made-up texts apart, the second round changes nothing."""
_SOCIAL = r"(?:facebook|fb|instagram|twitter|x|tiktok|linkedin|threads|telegram|t)\.(?:com|net|me|co)|bsky\.app|bit\.ly|youtu\.be"
_LINK = re.compile(
    rf"(?<![\w@])(?:https?://|www\.|(?:[\w\-]{{1,20}}\.)?(?:{_SOCIAL})/)[^\s<>\"]*[^\s<>\".,;:!?)\]»]", re.IGNORECASE
)
_MAIL = re.compile(r"(?<![\w.+%\-@])([.+%\-]*+)\w[\w.+%\-]*+@(?!s\.)[\w\-]++(?:\.[\w\-]++)++")
"""`(?!s\\.)`: "vecin@s.La propuesta" is a Spanish plural and a forgotten space."""
_MAIL_SPOKEN = re.compile(
    r"(?<![\w.+%\-])\w[\w.+%\-]{0,63}\s?(?:@|\(arroba\)|\[at\]|\sarroba\s)\s?"
    r"(?:gmail|hotmail|outlook|yahoo|live|icloud|protonmail|telefonica|movistar)(?:\s?\.\s?(?:com|es|net))?(?!\w)",
    re.IGNORECASE,
)
"""At the great providers also as people write it to hide it from machines, and as text cleaners break it: "ana@ gmail. Com"."""
_HANDLE = re.compile(r"(?<![\w/@])@\w++(?:\.[\w\-]++)*+(?:@[\w\-]++(?:\.[\w\-]++)*+)*+")
_BLUESKY = re.compile(r"(?<![\w.\-@])[a-z0-9][a-z0-9\-]{1,62}\.bsky\.social(?![\w\-])", re.IGNORECASE)
_REDDIT = re.compile(r"(?<!\w)/?u/[\w\-]{3,24}(?![\w\-])")
_DID = re.compile(r"(?<!\w)did:(?:plc|web):[\w.:%\-]++")


_NO_WORD = re.compile(r"[\d_]")
MENTIONS = 20
"""So many accounts of a text are sought again without their @: every one is a further look at the whole text."""


def redact(text: str, keep: Iterable[str] = (), names: Iterable[str] = ()) -> str:
    """The text without what identifies a person; redacted again it stays the same.

    Args:
        text: plain text of any length.
        keep: handles that stay, such as the city's own (`@MADRID`), without regard to case.
        names: names of the author to take out wherever they stand as a whole word (his handle without `@`).
    """
    kept = frozenset(handle.lower().lstrip("@") for handle in keep)
    taken = [plain for name in names if len(plain := name.lstrip("@").strip()) >= 3 and plain.lower() not in kept]
    taken += _mentioned(text, kept)
    for _ in range(ROUNDS):
        before, text = text, _without_accounts(text, kept)
        for name in taken:  # shorter ones are a word of the language more often than a name
            text = re.sub(rf"(?<!\w)@?{re.escape(name)}(?!\w)", "@user", text, flags=re.IGNORECASE)
        text = without_floors(without_numbers(text))
        if text == before:
            break
    return text


def _mentioned(text: str, kept: frozenset[str]) -> list[str]:
    """Accounts that the text names with an @ and may name again without: those that are no word of a language."""
    found = {match.group()[1:].split("@")[0] for match in islice(_HANDLE.finditer(text), MENTIONS)}
    return sorted(name for name in found if _NO_WORD.search(name) and len(name) >= 5 and name.lower() not in kept)


def _without_accounts(text: str, kept: frozenset[str]) -> str:
    """Each pattern is sought only where the signs stand without which it matches nothing: most texts hold none of them."""
    folded = text.casefold()
    if "/" in folded or "www." in folded:
        text = _LINK.sub("http", text)
    if "did:" in folded:
        text = _DID.sub("@user", text)
    if "@" in text or "arroba" in folded or "[at]" in folded:
        text = _MAIL.sub(r"\1[email]", text)
        text = _MAIL_SPOKEN.sub("[email]", text)
        text = _HANDLE.sub(partial(_handle, kept), text)
    if ".bsky.social" in folded:
        text = _BLUESKY.sub(partial(_handle, kept), text)
    return _REDDIT.sub("@user", text) if "u/" in text else text


def _handle(kept: frozenset[str], match: re.Match[str]) -> str:
    """`@user`; the city's own stay, also `@MADRID@mastodon.social` and, with a forgotten space, `@MADRID.Gracias`."""
    found = match.group()
    name = found.lower().removeprefix("@")
    if name == "user" or name in kept or name.split("@")[0] in kept:
        return found
    stem, _, rest = found.removeprefix("@").partition(".")
    return found if stem.lower() in kept and rest[:1].isupper() else "@user"
