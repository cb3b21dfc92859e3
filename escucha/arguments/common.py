"""Share what the definitions of all commands use."""

import argparse
from collections.abc import Callable, Iterable

Command = Callable[[argparse.Namespace], int]
"""Run a command with its parsed arguments and return the exit code."""

Add = Callable[[str, str, Command], argparse.ArgumentParser]
"""Add a command by name, description and function."""


class RefusedSource(argparse.Action):
    """Refuse `--source` for commands that work on all sources.

    Ignoring it silently would apply to every source what was meant for one.
    """

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Exit with code 2; the message names the commands which take it."""
        parser.error(
            f"{parser.prog} works on all sources at once: remove --source (only collect, check and cost take it)"
        )


def refuse_source(commands: Iterable[argparse.ArgumentParser]) -> None:
    """Refuse `--source` with a message wherever a command does not take it."""
    for one in commands:
        if "--source" not in one._option_string_actions:
            one.add_argument("--source", action=RefusedSource, help=argparse.SUPPRESS)
