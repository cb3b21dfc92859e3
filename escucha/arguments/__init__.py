"""Define the command line: one file for each group of commands."""

import argparse
import os
from pathlib import Path

from escucha.arguments.checks import add_checks
from escucha.arguments.common import Command, refuse_source
from escucha.arguments.data import add_erasure, add_export, add_set_up, add_webhooks
from escucha.arguments.models import add_label, add_models, add_prove, add_thresholds
from escucha.arguments.programs import add_programs, add_upkeep
from escucha.arguments.staff import add_audit, add_user
from escucha.arguments.steps import add_steps
from escucha.commands import gazetteer

GROUPS = (
    add_steps, add_programs, add_label, add_models, add_thresholds, add_prove, add_checks, add_upkeep,
    add_webhooks, add_export, add_erasure, add_set_up,
)  # fmt: skip
"""List the groups of commands in the order of `escucha --help`."""


def parser() -> argparse.ArgumentParser:
    """Build the command-line parser."""
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

    for group in GROUPS:
        group(add)
    gazetteer.add_to(sub)
    add_user(add)
    add_audit(add)
    refuse_source(sub.choices.values())
    return top
