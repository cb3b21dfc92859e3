"""Every command that a document tells you to type is one: program, subcommand, options, targets and files exist."""

import argparse
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from escucha.parser import ORDER, parser
from tests.support.documented_commands import mentioned, typed

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").glob("*.md"), *ROOT.glob("*/README.md")]
    if path.name != "CHANGELOG.md"  # names what there was
)
CATALOGUES = sorted((ROOT / "docs" / "locale").rglob("*.po"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
OF_THE_SYSTEM = set("apt-get cd chown cp createdb curl export git install openssl su systemctl tar umask useradd".split())
OURS = {".venv/bin/escucha", ".venv/bin/python", ".venv/bin/pytest", ".venv/bin/pre-commit", "make"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def the_parser() -> argparse.ArgumentParser:
    return parser()


def subcommands(one: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return {
        word: made for action in one._actions if isinstance(action, argparse._SubParsersAction) for word, made in action.choices.items()
    }


def wrong_with(command: list[str]) -> str | None:
    """What a command that is written in full lacks to be run as it is; None: nothing."""
    program, *rest = command
    if command[:2] == ["git", "clone"]:
        return "the address of the repository belongs in docs/conf.py alone"
    if program in OF_THE_SYSTEM:
        return None
    if program not in OURS:
        return f"{program} is no program of a fresh checkout: .venv/bin/escucha, .venv/bin/python -m ...?"
    if program == ".venv/bin/escucha":
        return wrong_arguments(rest)
    if program == "make":
        return wrong_target(rest)
    if program == ".venv/bin/python" and rest[:1] == ["-m"] and rest[1] != "pytest":
        return wrong_module(rest[1], rest[2:])
    return wrong_files(rest)


def wrong_arguments(arguments: list[str]) -> str | None:
    """What the real parser says of them; it takes the beginning of an option for the whole, a document does not."""
    if fault := wrong_words(arguments):
        return fault
    try:
        the_parser().parse_args(arguments)
    except SystemExit as end:
        return None if end.code == 0 else f"the parser refuses {' '.join(arguments)}"
    return None


def wrong_target(words: list[str]) -> str | None:
    targets = [word for word in words if "=" not in word]
    unknown = [word for word in targets if word not in TARGETS]
    given = [word for word in words if "=" in word]
    unread = [word for word in given if not re.search(rf"\$\((or |if )?(\$\()?{word.partition('=')[0]}\b", MAKEFILE)]
    return f"make does not know {', '.join(unknown + unread)}" if unknown or unread else None


def wrong_module(module: str, words: list[str]) -> str | None:
    """No such module of ours, or an option that its source does not name."""
    if module == "pip":
        return None
    path = ROOT / module.replace(".", "/")
    files = [path.with_suffix(".py")] if path.with_suffix(".py").exists() else sorted(path.glob("*.py"))
    if not files or (path.is_dir() and not (path / "__main__.py").exists()):
        return f"there is no module {module}"
    source = "".join(one.read_text(encoding="utf-8") for one in files)
    missing = [word for word in words if word.startswith("--") and f'"{word}"' not in source]
    return f"{module} has no {', '.join(missing)}" if missing else None


def wrong_files(words: list[str]) -> str | None:
    gone = [word for word in words if word.endswith(".py") and not (ROOT / word).exists()]
    return f"there is no {', '.join(gone)}" if gone else None


def wrong_in_text(command: list[str]) -> str | None:
    """What is wrong in a command that a sentence names: it may leave out values, write them in capitals, or list them with |."""
    program, *rest = command
    if program == "make" and rest:
        return wrong_target(rest) if re.fullmatch(r"[a-z][a-z-]+", rest[0]) else None
    if program in ("python", ".venv/bin/python") and rest[:1] == ["-m"]:
        return wrong_module(rest[1], rest[2:]) if rest[1] != "pytest" else wrong_files(rest[2:])
    if program not in ("escucha", ".venv/bin/escucha") or not rest or rest[0].isupper():
        return None
    return wrong_words([word.strip("[]") for word in rest])


def wrong_words(words: list[str]) -> str | None:
    """The subcommand, choice or option that the real parser does not have."""
    one = the_parser()
    places = [action for action in one._actions if not action.option_strings]
    while words and not words[0].startswith("-"):
        word, *words = words
        allowed = places.pop(0).choices if places else None
        if allowed and (unknown := [each for each in word.split("|") if each not in allowed and not each.isupper()]):
            return f"{one.prog} has no {', '.join(unknown)}"
        if word in (below := subcommands(one)):
            one = below[word]
            places = [action for action in one._actions if not action.option_strings]
    missing = [word for word in words if word.startswith("--") and word.partition("=")[0] not in one._option_string_actions]
    return f"{one.prog} has no {', '.join(missing)}" if missing else None


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_command_of_a_block_can_be_typed_as_it_stands(path: Path) -> None:
    """`escucha: command not found`: many blocks named the command of an activated shell, and `git clone ADDRESS` was one."""
    found = {" ".join(command): wrong_with(command) for command in typed(path.read_text(encoding="utf-8"))}
    assert {command: fault for command, fault in found.items() if fault} == {}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_command_that_a_sentence_names_exists(path: Path) -> None:
    found = {" ".join(command): wrong_in_text(command) for command in mentioned(path.read_text(encoding="utf-8"))}
    assert {command: fault for command, fault in found.items() if fault} == {}


@pytest.mark.parametrize("path", CATALOGUES, ids=name)
def test_every_command_that_a_spanish_sentence_names_exists(path: Path) -> None:
    with path.open("rb") as file:
        said = [str(one.string) for one in read_po(file, locale="es") if one.id]
    found = {" ".join(command): wrong_in_text(command) for text in said for command in mentioned(text)}
    assert {command: fault for command, fault in found.items() if fault} == {}


def test_most_commands_of_the_product_are_in_a_block_or_a_sentence() -> None:
    texts = [path.read_text(encoding="utf-8") for path in PAGES if name(path) != "docs/reference/cli.md"]
    blocks = [command for text in texts for command in typed(text)]
    said = {command[1] for text in texts for command in [*typed(text), *mentioned(text)] if command[0].endswith("escucha") and command[1:]}
    assert len(blocks) > 70
    assert set(ORDER) - said == {"up"}, "which make run calls"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("escucha verify", "escucha is no program of a fresh checkout"),
        (".venv/bin/escucha verfy", "escucha has no verfy"),
        (".venv/bin/escucha export post", "escucha export has no post"),
        (".venv/bin/escucha export posts --sinc 1", "escucha export has no --sinc"),
        (".venv/bin/escucha check --source", "the parser refuses check --source"),
        (".venv/bin/escucha status | less", "less is no program"),
        ("git clone ADDRESS escucha", "the address of the repository"),
        ("make instal", "make does not know instal"),
        ("make score GOOLD=ours.jsonl", "make does not know GOOLD=ours.jsonl"),
        (".venv/bin/python -m tools.translations ca", "there is no module tools.translations"),
        (".venv/bin/python -m workshop.translations ca --ad", "workshop.translations has no --ad"),
        (".venv/bin/python -m pytest -n 0 tests/unit/gone.py", "there is no tests/unit/gone.py"),
    ],
)
def test_a_wrong_command_is_found(line: str, fault: str) -> None:
    faults = [wrong_with(command) for command in typed(f"Type\n\n```\nA=b {line}   # so\n```\n")]
    assert next(one for one in faults if one).startswith(fault)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("escucha forgt", "escucha has no forgt"),
        ("escucha token make|lst", "escucha token has no lst"),
        ("escucha subject SOURCE:AUTHOR forget", "escucha subject has no forget"),
        ("escucha report --kinds weekly", "escucha report has no --kinds"),
        ("escucha user NAME --role reader|agent", None),
        ("make score-gates", "make does not know score-gates"),
    ],
)
def test_a_wrong_command_in_a_sentence_is_found(code: str, fault: str | None) -> None:
    assert [wrong_in_text(command) for command in mentioned(f"Then `{code}` does it.")][:1] == [fault]
