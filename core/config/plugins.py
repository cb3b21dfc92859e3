"""Find the parts of a room (collectors, questions, contact centres) by module name, and check their tables in the profile."""

import pkgutil
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, overload

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from core.config.source_options import SourceOptions
from core.errors import ConfigurationError
from core.records import Options

ROOT = Path(__file__).resolve().parents[2]


class Secrets(BaseSettings):
    """What a part needs from the environment: each field is one variable, `ESCUCHA_` and the field's name in capitals."""

    # a variable that is set and empty is not set: files of settings list them so
    model_config = SettingsConfigDict(env_prefix="ESCUCHA_", env_ignore_empty=True, frozen=True, extra="ignore")


FOLDERS = {"nlp": "nlp.questions"}
"""Where a room keeps its parts, if not in its own folder."""


def part_names(room: str) -> list[str]:
    """List the names of a room's parts, as a profile writes them."""
    return sorted(_modules(room))


def _modules(room: str) -> dict[str, str]:
    """Map the name of each part to its module: a file or folder with an `Options` class; `NAME` overrides the file name."""
    package = FOLDERS.get(room, room)
    folder, found = ROOT.joinpath(*package.split(".")), {}
    for module in pkgutil.iter_modules([str(folder)]):
        file = folder / module.name / "__init__.py" if module.ispkg else folder / f"{module.name}.py"
        text = file.read_text(encoding="utf-8")
        if "\nclass Options(" in text:
            named = re.search(r'^NAME = "(\w+)"$', text, re.MULTILINE)
            found[named[1] if named else module.name] = f"{package}.{module.name}"
    return found


def path_of(room: str, name: str) -> str:
    """Say where a part is: its file, or its folder."""
    path = _modules(room)[name].replace(".", "/")
    return f"{path}/" if (ROOT / path).is_dir() else f"{path}.py"


def load_part(room: str, name: str, where: str) -> ModuleType:
    """Load the part's module; `core.config.protocols` loads the same with its type.

    Raises:
        ConfigurationError: there is no such part; the message names those there are.
    """
    known = _modules(room)
    if name not in known:
        raise ConfigurationError(f"{where}: there is no {room} part '{name}'; known: {', '.join(sorted(known))}")
    return import_module(known[name])


@overload
def load_options(room: Literal["collectors"], name: str, table: Mapping[str, object], where: str) -> SourceOptions: ...


@overload
def load_options(room: str, name: str, table: Mapping[str, object], where: str) -> Options: ...


def load_options(room: str, name: str, table: Mapping[str, object], where: str) -> Options:
    """Check the part's table of the profile.

    Raises:
        ConfigurationError: unknown key or wrong value; the message names file, key and what is allowed.
    """
    kind: type[Options] = load_part(room, name, where).Options
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        raise ConfigurationError(explain_validation(error, where, kind)) from None


def load_secrets(room: str, name: str, where: str) -> Secrets | list[str] | None:
    """The part's secrets; the variables to set when some are missing or cannot be read (never what they hold); None when it needs none."""
    kind: type[Secrets] | None = getattr(load_part(room, name, where), "Secrets", None)
    if kind is None or kind is Secrets:
        return None
    try:
        return kind()
    except SettingsError as error:  # its words name the field, and nothing of the value
        return [_to_set(path_of(room, name), str(error).split('"')[1], is_readable=False)]
    except ValidationError as error:
        found = [(str(e["loc"][0]), e["type"] != "dict_type" and len(e["loc"]) == 1) for e in error.errors()]
        return list(dict.fromkeys(_to_set(path_of(room, name), *one) for one in found))


def _to_set(file: str, field: str, is_readable: bool) -> str:
    variable = f"ESCUCHA_{field.upper()}"
    return (
        variable
        if is_readable
        else f"{variable} to JSON as `Secrets` in {file} shows it (what it holds cannot be read)"
    )


def explain_validation(
    error: ValidationError, where: str, kind: type[Any], tables: Mapping[str, type[Any]] | None = None
) -> str:
    """A validation error in one sentence: where, which key, what is allowed there (`tables`: what stands in which table)."""
    found = []
    for e in error.errors():
        key = ".".join(str(part) for part in e["loc"]) or "(table)"
        table = (tables or {}).get(str(e["loc"][0]), kind) if len(e["loc"]) > 1 else kind
        if e["type"] == "extra_forbidden":
            found.append(
                f"unknown key '{key}' (allowed: {', '.join(field.alias or name for name, field in table.model_fields.items())})"
            )
        elif e["type"] == "missing":
            found.append(f"key '{key}' is missing")
        else:
            found.append(f"key '{key}': {e['msg']} (got {str(e['input'])[:60]!r})")
    return f"{where}: {'; '.join(found)}"
