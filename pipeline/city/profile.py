"""Change the profile from the desk: check, store, audit, undo.

The file of the profile is never written (`core.config.overlay`). A change is in force for every step from its next start on, and for
desk and portal at once.
"""

from collections.abc import Sequence
from typing import Any

from core.config.city import City, read_table
from core.config.overlay import (
    SECTIONS,
    Overlay,
    Patch,
    ProfileChange,
    as_items,
    difference,
    differences,
    lay_over,
    patched,
    profile_name,
    section_of,
)
from core.errors import ChangeRefusedError, ConfigurationError
from ledger import read
from ledger.system import profile_changes as store
from pipeline.city.overlay import overlay_of
from pipeline.context import Context, now

NOTHING_CHANGED = "Nothing was changed: these are the values in force."
LONGEST_VALUE = 300
"""Characters of a value in the audit log; the page of the section shows all of it."""


def section_in_force(context: Context, section: str) -> Any:
    """Return a section in force, as the profile's file would hold it."""
    patch = {} if section in context.overlay_problems else context.overlay.sections.get(section, {})
    return patched(section, _shipped(context, section), patch)


def _shipped(context: Context, section: str) -> Any:
    return section_of(read_table(context.city_path), section)


def tried(context: Context, section: str, wanted: Any) -> City:
    """Return the profile as it would be with another section.

    Args:
        context: the open context.
        section: one of `SECTIONS`.
        wanted: the section as the profile's file would hold it.

    Raises:
        ConfigurationError: it is wrong; names key and what is allowed, as `escucha check` does.
    """
    return _checked(context, section, difference(section, _shipped(context, section), wanted))


def change(context: Context, section: str, wanted: Any, seen: int, who: str, why: str = "") -> bool:
    """Store a section of the profile as it shall be.

    Returns False when this very change is stored already (a form sent twice).

    Args:
        context: the open context; its profile has the change afterwards.
        section: one of `SECTIONS`.
        wanted: the section as the profile's file would hold it.
        seen: the revision that the person looked at; 0: as in the file.
        who: the person.
        why: shown in history and audit.

    Raises:
        ConfigurationError: it is wrong, or changes nothing.
        StaleError: the section has another revision by now.
    """
    patch = difference(section, _shipped(context, section), wanted)
    return _store(context, section, patch, seen, who, why.strip(), "change settings")


def undo(context: Context, section: str, revision: int, seen: int, who: str) -> bool:
    """Set a section back to before one of its changes.

    Raises:
        ConfigurationError: there is no such change, or the profile does not allow the values any more.
        StaleError: the section has another revision by now.
    """
    name = profile_name(context.city_path)
    if section not in SECTIONS or read.profile_change(context.ledger, name, section, revision) is None:
        raise ChangeRefusedError("There is no such change: reload the page.")
    before = read.profile_change(context.ledger, name, section, revision - 1)
    patch = {} if before is None else before.patch
    return _store(context, section, patch, seen, who, f"#{revision}", "undo settings")


def _store(context: Context, section: str, patch: Patch, seen: int, who: str, why: str, what: str) -> bool:
    if section not in SECTIONS:
        raise ConfigurationError(f"[{section}] cannot be changed on the desk")
    if patch:
        _checked(context, section, patch)
    shipped = _shipped(context, section)
    before = overlay_of(context.ledger, context.city_path).sections.get(section, {})
    found = differences(section, patched(section, shipped, before), patched(section, shipped, patch))
    made = ProfileChange(
        profile=profile_name(context.city_path),
        section=section,
        revision=seen + 1,
        patch=patch,
        differences=found,
        who=who,
        why=why,
        at=now(),
    )
    if not found and seen == revision_of(context, section):
        raise ChangeRefusedError(NOTHING_CHANGED)
    stored = store.store_change(context.ledger, made, what, "; ".join([*map(_shown, found), *([why] if why else [])]))
    context.refresh()
    return stored


def revision_of(context: Context, section: str) -> int:
    """Return the number of a section's newest change; 0: none."""
    return overlay_of(context.ledger, context.city_path).revisions.get(section, 0)


def _checked(context: Context, section: str, patch: Patch) -> City:
    """Return the profile with this patch of a section.

    Raises:
        ConfigurationError: the profile does not allow it.
    """
    sections = overlay_of(context.ledger, context.city_path).sections | {section: patch}
    laid = lay_over(read_table(context.city_path), context.city_path, Overlay(sections=sections))
    if section in laid.problems:
        raise laid.problems[section]
    return laid.city


def history(context: Context, section: str) -> Sequence[ProfileChange]:
    """Return the changes of a section, newest first."""
    return read.profile_changes(context.ledger, profile_name(context.city_path), section)


def changed_keys(context: Context, section: str) -> frozenset[str]:
    """Name the keys, or items, that differ from the file."""
    shipped = as_items(section, _shipped(context, section))
    in_force = as_items(section, section_in_force(context, section))
    return frozenset(key for key in {**shipped, **in_force} if shipped.get(key) != in_force.get(key))


def _shown(one: tuple[str, Any, Any]) -> str:
    key, old, new = one
    return f"{key}: {_value(old)} > {_value(new)}"


def _value(value: Any) -> str:
    return "–" if value is None else str(value)[:LONGEST_VALUE]
