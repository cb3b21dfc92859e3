"""Define the commands.

A file owns the options of its commands and what runs."""

from argparse import Namespace, _ActionsContainer
from collections.abc import Callable
from typing import Any, NamedTuple

Run = Callable[[Namespace], int]
"""Runs a command with its parsed arguments and returns the exit code."""
Option = Callable[[_ActionsContainer], object]
"""Adds an option to a parser, or to a group of one."""


class Command(NamedTuple):
    """Hold what the command line says of a command, and what runs."""

    words: str
    options: tuple[Option, ...]
    run: Run


EACH_TOWN = frozenset(
    """
    collect classify triage warn deliver follow escalate answer notify index alert report forget run prepare verify check status
    watch-scheduler
    """.split()
)
"""Commands that do the same for each town, one after another, unless --city names one."""
ALL_TOWNS = frozenset({"desk", "portal", "up", "clean"})
"""Commands that serve all towns in one process, or clean what they share."""
NO_TOWN = frozenset({"pools", "init", "gazetteer", "towns"})
"""Commands that need no ledger of a city."""

COMMANDS: dict[str, Command] = {}
"""Every command whose file was imported, by name."""


def command(name: str, words: str, *options: Option) -> Callable[[Run], Run]:
    """Define a command by the function below it; `words` describe it."""

    def define(run: Run) -> Run:
        COMMANDS[name] = Command(words, options, run)
        return run

    return define


def option(*names: str, **how: Any) -> Option:
    """Define an option or argument, as `add_argument` of argparse does."""
    return lambda parser: parser.add_argument(*names, **how)


def one_of(*options: Option) -> Option:
    """Define options of which exactly one must be given."""

    def add(parser: _ActionsContainer) -> None:
        group = parser.add_mutually_exclusive_group(required=True)
        for one in options:
            one(group)

    return add


def group(title: str, *options: Option) -> Option:
    """Define options that `--help` shows under a title."""

    def add(parser: _ActionsContainer) -> None:
        below = parser.add_argument_group(title)
        for one in options:
            one(below)

    return add


JSON = option("--json", action="store_true", help="print JSON")
