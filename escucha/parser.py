"""Build the command line from the commands."""

import argparse
import os
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path

from core.version import VERSION
from escucha.commands import COMMANDS

ORDER = """
collect classify triage warn deliver follow escalate answer notify index alert report forget verify run prepare up desk portal
open311-key token mcp label models thresholds prove check cost forecast compare status towns watch-scheduler pools clean outbox webhooks
export erase subject dashboards init rebind gazetteer user audit
""".split()
"""The commands as `escucha --help` lists them."""
FILES = {
    "steps": "collect classify warn deliver follow escalate answer notify index alert forget run",
    "programs": "up desk watch-scheduler",
    "portal": "open311-key token mcp",
    "ledger": "prepare verify export rebind",
    "erasure": "erase subject",
    "status": "webhooks",
    "staff": "user audit",
}
"""Commands that are not in a file of their own name."""


def parser(argv: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Build the command-line parser.

    `argv`: what it will parse. Where it names a command, no other is defined, and for `--version` none is: importing what all need
    takes a second.
    """
    top = argparse.ArgumentParser(prog="escucha", description="Listen to what people say in public about their city, and follow it up.")
    top.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    common = argparse.ArgumentParser(add_help=False)
    default = os.environ.get("ESCUCHA_CITY", "cities/madrid.toml")
    common.add_argument(
        "--city", type=Path, help=f"the profile, or the name of a town of ESCUCHA_TOWNS (default: {default}, or ESCUCHA_CITY)"
    )
    common.set_defaults(profile=Path(default))
    sub = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in _imported(argv):
        words, options, run = COMMANDS[name]
        summary = words.split(". ")[0].split(" (")[0].rstrip(".").replace("%", "%%")  # argparse fills in %-fields
        if name == "gazetteer":  # its --city is the folder that it makes
            one = sub.add_parser(name, help=summary.split(":")[0], description=words)
        else:
            one = sub.add_parser(name, parents=[common], help=summary, description=words)
        one.set_defaults(call=run)
        for add in options:
            add(one)
    _refuse_source(sub.choices.values())
    return top


def _imported(argv: Sequence[str]) -> list[str]:
    """Import the command that will run, all, or none; list their names."""
    if argv and argv[0] == "--version":
        return []
    names = [argv[0]] if argv and argv[0] in ORDER else ORDER
    for name in names:
        file = next((file for file, commands in FILES.items() if name in commands.split()), name)
        import_module(f"escucha.commands.{file}")
    return names


class RefusedSource(argparse.Action):
    """Refuse `--source` for commands that work on all sources.

    Ignoring it silently would apply to every source what was meant for one.
    """

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Exit with code 2; the message names the commands which take it."""
        parser.error(f"{parser.prog} works on all sources at once: remove --source (only collect, check and cost take it)")


def _refuse_source(commands: Iterable[argparse.ArgumentParser]) -> None:
    """Refuse `--source` with a message wherever a command does not take it."""
    for one in commands:
        if "--source" not in one._option_string_actions:
            one.add_argument("--source", action=RefusedSource, help=argparse.SUPPRESS)
