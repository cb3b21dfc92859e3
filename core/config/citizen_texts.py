"""Load the texts that citizens read in answers, by language."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from babel.dates import format_date

from core.config.city import City
from core.config.word_lists import locale_words

_FILE = "citizen_texts"


def language_for(city: City, language: str | None) -> str:
    """Return the language to write in.

    That of the post, else the city's first language, else the first of the texts.

    Args:
        city: its languages.
        language: BCP 47 tag of the post; regions and scripts are ignored.
    """
    texts: Mapping[str, str] = locale_words(_FILE)["already_known"]
    asked = (language or "").split("-")[0].lower()
    return next((one for one in (asked, city.languages[0]) if one in texts), next(iter(texts)))


def already_known(language: str, people: int, state: str, expected: date | None) -> str:
    """Return the answer to a citizen who reports what is known already.

    Args:
        language: one of `language_for`.
        people: distinct citizens who reported it.
        state: of an open case.
        expected: day of the answer; None: it is left out.

    >>> already_known("es", 42, "assigned", date(2026, 12, 3))[-61:]
    'Estado: en curso. Respuesta prevista: jueves, 3 de diciembre.'
    """
    words: dict[str, Any] = locale_words(_FILE)
    said = str(words["already_known"][language]).format(n=people, state=words["states"][state][language])
    if expected is None:
        return said
    day = format_date(expected, words["day"][language], locale=language)
    return f"{said} {str(words['expected'][language]).format(date=day)}"


def withheld_text(language: str) -> str:
    """Return what a title says in place of a withheld text.

    >>> withheld_text("en")
    'text withheld'
    """
    texts: Mapping[str, str] = locale_words(_FILE)["withheld"]
    return texts.get(language, next(iter(texts.values())))


def solved_question(language: str) -> str:
    """Return the question whether a problem is solved.

    >>> solved_question("en")
    'Is it solved? If you like, reply yes or no.'
    """
    return str(locale_words(_FILE)["solved"][language])
