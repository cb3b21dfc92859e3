"""Lay what administrators changed over the profile of a city.

The desk never writes the file of the profile. Each section that staff may change has a patch: the keys that differ from the file. It is
laid over the file whenever the profile is loaded, so an unchanged key follows the file, and an update of the product loses no change. The
ledger keeps every change; `ESCUCHA_HOME/settings/CITY.json` is a copy of the newest ones, for the DAG files and the commands that open no
ledger.

A patch that the profile does not allow any more, such as after an update, is left out and named: the section of the file is used.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field, ValidationError

from core.config.city import City, city_of, read_table
from core.config.key_problems import ProfileRefusedError
from core.config.plugins import load_options
from core.errors import ChangeRefusedError, ConfigurationError
from core.records import Record, UtcDatetime

Patch = dict[str, Any]
"""Keys of a section with their new values; None: the key is removed, so that its default holds."""
TOP_KEYS: dict[str, tuple[str, ...]] = {"city": ("timezone", "languages", "handles"), "gazetteer": ("gazetteer_folder", "attribution")}
"""Sections that are no table: some keys of the top level."""
INNER: dict[str, tuple[str, str]] = {"relevance": ("questions", "relevance"), "feeds": ("sources", "feeds")}
"""Sections that are the table of a plug-in within another table."""
ROOMS = {"questions": "nlp", "sources": "collectors"}
NEEDED = {"feeds": "feeds"}
"""Sections that are left out of the profile where this key is empty."""
SECTIONS = (
    *("city", "relevance", "working_hours", "departments", "feeds", "gazetteer"),
    *("triage", "templates", "answers", "warnings", "notice"),
)
"""Parts of the profile that staff may change."""
LIST_KEYS: dict[str, tuple[str, ...]] = {"departments": ("name",), "templates": ("name", "language")}
"""Sections that are lists, and the keys that name an item; a patch holds a patch for each item it changes."""
_ABSENT = object()
UNREADABLE = "{file}: cannot be read ({reason})"
DAMAGED = "{file}: damaged; the next step that opens the ledger writes it again"


class ProfileChange(Record):
    """Hold one change of a section, made on the desk."""

    profile: str
    """Name of the profile's file without its ending."""
    section: str
    revision: int
    """Of the section, from 1."""
    patch: Patch
    """What differs from the file after this change; empty: nothing."""
    differences: tuple[tuple[str, Any, Any], ...]
    """Key, value before and value after; None: not set."""
    who: str
    why: str
    at: UtcDatetime


class Overlay(Record):
    """Hold the newest patch of each changed section."""

    revisions: dict[str, int] = Field(default_factory=dict)
    """By section, the number of its newest change."""
    sections: dict[str, Patch] = Field(default_factory=dict)
    """Only those that differ from the file."""

    @staticmethod
    def of(changes: Iterable[ProfileChange]) -> "Overlay":
        """Build it from the newest change of each section."""
        newest = sorted(changes, key=lambda one: one.section)
        return Overlay(
            revisions={one.section: one.revision for one in newest}, sections={one.section: one.patch for one in newest if one.patch}
        )


class Laid(NamedTuple):
    """Hold a profile with its overlay in force."""

    city: City
    overlay: Overlay
    problems: dict[str, ConfigurationError]
    """By section, why its patch is not used; empty name: why the copy of the overlay is not."""

    @property
    def used(self) -> list[str]:
        """Name the sections whose patch is in force."""
        return [one for one in self.overlay.sections if one not in self.problems]


def profile_name(path: Path) -> str:
    """Return the name under which changes of a profile are kept."""
    return path.stem


def load_laid(path: Path, home: Path | None) -> Laid:
    """Load a profile with the copy of its overlay.

    `home`: the state folder; None: the profile as in its file.

    Raises:
        ConfigurationError: the file of the profile is wrong.
    """
    table = read_table(path)
    overlay, problem = (Overlay(), None) if home is None else read_copy(home, path)
    laid = lay_over(table, path, overlay)
    return laid._replace(problems={**laid.problems, "": problem}) if problem else laid


def lay_over(table: Mapping[str, Any], path: Path, overlay: Overlay) -> Laid:
    """Lay an overlay over the table of a profile.

    A section that does not validate is left out and named in `problems`.

    Raises:
        ConfigurationError: the file of the profile is wrong without any overlay.
    """
    city, laid, problems = city_of(table, path), dict(table), dict[str, ConfigurationError]()
    for section, patch in overlay.sections.items():
        try:
            tried = _with_section(laid, section, patch)
            city, laid = _checked(tried, section, path), tried
        except ProfileRefusedError as error:
            problems[section] = _of_section(error.without(f"{path}: "), section)
        except ConfigurationError as error:
            problems[section] = error
    return Laid(city, overlay, problems)


def _with_section(table: Mapping[str, Any], section: str, patch: Patch) -> dict[str, Any]:
    if section not in SECTIONS:
        raise ConfigurationError(f"[{section}] cannot be changed on the desk in this version")
    value = patched(section, section_of(table, section), patch)
    if section in TOP_KEYS:
        return {**{key: one for key, one in table.items() if key not in TOP_KEYS[section]}, **value}
    if section not in INNER:
        return {**table, section: value}
    outer, inner = INNER[section]
    others = {name: one for name, one in table.get(outer, {}).items() if name != inner}
    is_off = section in NEEDED and not value.get(NEEDED[section])
    return {**table, outer: others if is_off else {**others, inner: value}}


