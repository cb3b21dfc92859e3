"""Read the sections of the profile as the settings pages show them."""

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from core.config.city import City
from core.config.overlay import INNER, LIST_KEYS, NEEDED, ROOMS, SECTIONS, TOP_KEYS, as_items, item_key
from core.config.plugins import load_options, load_plugin
from core.errors import ChangeRefusedError
from core.records import Options
from desk.pages.admin.settings.fields import MODELS, Shown, shown_values, wanted_table
from desk.state import Desk
from pipeline.city import profile

NAME_TAKEN = "There is one of this name already. Please choose another name."
NEW: dict[str, dict[str, Any]] = {"departments": {"name": "", "topics": ()}, "templates": {"name": "", "language": "", "text": ""}}
"""Values that a new item has no default for."""


def section_of(request: Request) -> str:
    """Return the section that an address names."""
    name = str(request.path_params["section"])
    if name not in SECTIONS:
        raise HTTPException(404)
    return name


def item_of(request: Request) -> str | None:
    """Return the item of an address; empty: a new one; None: none."""
    asked = request.query_params
    return "" if "new" in asked else asked.get("item")


def models_of(desk: Desk, name: str) -> dict[str, Options]:
    """Return a section's model, or those of its items by their names."""
    city = desk.context.city
    if name in TOP_KEYS:
        return {"": city}
    if name in INNER:
        return {"": _plugin_options(city, name)}
    value = getattr(city, name)
    if name not in LIST_KEYS:
        return {"": value}
    return {item_key(name, one.model_dump()): one for one in value}


def _plugin_options(city: City, name: str) -> Options:
    """Return the options of a plug-in.

    What it needs is empty where its table is missing.
    """
    outer, inner = INNER[name]
    table = getattr(city, outer).get(inner)
    if table is None and name in NEEDED:
        kind: type[Options] = load_plugin(ROOMS[outer], inner, "").Options
        return kind.model_construct(None, **{NEEDED[name]: ()})
    return load_options(ROOMS[outer], inner, table or {}, str(city.path))


def blank(desk: Desk, name: str, language: str) -> dict[str, Shown]:
    """Return the values that the form of a new item begins with."""
    values = shown_values(name, MODELS[name].model_construct(**NEW[name]), language)
    return values | ({"language": desk.context.city.languages[0]} if name == "templates" else {})


def wanted(desk: Desk, name: str, item: str | None, typed: Mapping[str, Shown], language: str) -> Any:
    """Return the section as typed, as the file would hold it.

    Raises:
        ChangeRefusedError: a new item has the name of another one.
    """
    table, models = profile.section_in_force(desk.context, name), models_of(desk, name)
    key = item or ""
    before = shown_values(name, models[key], language) if key in models else {}
    items = as_items(name, table)
    if name not in LIST_KEYS:
        return wanted_table(name, items, before, typed, language)
    changed = wanted_table(name, items.get(key, {}), before, typed, language)
    if not key and item_key(name, changed) in items:
        raise ChangeRefusedError(NAME_TAKEN)
    return list({**items, key or item_key(name, changed): changed}.values())


def without(desk: Desk, name: str, item: str | None) -> Any:
    """Return a list of the profile without one item."""
    items = as_items(name, profile.section_in_force(desk.context, name))
    return [one for key, one in items.items() if key != item]
