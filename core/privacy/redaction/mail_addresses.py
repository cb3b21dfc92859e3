"""Redact e-mail addresses: written, spoken, or disguised from machines."""

import re

from core.privacy.redaction.glance import Glance
from core.privacy.redaction.words import word_set

_MAIL = re.compile(r"(?<![\w.+%\-@])([.+%\-]*+)\w[\w.+%\-]*+@(?!s\.)[\w\-]++(?:\.[\w\-]++)++")
"""`(?!s\\.)`: "vecin@s.La propuesta" is a Spanish plural and a forgotten space."""
_GREAT = r"(?:gmail|hotmail|outlook|yahoo|live|icloud|protonmail|proton|telefonica|movistar|msn|gmx|me)"
_MAIL_SPOKEN = re.compile(
    r"(?<![\w.+%\-])\w[\w.+%\-]{0,63}\s?(?:@|\(arroba\)|\[at\]|\sarroba\s)\s?"
    rf"{_GREAT}(?:\s?\.\s?(?:com|es|net))?(?!\w)",
    re.IGNORECASE,
)
"""Of large providers also in the forms people use against harvesting, and as text cleaners break it: "ana@ gmail. Com"."""
_OPEN, _SHUT = r"\s{0,2}[\[({<\-_*]\s{0,2}", r"\s{0,2}[\])}>\-_*]\s{0,2}"
_SAY = r"(?:punto|punt|ponto|puntu|dot|point|pto)"
_DOT = rf"(?:\.|{_OPEN}(?:{_SAY}|\.){_SHUT}|\s{{1,2}}{_SAY}\s{{1,2}}|\s?\.\s?(?=[a-z]))"
_AT = (
    rf"(?:{_OPEN}(?:arroba|arrova|aroba|at|@|a|chiocciola){_SHUT}|\s{{1,2}}(?:arroba|arrova|abildua"
    rf"|arrobe)\s{{1,2}}|\s{{1,2}}@\s{{1,2}}|@\s{{1,2}})"
)
_TOP = r"(?:com|es|net|org|info|eu|eus|cat|gal|gob|edu|pt|fr|it|de|uk|co|me|io|madrid|barcelona|biz|dev|app|ro|ar|mx)"
_SPOKEN_DOT = rf"(?:\s{{1,2}}{_SAY}\s{{1,2}}|{_OPEN}{_SAY}{_SHUT})"
_JOINT = r"(?:\s{1,2}(?:punto|punt|ponto|dot|gui[oó]n?(?:\s{1,2}(?:bajo|baix|baixo))?|h[ií]fen|barra\s{1,2}baja|underscore)\s{1,2})"
_DISGUISED = re.compile(
    rf"(?<![\w.+%\-])(?:\w{{1,30}}{_JOINT}){{0,3}}\w[\w.+%\-]{{0,63}}{_AT}\w[\w\-]{{0,62}}(?:{_DOT}(?:\w[\w\-]{{0,30}}{_DOT}){{0,2}}{_TOP})(?!\w"
    rf")",
    re.IGNORECASE,
)
_DISGUISED_DOT = re.compile(
    rf"(?<![\w.+%\-])(?:\w{{1,30}}{_JOINT}){{0,3}}\w[\w.+%\-]{{0,63}}(?:\s{{0,2}}@\s{{0,2}}"
    rf"|\s{{1,2}}at\s{{1,2}})\w[\w\-]{{0,62}}{_SPOKEN_DOT}{_TOP}(?!\w)",
    re.IGNORECASE,
)
_WIDE_APART = re.compile(
    rf"(?<![\w.+%\-])\w{{1,30}}(?:\s{{1,3}}[._\-]\s{{1,3}}\w{{1,30}}){{0,3}}\s{{1,3}}@\s{{1,3}}\w[\w\-]{{0,40}}"
    rf"(?:\s{{1,3}}\.\s{{1,3}}\w{{2,30}})??\s{{1,3}}\.\s{{1,3}}{_TOP}(?!\w)",
    re.IGNORECASE,
)
"""With spaces around every separator."""
_LONE_AT = re.compile(r"\s@\s")
_GREAT_SPOKEN = re.compile(rf"(?<![\w.+%\-])(?:\w{{1,30}}{_JOINT}){{0,3}}\w[\w.+%\-]{{0,63}}{_AT}{_GREAT}(?!\w)", re.IGNORECASE)
_JOINED = re.compile(r"(?<![\w.])\w[\w.\-]{1,40}?arroba[a-z]{2,20}?punto(?:com|es|net|org|eu|cat|gal|eus)(?!\w)", re.IGNORECASE)
_SPOKEN_AT = word_set("mail_addresses", "spoken_at")
_AT_LETTERS = frozenset(("at",))
_HIDDEN_AT = re.compile(r"\W@|@\s|[\[({<\-_*]\s?(?:at|a)\s?[\])}>\-_*]|\sat\s", re.IGNORECASE)


def without_mails(text: str, small: str, seen: Glance) -> str:
    """Return the text with `[email]` for each address.

    `small` is the text case-folded.
    """
    if "@" in small:
        text = _MAIL.sub(r"\1[email]", text)
    if "arroba" in small:
        text = _JOINED.sub("[email]", text)
    disguised = seen.has(_SPOKEN_AT) or ((seen.has(_AT_LETTERS) or "@" in small) and bool(_HIDDEN_AT.search(text)))
    if disguised or ("@" in small and any(word in small for word in ("dot", "punt", "ponto"))):
        if _LONE_AT.search(text):
            text = _WIDE_APART.sub("[email]", text)
        for pattern in (_DISGUISED, _DISGUISED_DOT, _GREAT_SPOKEN):
            text = pattern.sub("[email]", text)
    if "@" in small or "arroba" in small or "[at]" in small:
        text = _MAIL_SPOKEN.sub("[email]", text)
    return text
