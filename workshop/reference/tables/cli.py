"""Generate the page of the command line from the argument parser."""

import argparse
import os
from collections.abc import Iterator

from escucha.parser import parser
from workshop.reference.tables.markdown import GENERATED, code, table


def page() -> str:
    """Return docs/reference/cli.md."""
    parts = [GENERATED, "# The command line\n", INTRODUCTION, _overview()]
    parts += [_command(name, one) for name, one in _commands()]
    return "\n".join(parts)


INTRODUCTION = """\
`escucha COMMAND [options]`; `escucha --version` names the version. Results go to standard output, progress and the log to
standard error. Every command takes `--city FILE`, the [profile](profile.md) (default: `ESCUCHA_CITY`, else
`cities/madrid.toml`). Settings and secrets come from the [environment](environment.md). How a command ends: [exit codes](exit-codes.md).
"""


def _commands() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in _parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def _parser() -> argparse.ArgumentParser:
    """Build the parser without ESCUCHA_CITY.

    The default of --city must not be that of this machine.
    """
    here = os.environ.pop("ESCUCHA_CITY", None)
    try:
        return parser()
    finally:
        if here is not None:
            os.environ["ESCUCHA_CITY"] = here


def _overview() -> str:
    rows = [(f"[`{name}`](#escucha-{name})", _first(one.description or "")) for name, one in _commands()]
    return table(("command", "what it does"), rows)


def _first(description: str) -> str:
    return description.split(". ")[0].rstrip(".").replace("`", "")


def _command(name: str, command: argparse.ArgumentParser) -> str:
    description = command.description or ""
    rows = [(_spelling(action), _meaning(action)) for action in command._actions if _is_shown(action)]
    body = table(("argument", "meaning"), rows) if rows else ""
    return f"## `escucha {name}`\n\n{description[:1].upper()}{description[1:]}\n\n{body}".rstrip() + "\n"


def _is_shown(action: argparse.Action) -> bool:
    return action.help is not argparse.SUPPRESS and action.dest not in ("help", "city")


def _spelling(action: argparse.Action) -> str:
    value = _value(action)
    if not action.option_strings:
        return code(value)
    return ", ".join(code(f"{option} {value}".strip()) for option in action.option_strings)


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.choices is not None:
        name = "|".join(str(one) for one in action.choices)
    else:
        metavar = action.metavar if isinstance(action.metavar, str) else None
        name = metavar or (action.dest.upper() if action.option_strings else action.dest)
    return {"?": f"[{name}]", "*": f"[{name} ...]", "+": f"{name} ..."}.get(str(action.nargs), name)


def _meaning(action: argparse.Action) -> str:
    description = (action.help or "").replace("%(default)s", str(action.default))
    needed = "needed" if action.option_strings and action.required else ""
    default = f"default: {code(str(action.default))}" if action.choices is not None and action.default else ""
    return "; ".join(part for part in (description, needed, default) if part)
