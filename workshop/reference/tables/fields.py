"""Describe the fields of a pydantic model.

A field has key, kind of value, default, and the docstring under it in the source.
"""

import ast
import inspect
import json
import textwrap
import types
from collections.abc import Mapping
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, TypeAdapter
from pydantic.fields import FieldInfo

_KINDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    timedelta: "ISO 8601 duration",
    time: "time of day",
    date: "date",
    Path: "path",
    SecretStr: "secret",
    Any: "any",
}
_LIMITS = (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below"))


class Row(NamedTuple):
    """Describe one field for the page."""

    name: str
    kind: str
    default: str
    meaning: str


def rows(model: type[BaseModel]) -> list[Row]:
    """Return the fields of a model in source order."""
    meanings = sentences(model)
    return [
        Row(field.alias or name, kind_of(field), default_of(field), meanings.get(name, "")) for name, field in model.model_fields.items()
    ]


def sentences(model: type[Any]) -> dict[str, str]:
    """Return the docstring of each field, inherited fields included."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if one.__module__.startswith(("pydantic", "builtins", "typing", "abc")):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(one))).body[0]
        found |= _under_fields(body) if isinstance(body, ast.ClassDef) else {}
    return found


def _under_fields(body: ast.ClassDef) -> dict[str, str]:
    found = {}
    for node, after in pairwise(body.body):
        meanings = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else None
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and isinstance(meanings, str):
            found[node.target.id] = " ".join(meanings.split())
    return found


def kind_of(field: FieldInfo) -> str:
    """Describe the kind of value with its limits."""
    limits = [f"{word} {getattr(one, name)}" for one in field.metadata for name, word in _LIMITS if hasattr(one, name)]
    limits += [f"at least {one.min_length} characters" for one in field.metadata if hasattr(one, "min_length")]
    return ", ".join([annotation(field.annotation), *map(_without_time, limits)])


def annotation(kind: Any) -> str:
    """Describe a type annotation.

    >>> annotation(list[int]), annotation(str | None)
    ('list of: whole number', 'text')
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return annotation(inner[0])
    if origin is Literal:
        return " ".join(f"`{one}`" for one in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(annotation(one) for one in inner if one is not type(None))
    if origin in (tuple, list, set, frozenset) or (isinstance(origin, type) and issubclass(origin, (tuple, list))):
        return f"list of: {annotation(inner[0])}"
    if origin is dict or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return f"table: {annotation(inner[0])} = {annotation(inner[1])}"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return "table"
    return _KINDS.get(kind, getattr(kind, "__name__", str(kind)))


def default_of(field: FieldInfo) -> str:
    """Format the default as in profile or environment; `needed` if required."""
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    if value is None or value == "" or isinstance(value, BaseModel):
        return ""
    if isinstance(value, timedelta):
        return f"`{_duration(value)}`"
    shown = TypeAdapter(Any).dump_python(value, mode="json")
    text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
    return "" if text in ("{}", "[]") else f"`{text}`"


def _duration(value: timedelta) -> str:
    """Format a duration: hours up to two days, else days.

    Up to two days it may be working hours.

    >>> _duration(timedelta(hours=48)), _duration(timedelta(days=7))
    ('PT48H', 'P7D')
    """
    hours = value.total_seconds() / 3600
    if value > timedelta(days=2) and hours % 24 == 0:
        return f"P{value.days}D"
    return f"PT{hours:.0f}H" if hours == int(hours) else f"PT{hours * 60:.0f}M"


def _without_time(limit: str) -> str:
    return limit.replace(" 0:00:00", " zero")
