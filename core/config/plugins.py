"""Load plug-ins by name and validate their tables in the profile.

A plug-in is a collector, a question or a contact centre: a folder with a manifest (`core.parts`).
"""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any, Literal, overload

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from core.config.key_problems import ProfileRefusedError, problems_of
from core.config.shapes import words_of
from core.config.source_options import SourceOptions
from core.errors import ConfigurationError
from core.parts import ROOT, folder_of, manifests
from core.records import Options
from core.text import brief

__all__ = [
    "ROOT",
    "Secrets",
    "explain_validation",
    "load_options",
    "load_plugin",
    "load_reply_plugin",
    "load_reply_secrets",
    "load_secrets",
    "path_of",
    "plugin_names",
]

MOST_TOLD = 8
"""Mistakes that one message lists."""


ESCUCHA = "ESCUCHA_"
"""How the names of the variables begin."""


class Secrets(BaseSettings):
    """Read the secrets of a plug-in from the environment.

    Each field is one variable: `ESCUCHA_` and the field's name in capitals.
    """

    # an empty variable counts as unset: files of settings list unused variables as empty
    model_config = SettingsConfigDict(env_prefix=ESCUCHA, env_ignore_empty=True, frozen=True, extra="ignore")


def plugin_names(room: str) -> list[str]:
    """List the plug-ins of a room by the names used in profiles.

    >>> plugin_names("contact_centre")
    ['django_helpdesk', 'email', 'open311', 'rt', 'zammad']
    """
    return sorted(manifests(room))


def path_of(room: str, name: str) -> str:
    """Return the folder of a plug-in in the repository."""
    return f"{folder_of(room, name).relative_to(ROOT).as_posix()}/"


def _module(room: str, name: str) -> str:
    return ".".join(folder_of(room, name).relative_to(ROOT).parts)


def load_plugin(room: str, name: str, where: str) -> ModuleType:
    """Load the module of a plug-in, untyped.

    `core.config.protocols` loads the same module with its type.

    Raises:
        ConfigurationError: there is no such plug-in; the message lists those that exist.
    """
    if name not in manifests(room):
        raise ConfigurationError(
            f"{where}: there is no {room} plug-in '{brief(name)}'; known: {', '.join(plugin_names(room))} (each a folder with a part.toml)"
        )
    return import_module(_module(room, name))


@overload
def load_options(room: Literal["collectors"], name: str, table: Mapping[str, object], where: str) -> SourceOptions: ...


@overload
def load_options(room: str, name: str, table: Mapping[str, object], where: str) -> Options: ...


def load_options(room: str, name: str, table: Mapping[str, object], where: str) -> Options:
    """Validate the table of a plug-in in the profile.

    Raises:
        ConfigurationError: unknown key or wrong value; the message names file, key and what is allowed.
    """
    kind: type[Options] = load_plugin(room, name, where).Options
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        raise ProfileRefusedError(explain_validation(error, where, kind), problems_of(error)) from None


def load_reply_plugin(name: str) -> ModuleType | None:
    """Load the `reply.py` of a collector.

    Returns None when answers to this network are copied by hand.
    """
    if name not in manifests("collectors") or not (folder_of("collectors", name) / "reply.py").exists():
        return None
    return import_module(f"{_module('collectors', name)}.reply")


def load_reply_secrets(name: str, prefix: str = ESCUCHA) -> Secrets | list[str] | None:
    """Load the secrets that a collector's `reply.py` needs for writing.

    `prefix`: how the names of the variables begin.

    Returns:
        The secrets; a list of the variables to set when some are missing; None when it needs none.
    """
    part = load_reply_plugin(name)
    return None if part is None else _secrets_of(part, f"collectors/{name}/reply.py", prefix)


def load_secrets(room: str, name: str, where: str, prefix: str = ESCUCHA) -> Secrets | list[str] | None:
    """Load the secrets of a plug-in.

    `prefix`: how the names of the variables begin.

    Returns:
        The secrets; a list of the variables to set when some are missing or cannot be parsed (never their values); None when the plug-in
        needs none.
    """
    return _secrets_of(load_plugin(room, name, where), path_of(room, name), prefix)


def _secrets_of(part: ModuleType, file: str, prefix: str) -> Secrets | list[str] | None:
    kind: type[Secrets] | None = getattr(part, "Secrets", None)
    if kind is None or kind is Secrets:
        return None
    try:
        return kind(_env_prefix=prefix)
    except SettingsError as error:  # the message names the field, and never the value
        return [_to_set(file, prefix, str(error).split('"')[1], is_readable=False)]
    except ValidationError as error:
        found = [(str(e["loc"][0]), e["type"] != "dict_type" and len(e["loc"]) == 1) for e in error.errors()]
        return list(dict.fromkeys(_to_set(file, prefix, *one) for one in found))


def _to_set(file: str, prefix: str, field: str, is_readable: bool) -> str:
    variable = f"{prefix}{field.upper()}"
    return variable if is_readable else f"{variable} to JSON as `Secrets` in {file} describes it (its value cannot be parsed)"


def explain_validation(error: ValidationError, where: str, kind: type[Any], tables: Mapping[str, type[Any]] | None = None) -> str:
    """Format a validation error: where, which key, what is allowed.

    Args:
        tables: the model of each nested table, to list its keys.
    """
    found = []
    for e in error.errors()[:MOST_TOLD]:
        key = ".".join(_printed(part) for part in e["loc"]) if e["loc"] else "(table)"
        parents = [part for part in e["loc"][:-1] if isinstance(part, str)]
        table = next((tables[path] for path in (".".join(parents), *parents[:1]) if tables and path in tables), kind)
        if e["type"] == "extra_forbidden":
            allowed = (field.alias or name for name, field in table.model_fields.items() if name != "path")
            found.append(f"unknown key '{key}' (allowed: {', '.join(allowed)})")
        elif e["type"] == "missing":
            found.append(f"key '{key}' is missing")
        else:
            found.append(f"key '{key}': {_words_of(e)} (got {str(e['input'])[:60]!r})")
    if error.error_count() > MOST_TOLD:
        found.append(f"and {error.error_count() - MOST_TOLD} more")
    return f"{where}: {'; '.join(found)}"


def _printed(part: str | int) -> str:
    """Return a part of a key as a terminal can show it."""
    shown = brief(str(part)) or '""'
    return shown if shown.isprintable() else repr(shown)[1:-1]


def _words_of(error: ErrorDetails) -> str:
    """Say what is wrong, a form by an example."""
    words = words_of(error["ctx"]["pattern"]) if error["type"] == "string_pattern_mismatch" else None
    return brief(words or error["msg"])
