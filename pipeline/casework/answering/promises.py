"""Find a promised date that has passed in an answer.

Only clear promises, in Spanish, Catalan, Galician, Basque and English: a verb in the future tense, or "está previsto", and, in the same
clause, a time: "antes del 3 de noviembre", "el 20-11", "en octubre", "el pasado viernes". A date of something that has happened ("la avería
comunicada el 3 de noviembre") is none. The nine languages' names of months are Babel's.
"""

import calendar
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from babel import Locale

from nlp.questions.language import LANGUAGES

_ALL = [Locale(one) for one in LANGUAGES]
_WIDE = {name.casefold(): number for one in _ALL for number, name in one.months["stand-alone"]["wide"].items()} | {"setiembre": 9}
_SHORT = {name.casefold().rstrip("."): number for one in _ALL for number, name in one.months["stand-alone"]["abbreviated"].items()}
_NUMBER = _SHORT | _WIDE
_WEEKDAY = {name.casefold(): number for one in _ALL for number, name in one.days["stand-alone"]["wide"].items()}


def _any(names: dict[str, int]) -> str:
    return "(?:" + "|".join(map(re.escape, sorted(names, key=len, reverse=True))) + ")"


_NAME, _DAY = rf"(?P<name>{_any(_NUMBER)})\b\.?", _any(_WEEKDAY)
_YEAR = r"(?:,?\s+(?:de\s+|del\s+|do\s+)?(?P<year>\d{4}))?+\b"
_DATES = (
    rf"(?P<day>\d{{1,2}})(?:\.?[ºª]|st|nd|rd|th)?(?:\s+(?:de|of)\s+|\s+d['’]|\s+){_NAME}{_YEAR}",
    rf"{_NAME}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<year>\d{{4}}))?\b",
    rf"(?P<name>{_any(_WIDE)})ren\s+(?P<day>\d{{1,2}})\w*",
    r"(?P<day>\d{1,2})(?P<cut>[/.-])(?P<month>\d{1,2})(?P=cut)(?P<year>\d{4}|\d{2})\b",
    r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b",
    r"(?P<day>\d{1,2})[/-](?P<month>\d{1,2})\b(?![/.,-]?\d|\s*%)",
)
_LATEST = r"(?:a\s+más\s+tardar|como\s+(?:muy\s+tarde|máximo)|com\s+a\s+(?:màxim|molt\s+tard))"
_LIMIT = (
    rf",?\s*{_LATEST},?\s+(?:el\s+)?|(?:(?:antes|no\s+más\s+tarde)\s+del|(?:desde\s+el\s+[^,.]{{1,30}}?\s+)?hasta\s+el|de\s+aquí\s+al|abans\s+del|fins\s+al"
    r"|antes\s+do|ata\s+o|before|until|by|no\s+later\s+than)\s+"
)
_ON = (
    r"(?<!entre )(?:(?:mañana|hoy|demà|avui|tomorrow|today),?|para\s+el|pel|este|el|o\s+día|a\s+día|on|els?\s+dies\s+\d+\s+i"
    r"|los\s+días(?:\s+\d+,)*\s+\d+\s+y)\s+"
)
_BEFORE = rf"(?P<before>\b(?:{_LIMIT}|{_ON})(?:the\s+)?(?:(?:próximo|pròxim|proper)\s+)?(?:día\s+|dia\s+)?(?:{_DAY},?\s+)?)"
_SUBJUNCTIVE = r"(?!(?:queremos|requeremos|esperemos|reparemos|preparemos|retiremos|miremos|consideremos|recuperemos|superemos)\b)"
_CATALAN_PRESENT = r"(?!(?:esper|prepar|repar|retir|mir|consider|recuper|super|separ|compar|declar|tir)em\b)"
_FUTURE = (
    r"\b(?:(?:tendr|habr)(?:á|án|emos)\s+que\s+\w+"
    rf"|{_SUBJUNCTIVE}\w*(?:[aei]r|[dbr]r)(?:á|án|emos|é|à|an)|{_CATALAN_PRESENT}\w*[aei]rem|(?:va|van|vamos)\s+a\s+\w+r(?:se|l[oae]s?)?|(?:vai|imos)\s+\w+r(?:se)?"
    r"|(?<!que )\w+[aei]ra(?:se|nse|lles?)"
    r"|(?:está|están|està|estan|queda|quedan|tenemos)\s+(?:previst|programad|planificad)[oa]?s?"
    r"|(?:se\s+)?prevén?|prevemos|(?:esperamos|esperem|confiamos\s+en)\s+(?:tener|poder|tenir|finalizar|acabar|terminar|resolver|arreglar|reparar)(?:-?l[oae]s?|-ho)?|(?:we\s+)?(?:expect|hope|plan|aim)\s+to|should"
    r"|(?:is|are)\s+(?:due|scheduled|planned|expected)|will|shall)\b"
)
_MAY = r"\b(?:puede|pueden|tiene|tienen|dispone|disponen|you\s+have|you\s+can)\b"
"""What somebody may do until a day: such a limit is a promise too."""
# What ends the clause of the promise, or tells of something past: a comma, "que", a participle ("comunicada el 3 de noviembre").
_STOP = re.compile(
    r"[,:()«»\"]|\b(?:que|qué|cuando|quan|como|com|donde|on\s+(?:va|es|hi)|which|that|when|where|since|desde|des)\b"
    r"|\b\w+(?:[aiuí]d[oa]s?|[aiu]t|ades|ides|udes|ed|sent|made)\b|\b(?:abiert|hech|escrit|vist|rot|puest|resuelt|dich|previst|fet|obert)[oa]?s?\b"
    r"|\b\w+(?:ó|aron|ieron|aban?|ían?)\b",
    re.IGNORECASE,
)
_BE = re.compile(
    r"^\s+(?:be\s+|have\s+(?:it\s+)?|(?:ser|estar|quedar|permanecer)\s+)?(?:\w+mente\s+|\w+ment\s+|\w+ly\s+)?\w+", re.IGNORECASE
)
_PASSIVES = tuple(
    """
    podrá podrán permanecerá permanecerán seguirá seguirán continuará continuarán será serán estará estarán quedará quedarán serà seran
    quedarà quedaran will shall should
    """.split()
)
_HOPES = ("esper", "confiamos")
_VERB, _MAY_VERB = re.compile(_FUTURE, re.IGNORECASE), re.compile(rf"{_FUTURE}|{_MAY}", re.IGNORECASE)
_IN_BASQUE = re.compile(r"\b\w+[kg]o\s+(?:d\w+|z\w+)\b", re.IGNORECASE)
_FIRST = re.compile(rf",?(?P<between>(?:\s+\w+){{0,4}}?)\s+{_FUTURE}", re.IGNORECASE)
_LABEL = re.compile(
    r"\b(?:(?:fecha|data)\s+(?:prevista|estimada|límite|límit|máxima)|plazo|termini|deadline|due)\b[^.;:,\n]{0,30}:\s*(?:el\s+)?$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[!?;](?:\s|$)|(?<![ºª])(?<!\b\w{3})\.(?:\s|$)|\.\s+(?=[A-ZÁÉÍÓÚÑÀÈÒ¿¡])|\.$|\n")
