"""Define the command line: one file for each group of commands."""

import argparse
import os
from argparse import _SubParsersAction
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from escucha.arguments.common import Add, Command, refuse_source
from escucha.arguments.label import add_label


def parser(argv: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Build the command-line parser.

    `argv`: what it will parse. For `label` no other command is defined: importing what they need takes longer than labelling a hundred
    posts.
    """
    top = argparse.ArgumentParser(
        prog="escucha", description="Listen to what people say in public about their city, and follow it up."
    )
    common = argparse.ArgumentParser(add_help=False)
    default = os.environ.get("ESCUCHA_CITY", "cities/madrid.toml")
    common.add_argument(
        "--city", type=Path, default=Path(default), help="the profile (default: %(default)s, or ESCUCHA_CITY)"
    )
    sub = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, words: str, command: Command) -> argparse.ArgumentParser:
        summary = words.split(". ")[0].split(" (")[0].rstrip(".").replace("%", "%%")  # argparse fills in %-fields
        one = sub.add_parser(name, parents=[common], help=summary, description=words)
        one.set_defaults(call=command)
        return one

    if argv and argv[0] == "label":
        add_label(add)
    else:
        _add_all(add, sub)
    refuse_source(sub.choices.values())
    return top


def _add_all(add: Add, sub: "_SubParsersAction[Any]") -> None:
    """Add all commands, in the order of `escucha --help`."""
    from escucha.arguments.checks import add_checks
    from escucha.arguments.data import add_erasure, add_export, add_outbox, add_set_up, add_webhooks
    from escucha.arguments.models import add_models, add_prove, add_thresholds
    from escucha.arguments.programs import add_programs, add_upkeep
    from escucha.arguments.staff import add_audit, add_user
    from escucha.arguments.steps import add_steps
    from escucha.commands import gazetteer

    for group in (
        add_steps, add_programs, add_label, add_models, add_thresholds, add_prove, add_checks, add_upkeep,
        add_outbox, add_webhooks, add_export, add_erasure, add_set_up,
    ):  # fmt: skip
        group(add)
    gazetteer.add_to(sub)
    add_user(add)
    add_audit(add)
