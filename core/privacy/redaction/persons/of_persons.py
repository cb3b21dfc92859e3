"""Recognise words of persons: trades, relations, deeds."""

from collections.abc import Iterator

from core.privacy.redaction.persons.lexicon import RELATIVES
from core.privacy.redaction.persons.scan import Scan
from core.privacy.redaction.words import word_set

ENDS = frozenset('.;:!?\n()"«»[]|')
_LOOK_BACK = 8
"""Words before a name that its clause is searched for."""


def is_written(scan: Scan, at: int) -> bool:
    """Return whether the word has one capital."""
    return scan.capital(at) and not scan.text[scan.starts[at] : scan.ends[at]].isupper()


def clause(scan: Scan, first: int) -> Iterator[int]:
    """Yield the words of the clause before a name, the nearest first."""
    for at in range(first - 1, max(-1, first - 1 - _LOOK_BACK), -1):
        if set(scan.gap(at)) & ENDS:
            return
        yield at


def is_past(scan: Scan, at: int) -> bool:
    """Return whether `echó` or `ha echado` stands here."""
    if at >= len(scan.words):
        return False
    if scan.words[at] in ("ha", "han"):
        return at + 1 < len(scan.words) and scan.words[at + 1].endswith(_PARTICIPLE) and scan.words[at + 1] not in _BY_STREETS
    return raw(scan, at).endswith(("ó", "aba")) and scan.words[at] not in _BY_STREETS


_PARTICIPLE = ("ado", "ido", "cho", "sto", "rto", "uelto", "rito")
_BY_STREETS = word_set("persons.namesake", "by_streets")
"""What a street does or becomes: `Luis Montoto quedó inundada`."""


def raw(scan: Scan, at: int) -> str:
    """Return the word with its accents, in lower case."""
    return scan.text[scan.starts[at] : scan.ends[at]].lower()


def is_role(scan: Scan, at: int) -> bool:
    """Return whether the word is a trade or relation: `taxista`, `hermana`."""
    word = scan.words[at]
    return not scan.capital(at) and (word in _ROLES or (word in RELATIVES and word not in _NO_ROLES))


def is_trade(scan: Scan, at: int) -> bool:
    """Return whether the word is made like a trade's: `frutera`, `electricista`, `limpiador`."""
    word = scan.words[at]
    return not scan.capital(at) and len(word) > 6 and word.endswith(_TRADES) and word not in _NO_TRADES


_TRADES = ("ero", "era", "ista", "ador", "adora", "edor", "edora", "logo", "loga")
_NO_TRADES = word_set("persons.namesake", "no_trades")
_ROLES = word_set("persons.namesake", "roles")
_NO_ROLES = word_set("persons.namesake", "no_roles")
ARTICLES = frozenset("el la un una mi tu su nuestro nuestra al del este esta ese esa".split())