FAR = 120
"""Characters between the verb and the date of one promise."""
RECENT = timedelta(days=100)
"""A day or month without its year passed at most this long ago; else the coming one is meant."""
ADJACENT = 2
"""Most words between a verb and "yesterday" or "last Friday" of one promise; more: the day is that of another event."""


class Told(NamedTuple):
    """Hold a time that a sentence names."""

    found: re.Match[str]
    last: date | None
    """Its last day; None: there is no such day."""
    limits: bool
    """It is a limit: "hasta el"."""
    leads: bool = True
    """A sentence may begin with it: "El 3 de noviembre se reparará"."""


def passed_promise(text: str, today: date) -> str | None:
    """Return the first promised date before `today`, as written; None: none.

    A date without a year is the nearest one to `today`.

    >>> passed_promise("La farola se reparará antes del 3 de noviembre.", date(2026, 12, 1))
    '3 de noviembre'
    >>> passed_promise("Se reparará antes de octubre de 2026.", date(2026, 12, 1))
    'octubre de 2026'
    """
    for sentence in filter(None, _SENTENCE.split(text)):
        passed = [told for told in _times(sentence, today) if told.last is not None and told.last < today]
        verbs = [list(pattern.finditer(sentence)) if passed else [] for pattern in (_VERB, _MAY_VERB)]
        for told in passed:
            if _is_promised(sentence, told, verbs[told.limits]):
                return told.found["said"]
    return None