def section_of(table: Mapping[str, Any], section: str) -> Any:
    """Return a section as the table of a profile has it.

    None: it has none.

    >>> section_of({"name": "Villa", "handles": ["@villa"]}, "city")
    {'handles': ['@villa']}
    """
    if section in TOP_KEYS:
        return {key: table[key] for key in TOP_KEYS[section] if key in table}
    if section not in INNER:
        return table.get(section)
    outer, inner = INNER[section]
    return table.get(outer, {}).get(inner)


def _checked(table: Mapping[str, Any], section: str, path: Path) -> City:
    """Validate a profile, and the table of a plug-in that was changed."""
    city = city_of(table, path)
    if section in INNER and (value := section_of(table, section)) is not None:
        outer, inner = INNER[section]
        load_options(ROOMS[outer], inner, value, f"{path}: [{outer}.{inner}]")
    return city


def _of_section(error: ProfileRefusedError, section: str) -> ProfileRefusedError:
    """Return it with keys as the section's form names them."""
    if section not in TOP_KEYS and section not in INNER:
        return error
    return ProfileRefusedError(str(error), [one._replace(key=(section, *one.key)) for one in error.problems])


def patched(section: str, value: Any, patch: Patch) -> Any:
    """Return a section of a profile with its patch.

    >>> patched("triage", {"act": 0.8, "reach": 0.9}, {"act": None, "review": 0.4})
    {'reach': 0.9, 'review': 0.4}
    >>> patched("departments", [{"name": "A", "topics": ["noise"]}], {"A": {"queue": "1"}, "B": {"name": "B"}})
    [{'name': 'A', 'topics': ['noise'], 'queue': '1'}, {'name': 'B'}]
    """
    items = as_items(section, value)
    changed = _merged(items, patch)
    return list(changed.values()) if section in LIST_KEYS else changed


def difference(section: str, shipped: Any, wanted: Any) -> Patch:
    """Return the patch that makes one section out of another.

    >>> difference("triage", {"act": 0.8, "reach": 0.9}, {"reach": 0.9, "review": 0.4})
    {'act': None, 'review': 0.4}
    """
    return _difference(as_items(section, shipped), as_items(section, wanted))


def differences(section: str, before: Any, after: Any) -> tuple[tuple[str, Any, Any], ...]:
    """List what changed in a section: key, old and new value.

    >>> differences("triage", {"act": 0.8}, {"review": 0.4})
    (('act', 0.8, None), ('review', None, 0.4))
    """
    return tuple(_leaves("", as_items(section, before), as_items(section, after)))


def as_items(section: str, value: Any) -> dict[str, Any]:
    """Return a section as plain JSON; a list by its items' names.

    >>> as_items("templates", [{"name": "Received", "language": "en"}])
    {'Received/en': {'name': 'Received', 'language': 'en'}}
    """
    plain = json.loads(json.dumps(value, default=str))
    if section in LIST_KEYS:
        return {item_key(section, one): one for one in plain or ()}
    return dict(plain or {})


def item_key(section: str, item: Mapping[str, Any]) -> str:
    """Return the name of an item in the patch of its list."""
    return "/".join(str(item.get(key, "")) for key in LIST_KEYS[section])


def _merged(value: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    merged = dict(value) if isinstance(value, dict) else {}
    for key, new in patch.items():
        if new is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), new)
    return merged


def _difference(shipped: dict[str, Any], wanted: dict[str, Any]) -> Patch:
    patch: Patch = {key: None for key in shipped if key not in wanted}
    for key, value in wanted.items():
        old = shipped.get(key, _ABSENT)
        if isinstance(old, dict) and isinstance(value, dict):
            if nested := _difference(old, value):
                patch[key] = nested
        elif old is _ABSENT or old != value:
            patch[key] = value
    return patch


def _leaves(prefix: str, before: dict[str, Any], after: dict[str, Any]) -> Iterable[tuple[str, Any, Any]]:
    for key in {**before, **after}:
        old, new, name = before.get(key), after.get(key), f"{prefix}{key}"
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _leaves(f"{name}: ", old, new)
        else:
            yield name, old, new


def copy_path(home: Path, path: Path) -> Path:
    """Return where the copy of a profile's overlay is kept."""
    return home / "settings" / f"{profile_name(path)}.json"


def read_copy(home: Path, path: Path) -> tuple[Overlay, ConfigurationError | None]:
    """Read the copy of an overlay.

    Returns it, and what is wrong; None: nothing.
    """
    copy = copy_path(home, path)
    try:
        return Overlay.model_validate_json(copy.read_bytes()), None
    except FileNotFoundError:
        return Overlay(), None
    except OSError as error:
        return Overlay(), ChangeRefusedError(UNREADABLE, file=str(copy), reason=error.strerror or "")
    except (ValidationError, ValueError):
        return Overlay(), ChangeRefusedError(DAMAGED, file=str(copy))


def write_copy(home: Path, path: Path, overlay: Overlay) -> None:
    """Write the copy of an overlay, whole or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    copy = copy_path(home, path)
    copy.parent.mkdir(parents=True, exist_ok=True)
    draft = copy.with_name(f"{copy.name}.{os.getpid()}")
    draft.write_text(overlay.model_dump_json(indent=1) + "\n", encoding="utf-8")
    draft.replace(copy)
