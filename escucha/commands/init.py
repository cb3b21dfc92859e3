"""Create a city profile from a few questions (`escucha init NAME`)."""

import os
import re
import sys
import unicodedata
from argparse import Namespace
from pathlib import Path

from core.config.city import load_city
from core.config.plugins import ROOT
from core.errors import ConfigurationError
from core.i18n.translate import translator
from escucha.commands import command, option
from escucha.commands.check import NO_SOURCE
from escucha.commands.common import print_line

QUESTIONS = (
    ("name", "Name of the city", None),
    ("timezone", "Time zone", "Europe/Madrid"),
    ("handles", "The city's own handles, separated by spaces (such as @MADRID)", ""),
    ("controller", "Data controller (name of the council)", None),
    ("contact", "E-mail address for citizens", None),
    ("officer", "E-mail address of the data protection officer", None),
    ("feeds", "Addresses of press feeds (RSS, Atom), separated by spaces", ""),
    ("region", "Region for public holidays, as in the `holidays` package (AN, CT, GA, MD, PV, VC ...); empty: national holidays only", ""),
)

TEMPLATE = """# {name}: written by `escucha init`. Every table: docs/reference/profile.md
name = {name_}
timezone = {timezone}
languages = ["es", "en"]
retention = "P180D"
handles = [{handles}]

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

[[departments]]
name = "Atención a la ciudadanía"
topics = ["other"]
answer_within = "PT48H"

[contact_centre]
system = "casebook"

[reports.weekly]
to = []
schedule = "0 7 * * MON"
"""


def init(name: str, folder: Path = ROOT / "cities") -> Path:
    """Ask the questions, write `cities/NAME.toml` and validate it.

    The questions are in the language of the terminal, where there are texts in it. Answers come from the terminal or from standard input,
    one per line.

    Raises:
        ConfigurationError: the name is not a file name, the profile exists already, or an answer is not valid.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,40}", name):
        raise ConfigurationError(f"init {name}: use lower-case letters, digits, - and _ only, such as `escucha init granada`")
    path = folder / f"{name}.toml"
    if path.exists():
        raise ConfigurationError(f"init {name}: {path} exists already; edit it, or choose another name")
    say = translator(_language(), "escucha")
    answers = {key: _ask(say(question), default) for key, question, default in QUESTIONS}
    draft = path.with_suffix(".draft")
    draft.write_text(_fill(answers), encoding="utf-8")
    try:
        load_city(draft)
    except ConfigurationError:
        draft.unlink()
        raise
    draft.rename(path)
    return path


def _language() -> str:
    """Return the language that the environment names, as gettext reads it."""
    named = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return re.split(r"[_.@]", named)[0]


def _ask(question: str, default: str | None) -> str:
    while True:
        sys.stderr.write(f"{question}{f' [{default}]' if default else ''}: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        answer = unicodedata.normalize("NFC", line.strip()) or default
        if answer is not None:
            return answer
        if not line:
            raise ConfigurationError(f"init: no answer to '{question}'")


def _fill(answers: dict[str, str]) -> str:
    feeds = answers["feeds"].split()
    sources = f"\n[sources.feeds]\nfeeds = [{_list(feeds)}]\n" if feeds else ""
    hours = f"[working_hours]\nregion = {_quote(answers['region'])}\n\n" if answers["region"] else ""
    quoted = {key: _quote(answers[key]) for key in ("timezone", "controller", "contact", "officer")}
    return TEMPLATE.format(
        name=answers["name"],
        name_=_quote(answers["name"]),
        handles=_list(answers["handles"].split()),
        sources=sources,
        hours=hours,
        **quoted,
    )


def _list(items: list[str]) -> str:
    return ", ".join(_quote(item) for item in items)


def _quote(text: str) -> str:
    """Quote a text as a TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else " " for c in escaped) + '"'


@command("init", "create a profile for your city by answering questions. Writes cities/NAME.toml.", option("name"))
def run(a: Namespace) -> int:
    """Create a profile for a new city."""
    path = init(a.name)
    print_line(f"wrote {path}")
    if not load_city(path).sources:
        print_line(f"sources: {NO_SOURCE.format(path=path)}")
    return 0