def _is_promised(sentence: str, told: Told, verbs: Sequence[re.Match[str]]) -> bool:
    """Tell whether a future tense stands with the date.

    In the same clause: before it, or after a date that begins the sentence.
    """
    start, end = told.found.start(), told.found.end()
    if _LABEL.search(sentence[max(0, start - FAR) : told.found.start("said")]):
        return True
    if told.found.re is _BASQUE:
        return _IN_BASQUE.search(sentence) is not None
    if told.leads and start < FAR and not sentence[:start].strip(" ¡¿«\"'-·"):
        after = _FIRST.match(sentence, end)
        if after is not None and _STOP.search(after["between"]) is None:
            return True
    before = bisect_right(verbs, start, key=re.Match.end)
    if not before or start - verbs[before - 1].end() > FAR:
        return False
    between = sentence[verbs[before - 1].end() : start]
    if not told.leads and len(between.split()) > ADJACENT:
        return False  # "revisaremos el corte de luz en su calle ayer": the cut was yesterday
    verb = verbs[before - 1][0].lower()
    if verb in _PASSIVES or verb.startswith(_HOPES):
        between = _BE.sub("", between)  # its participle: "será reparada", "will be repaired"
    return _STOP.search(between) is None


def _times(sentence: str, today: date) -> Iterator[Told]:
    """Yield the times that a sentence names."""
    for pattern, read, leads in _PATTERNS:
        for found in pattern.finditer(sentence):
            before = found.groupdict().get("before") or ""
            yield Told(found, read(found, today), _IS_LIMIT.match(before) is not None, leads)


