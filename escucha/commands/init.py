"""Create a city profile from questions or options (`escucha init NAME`)."""

import os
import re
import sys
import tomllib
import unicodedata
from argparse import Namespace
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from core.config.city import check_handle, city_of, load_city
from core.config.department_sets import SIZES, departments_as_text
from core.config.plugins import ROOT
from core.config.profile.tables import check_mail_address
from core.config.public_holidays import check_region, region_of
from core.config.zones import known_zone
from core.errors import ConfigurationError, RefusedValueError
from core.i18n.translate import translator
from escucha.commands import command, option
from escucha.commands.check import NO_SOURCE
from escucha.commands.common import print_line

COUNTRY = "ES"
NO_REGION = "-"
"""Answer for national holidays only."""


def _text(answer: str) -> str:
    if not answer:
        raise RefusedValueError("an answer is needed")
    return answer


def _each(check: Callable[[str], str], answer: str) -> str:
    return " ".join(check(one) for one in answer.split())


def _address(answer: str) -> str:
    if urlsplit(answer).scheme not in ("http", "https") or not urlsplit(answer).netloc:
        raise RefusedValueError("'{address}' is no address of a feed, such as https://www.example.org/rss.xml", address=answer)
    return answer


def _region(answer: str) -> str:
    return answer if answer in ("", NO_REGION) else region_of(answer) or check_region(answer.upper(), COUNTRY)


def _size(answer: str) -> str:
    if answer not in SIZES:
        raise RefusedValueError("not one of: {sizes}", sizes=SIZES)
    return answer


class Question(NamedTuple):
    """Hold one question of `escucha init`, which is also an option."""

    key: str
    """Name of the option, without its dashes."""
    words: str
    default: str | None
    """What an empty answer means; None: there must be one."""
    check: Callable[[str], str]
    """Returns the answer as the profile has it; raises `RefusedValueError`."""


QUESTIONS = (
    Question("name", "Name of the city", None, _text),
    Question("timezone", "Time zone", "Europe/Madrid", known_zone),
    Question("handles", "The city's own handles, separated by spaces (such as @ayuntamiento)", "", partial(_each, check_handle)),
    Question("controller", "Data controller (name of the council)", None, _text),
    Question("contact", "E-mail address for citizens", None, check_mail_address),
    Question("officer", "E-mail address of the data protection officer", None, check_mail_address),
    Question("feeds", "Addresses of press feeds (RSS, Atom), separated by spaces", "", partial(_each, _address)),
    Question(
        "region",
        "Region for public holidays: its name, or its code in the `holidays` package (AN, AR, AS ...); - for national holidays only",
        "",
        _region,
    ),
    Question("departments", "Departments to begin with: those of a small, medium or large council", "medium", _size),
)

TEMPLATE = """# {name}: written by `escucha init`. How to go on: docs/how-to/second-city.md. Every table: docs/reference/profile.md
name = {name_}
timezone = {timezone}
languages = ["es", "en"]
retention = "P180D"
handles = [{handles}]

[identity]
council = {controller}

[notice]
controller = {controller}
contact = {contact}
data_protection_officer = {officer}

{hours}[questions.relevance]
names = [{name_}]
{sources}
[triage]
reach = 0.95
review_per_day = 60

{departments}
[contact_centre]
system = "casebook"

[reports.weekly]
to = []
schedule = "0 7 * * MON"
"""
FEEDS = """
[sources.feeds]
feeds = [{feeds}]
filtered = [{feeds}]  # of these only what names the city is kept: take out those that write about nothing else
"""


def init(name: str, folder: Path = ROOT / "cities", given: Mapping[str, str | None] | None = None) -> Path:
    """Ask the questions that have no answer yet, and write `cities/NAME.toml`.

    The questions are in the language of the terminal, where there are texts in it. Answers come from the terminal, which is asked again
    after a wrong one, or from standard input, one per line.

    Args:
        name: of the file.
        folder: where it is written.
        given: answers by question; None: ask.

    Raises:
        ConfigurationError: the name is not a file name, the profile exists already, or an answer is not valid.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,40}", name):
        raise ConfigurationError(f"init {name}: use lower-case letters, digits, - and _ only, such as `escucha init granada`")
    path = folder / f"{name}.toml"
    if path.exists():
        raise ConfigurationError(f"init {name}: {path} exists already; edit it, or choose another name")
    answers: dict[str, str] = {}
    for question in QUESTIONS:
        default = region_of(answers["name"]) or "" if question.key == "region" else question.default
        said = (given or {}).get(question.key)
        answers[question.key] = _ask(question, default) if said is None else _checked(question, said)
    text = _fill(answers)
    city_of(tomllib.loads(text), path)
    path.write_text(text, encoding="utf-8")
    return path


def _language() -> str:
    """Return the language that the environment names, as gettext reads it."""
    named = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return re.split(r"[_.@]", named)[0]


def _ask(question: Question, default: str | None) -> str:
    words = translator(_language(), "escucha")(question.words)
    while True:
        sys.stderr.write(f"{words}{f' [{default}]' if default else ''}: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        answer = line.strip() or default
        if answer is not None:
            try:
                return _checked(question, answer)
            except ConfigurationError as error:
                if not sys.stdin.isatty():
                    raise
                sys.stderr.write(f"{error}\n")
        elif not line:
            raise ConfigurationError(f"init: no answer to '{words}'")


def _checked(question: Question, answer: str) -> str:
    """Return an answer as the profile has it.

    Raises:
        ConfigurationError: it is not valid; the message names the option and what is right.
    """
    try:
        return question.check(unicodedata.normalize("NFC", answer.strip()))
    except RefusedValueError as error:
        said = translator(_language(), "escucha")(error.template)
        if said == error.template:  # the validators of a profile, whose texts the desk shows too
            said = translator(_language(), "desk")(error.template)
        values = {name: ", ".join(value) if isinstance(value, tuple) else value for name, value in error.values.items()}
        raise ConfigurationError(f"init --{question.key} '{answer}': {said.format(**values)}") from None


def _fill(answers: dict[str, str]) -> str:
    region, feeds = answers["region"].removeprefix(NO_REGION), answers["feeds"].split()
    quoted = {key: _quote(answers[key]) for key in ("timezone", "controller", "contact", "officer")}
    return TEMPLATE.format(
        name=answers["name"],
        name_=_quote(answers["name"]),
        handles=_list(answers["handles"].split()),
        sources=FEEDS.format(feeds=_list(feeds)) if feeds else "",
        hours=f"[working_hours]\nregion = {_quote(region)}\n\n" if region else "",
        departments=departments_as_text(answers["departments"]),
        **quoted,
    )


def _list(items: list[str]) -> str:
    return ", ".join(_quote(item) for item in items)


def _quote(text: str) -> str:
    """Quote a text as a TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else " " for c in escaped) + '"'


@command(
    "init",
    "create a profile for your city by answering questions, or by options: what an option says is not asked. Writes cities/NAME.toml.",
    option("name", help="of the file, in lower case, such as granada"),
    *(option(f"--{one.key}", dest=f"said_{one.key}", metavar="ANSWER", help=one.words) for one in QUESTIONS),
)
def run(a: Namespace) -> int:
    """Create a profile for a new city."""
    path = init(a.name, given={one.key: getattr(a, f"said_{one.key}") for one in QUESTIONS})
    print_line(f"wrote {path}")
    if not load_city(path).sources:
        print_line(f"sources: {NO_SOURCE.format(path=path)}")
    return 0
