"""Find a promised date that has passed in an answer.

Only clear promises: a verb in the future tense and, in the same clause, "antes del", "hasta el", "el" with a date. A date of something that
has happened ("la avería comunicada el 3 de noviembre") is none.
"""

import re
from datetime import date

_MONTHS = (
    ("enero", "gener", "january"),
    ("febrero", "febrer", "february"),
    ("marzo", "març", "march"),
    ("abril", "april"),
    ("mayo", "maig", "may"),
    ("junio", "juny", "june"),
    ("julio", "juliol", "july"),
    ("agosto", "agost", "august"),
    ("septiembre", "setiembre", "setembre", "september"),
    ("octubre", "october"),
    ("noviembre", "novembre", "november"),
    ("diciembre", "desembre", "december"),
)
_NUMBER = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_NAME = "|".join(sorted(_NUMBER, key=len, reverse=True))
_DATE = (
    rf"(?P<date>(?P<day>\d{{1,2}})(?:\s+de\s+|\s+d['’]|\s+)(?P<name>{_NAME})(?:,?\s+(?:de\s+|del\s+)?(?P<year>\d{{4}}))?"
    r"|(?P<day2>\d{1,2})(?P<cut>[/-])(?P<month>\d{1,2})(?P=cut)(?P<year2>\d{4}))\b"
)
_DAY = r"(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo|dilluns|dimarts|dimecres|dijous|divendres|dissabte|diumenge)\s+"
_BEFORE = (
    r"\b(?:(?:antes\s+del|hasta\s+el|para\s+el|a\s+más\s+tardar\s+el|el"
    rf"|abans\s+del|fins\s+al|com\s+a\s+màxim\s+el)\s+(?:día\s+|dia\s+)?(?:{_DAY})?|(?:before|until|by|on)\s+(?:the\s+)?)"
)
_SUBJUNCTIVE = r"(?!(?:queremos|requeremos|esperemos|reparemos|preparemos|retiremos|miremos|consideremos|recuperemos|superemos)\b)"
_FUTURE = (
    rf"\b(?:{_SUBJUNCTIVE}\w*(?:[aei]r|[dbr]r)(?:á|án|emos|é|à|an)|(?:va|van|vamos)\s+a\s+\w+r(?:se|l[oae]s?)?"
    r"|will|shall)\b"
)
# What ends the clause of the promise, or tells of something past: a comma, "que", a participle ("comunicada el 3 de noviembre").
_STOP = re.compile(
    r"[,:()«»\"]|\b(?:que|qué|cuando|quan|como|com|which|that|when|since|desde|des)\b"
    r"|\b\w+(?:[aiu]d[oa]s?|[aiu]t|ades|ides|udes|ed|sent|made)\b|\b(?:abiert|hech|escrit|vist|rot|puest|resuelt|dich|previst|fet|obert)[oa]?s?\b",
    re.IGNORECASE,
)
_BE = re.compile(r"^\s+(?:be\s+)?\w+", re.IGNORECASE)
_VERB = re.compile(_FUTURE, re.IGNORECASE)
_PROMISED = re.compile(_BEFORE + _DATE, re.IGNORECASE)
_FIRST = re.compile(rf"^\W*(?:{_BEFORE}){_DATE},?\s+(?:(?:se|lo|la|los|las|le|les|ya|es|we|it)\s+)*{_FUTURE}", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?;](?:\s|$)|\n")
_PASSIVES = ("será", "serán", "estará", "estarán", "quedará", "quedarán", "serà", "seran", "quedarà", "quedaran", "will", "shall")
FAR = 60
"""Characters between the verb and the date of one promise."""


def passed_promise(text: str, today: date) -> str | None:
    """Return the first promised date before `today`, as written; None: none.

    A date without a year is the nearest one to `today`.

    >>> passed_promise("La farola se reparará antes del 3 de noviembre.", date(2026, 12, 1))
    '3 de noviembre'
    """
    for sentence in _SENTENCE.split(text):
        found = [_FIRST.search(sentence), *(one for one in _PROMISED.finditer(sentence) if _is_promised(sentence, one))]
        for one in found:
            if one is not None and (day := _day(one, today)) is not None and day < today:
                return one["date"]
    return None


def _is_promised(sentence: str, found: re.Match[str]) -> bool:
    """Tell whether a future tense stands before the date.

    In the same clause.
    """
    verbs = list(_VERB.finditer(sentence, 0, found.start()))
    if not verbs:
        return False
    between = sentence[verbs[-1].end() : found.start()]
    if verbs[-1][0].lower() in _PASSIVES:
        between = _BE.sub("", between)  # its participle: "será reparada", "will be repaired"
    return len(between) <= FAR and _STOP.search(between) is None


def _day(found: re.Match[str], today: date) -> date | None:
    """Return the day of a match; None: there is no such day."""
    day = int(found["day"] or found["day2"])
    month = int(found["month"]) if found["month"] else _NUMBER[found["name"].lower()]
    year = found["year"] or found["year2"]
    years = (int(year),) if year else (today.year - 1, today.year, today.year + 1)
    days = []
    for one in years:
        try:
            days.append(date(one, month, day))
        except ValueError:
            continue
    return min(days, key=lambda one: abs(one - today), default=None)