def _day(found: re.Match[str], today: date) -> date | None:
    """Return the day of a match; None: there is no such day."""
    parts = found.groupdict()
    month = int(parts["month"]) if parts.get("month") else _NUMBER[parts["name"].casefold()]
    year = parts.get("year")
    if year is not None:
        return _made(int(year) if len(year) == len("2026") else today.year // 100 * 100 + int(year), month, int(parts["day"]))
    days = [day for one in (-1, 0, 1) if (day := _made(today.year + one, month, int(parts["day"]))) is not None]
    day = min(days, key=lambda one: abs(one - today), default=None)
    return None if day is None or today - day > RECENT else day


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _weekday(found: re.Match[str], today: date) -> date | None:
    """Return the day of "el viernes 20", within a month of today."""
    near = (today + timedelta(days=n) for n in sorted(range(-31, 32), key=abs))
    wanted = _WEEKDAY[found["weekday"].casefold()], int(found["day"])
    return next((one for one in near if (one.weekday(), one.day) == wanted), None)


def _month(found: re.Match[str], today: date) -> date | None:
    """Return the last day that "in" or "before" a month leaves."""
    number, year = _WIDE[found["name"].casefold()], found["year"]
    years = (int(year),) if year else (today.year - 1, today.year, today.year + 1)
    first = [date(one, number, 1) for one in years]
    if found["until"]:
        last = [one - timedelta(days=1) for one in first]
    else:
        last = [one.replace(day=calendar.monthrange(one.year, one.month)[1]) for one in first]
    nearest = min(last, key=lambda one: abs(one - today))
    return None if not year and today - nearest > RECENT else nearest


def _year(found: re.Match[str], _today: date) -> date:
    return date(int(found["year"]) - (1 if found["until"] else 0), 12, 31)


def _gone(_found: re.Match[str], today: date) -> date:
    return today - timedelta(days=1)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_IS_LIMIT = _compiled(rf"\s*(?:{_LIMIT})")
_UNTIL = r"(?P<until>antes\s+de(?:l\s+mes\s+de|l\s+año)?\s+|abans\s+de(?:l\s+mes\s+de?|\s+l['’]any)?\s+|abans\s+d['’]|before\s+)"
_DURING = (
    r"(?:en|durante|durant|para|pel|al|este|in|during|by|for|(?:a|antes\s+de|by|at)\s+(?:the\s+)?(?:principios|primeros|mediados|finales|fin|finals|end)"
    r"\s+(?:de|of)|antes\s+de\s+que\s+(?:acabe|termine|finalice)|en\s+la\s+\w+\s+(?:quincena|semana|mitad)\s+de|a\s+lo\s+largo\s+de"
    r"|(?:al\s+llarg|a\s+mitjan)\s+de?)\s+(?:el\s+|d['’])?(?:mes\s+de\s+|año\s+|any\s+)?"
)
_SPAN = rf"\b(?P<before>{_UNTIL}|{_DURING})"
_PERIOD = r"(?:semana|setmana|mes|año|any|fin\s+de\s+semana|cap\s+de\s+setmana)"
_NOT_OF = r"(?<!de )(?<!del )(?<!d['’])(?<!desde )(?<!of )(?<!from )(?<!since )"
_AND = r"\s*(?:[-/]|,?\s+(?:y|e|o|i|ou|a|hasta|and)\s+)\s*(?:en\s+|el\s+|de\s+)?"
_LAST = rf"(?!{_AND}(?:{_any(_WIDE)}\b|20\d\d))"
_LAST_DAY = rf"(?!{_AND}\d{{1,2}}\s+(?:de|of|d['’])\s*\w)"
"""Of several months, years or days the last one decides."""
_BASQUE = _compiled(rf"(?P<said>{_DATES[2]})")
_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None], bool], ...] = (
    *((_compiled(rf"(?:{_BEFORE}|(?P<label>:\s*))(?P<said>{one}){_LAST_DAY}"), _day, True) for one in _DATES if one is not _DATES[2]),
    (_BASQUE, _day, True),
    (
        _compiled(
            rf"\b(?P<before>{_LIMIT}|{_ON})(?:the\s+)?(?P<said>(?P<weekday>{_DAY})\s+(?:día\s+)?(?P<day>\d{{1,2}}))\b(?!\s+d|[/.-]\d)"
        ),
        _weekday,
        True,
    ),
    (_compiled(rf"{_SPAN}(?P<said>(?P<name>{_any(_WIDE)})\b(?:\s+(?:de\s+|del\s+)?(?P<year>20\d\d))?+)(?!\s+\d){_LAST}"), _month, True),
    (_compiled(rf"{_SPAN}(?P<said>(?P<year>20\d\d))\b(?![/.,-]?\d|\s*(?:€|%|euros)){_LAST}"), _year, True),
    (
        _compiled(
            rf"{_NOT_OF}\b(?P<said>(?:el|la|o|a|este|esta)\s+pasad[oa]\s+(?:{_DAY}|{_PERIOD}|día\s+\d+|\d+)"
            rf"|(?:el\s+|la\s+|o\s+)?(?:{_DAY}|{_PERIOD})\s+(?:pasad[oa]|passa(?:t|da))|last\s+(?:{_DAY}|week|month|year)"
            r"|ayer|anteayer|anoche|ahir|onte|yesterday)\b"
        ),
        _gone,
        False,
    ),
)
