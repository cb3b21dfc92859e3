"""Load the known answers of a city from its `answers.toml`.

Questions that people ask again and again, and what the city replies to them (`cities/madrid/answers.toml`). Everything is checked when
the file is loaded; an answer past its date is no error of the file, it is left out of use and named by `KnownAnswers.expired`.
"""

import re
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.config.city import City
from core.config.known_answers.fields import HANDLES, LONGEST_QUESTION, Id, Language, Link, Service, Words
from core.config.known_answers.problems import FieldProblem, problem
from core.config.plugins import explain_validation
from core.errors import ConfigurationError, Value
from core.records import Options
from core.records.answer_length import length_on, limit_of

FILE = "answers.toml"
_SOON = timedelta(days=30)


class KnownAnswer(Options):
    """Hold one known question: example phrasings and the official reply."""

    id: Id
    """Its name in cases, statistics and tests; never reused for another question."""
    service: Service
    """Service it is about, one of the topics."""
    owner: str
    """Name of one of `[[departments]]`: who keeps it right."""
    text: dict[Language, Words]
    """The reply by language, without link; the city's first language must be there."""
    questions: dict[Language, tuple[Words, ...]]
    """Example phrasings by language: what a post is compared with."""
    links: tuple[Link, ...] = ()
    """Official pages; the first goes with the reply."""
    valid_from: date
    """First day of use."""
    valid_until: date
    """Last day of use: then its owner looks at it again."""
    example: bool = False
    """True until the council has approved it."""

    def title(self, first: Language) -> str:
        """Return its first question in a language, or in any, for people."""
        found = self.questions.get(first) or next(iter(self.questions.values()), ())
        return found[0] if found else self.id

    def is_valid(self, on: date) -> bool:
        """Tell whether the answer may be used on a day."""
        return self.valid_from <= on <= self.valid_until

    def language_for(self, language: str | None, first: Language) -> Language:
        """Return the language to reply in.

        That of the post if there is a text in it, else the city's first.

        Args:
            language: BCP 47 tag of the post; regions and scripts are ignored.
            first: the city's first language.
        """
        asked = (language or "").split("-")[0].lower()
        return next((one for one in self.text if one == asked), first)

    def reply(self, language: Language) -> str:
        """Return the text with its first link, as it is sent.

        Raises:
            KeyError: there is no text in this language.
        """
        return " ".join([self.text[language], *self.links[:1]])


class KnownAnswers(Options):
    """Hold the known answers of one city, checked."""

    answers: tuple[KnownAnswer, ...] = ()

    def __len__(self) -> int:
        return len(self.answers)

    def get(self, answer_id: str) -> KnownAnswer | None:
        """Return the answer with this id; None: there is none."""
        return next((one for one in self.answers if one.id == answer_id), None)

    def expired(self, on: date) -> list[str]:
        """Name the answers past their date, or soon to be (30 days)."""
        found = []
        for one in self.answers:
            if one.valid_until < on:
                found.append(
                    f"answer '{one.id}' expired on {one.valid_until}, it is not used: "
                    f"{one.owner} checks it and sets a later valid_until, or removes it"
                )
            elif one.valid_until < on + _SOON:
                found.append(f"answer '{one.id}' expires on {one.valid_until}: {one.owner} checks it before")
        return found


def answers_path(city: City) -> Path:
    """Return the path of a city's known answers.

    It lies in the folder with the profile's name: `cities/madrid/answers.toml` beside `cities/madrid.toml`. A profile that borrows the
    gazetteer of another city does not borrow its answers.
    """
    return city.path.parent / city.path.stem / FILE


def answers_of(city: City) -> KnownAnswers:
    """Load the known answers of a city; none without a file.

    Raises:
        ConfigurationError: the file is wrong; names the answer, the key and what is allowed.
    """
    path = answers_path(city)
    return load_answers(path, city) if path.exists() else KnownAnswers()


def load_answers(path: Path, city: City) -> KnownAnswers:
    """Read and check a file of known answers.

    Raises:
        ConfigurationError: names the file, the answer, the key and what is allowed.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not a TOML file in UTF-8: {error}") from None
    try:
        found = KnownAnswers.model_validate(table)
    except ValidationError as error:
        words = explain_validation(error, str(path), KnownAnswers, {"answers": KnownAnswer})
        raise ConfigurationError(_with_ids(words, table)) from None
    problems = [f"answer '{one.id}': {each}" for one in found.answers for each in problems_of(one, city)]
    problems += map(str, doubled(found.answers))
    if problems:
        raise ConfigurationError(f"{path}: " + "; ".join(problems))
    return found


def _with_ids(words: str, table: dict[str, Any]) -> str:
    """Name answers by id instead of by place in a message."""
    answers = table.get("answers")

    def by_id(match: re.Match[str]) -> str:
        one = answers[int(match[1])] if isinstance(answers, list) else None
        return f"answer '{one['id']}': key '" if isinstance(one, dict) and "id" in one else match[0]

    return re.sub(r"key 'answers\.(\d+)\.", by_id, words)


def problems_of(one: KnownAnswer, city: City) -> list[FieldProblem]:
    """Return what is wrong with one answer beside its fields."""
    departments = tuple(department.name for department in city.departments)
    first, found = city.languages[0], list[FieldProblem]()
    if one.owner not in departments:
        found.append(problem("owner", "answer_owner", department=one.owner, departments=departments))
    if first not in one.text:
        found.append(problem(f"text.{first}", "answer_first_language"))
    if one.valid_until < one.valid_from:
        days = {"last_day": str(one.valid_until), "first_day": str(one.valid_from)}
        found.append(problem("valid_until", "answer_days", **days))
    if not any(one.questions.values()):
        found.append(problem("questions", "answer_no_question"))
    for language, questions in one.questions.items():
        found += [
            problem(f"questions.{language}", "answer_long_question", length=len(said), allowed=LONGEST_QUESTION)
            for said in questions
            if len(said) > LONGEST_QUESTION
        ]
    return found + [each for language in one.text for each in _too_long(one, language)]


def _too_long(one: KnownAnswer, language: Language) -> list[FieldProblem]:
    """Return at most one network that a reply does not fit on."""
    for network, handle in HANDLES.items():
        limit, length = limit_of(network), length_on(network, one.reply(language)) + handle
        if length > limit:
            sizes: dict[str, Value] = {"length": length, "limit": limit, "source": network, "excess": length - limit}
            return [problem(f"text.{language}", "answer_too_long", **sizes)]
    return []


def doubled(answers: tuple[KnownAnswer, ...]) -> list[FieldProblem]:
    """Return ids used twice and phrasings that two answers share."""
    ids: set[str] = set()
    asked: dict[str, str] = {}
    found = []
    for one in answers:
        if one.id in ids:
            found.append(problem("", "answer_id_twice", id=one.id))
        ids.add(one.id)
        for said in (said for questions in one.questions.values() for said in questions):
            other = asked.setdefault(said.casefold().strip(" ¿?."), one.id)
            if other != one.id:
                found.append(problem("", "answer_shared_question", other=other, one=one.id, text=said))
    return found
