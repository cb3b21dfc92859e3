"""Describe the fields of a pydantic model: key, kind of value, default, and the sentence under it in the source."""

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
_LIMITS = (
    ("ge", "at least"),
    ("gt", "above"),
    ("le", "at most"),
    ("lt", "below"),
)


class Row(NamedTuple):
    """One field as the page shows it."""

    name: str
    kind: str
    default: str
    meaning: str


def rows(model: type[BaseModel]) -> list[Row]:
    """Return the fields of a model in the order of the source."""
    said = sentences(model)
    return [
        Row(field.alias or name, kind_of(field), default_of(field), said.get(name, ""))
        for name, field in model.model_fields.items()
    ]


def sentences(model: type[Any]) -> dict[str, str]:
    """Return the string under each field, of the class and those it inherits from."""
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
        said = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else None
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and isinstance(said, str):
            found[node.target.id] = " ".join(said.split())
    return found


def kind_of(field: FieldInfo) -> str:
    """Return the kind of value in words, with its limits."""
    limits = [f"{word} {getattr(one, name)}" for one in field.metadata for name, word in _LIMITS if hasattr(one, name)]
    limits += [f"at least {one.min_length} characters" for one in field.metadata if hasattr(one, "min_length")]
    return ", ".join([annotation(field.annotation), *map(_plain, limits)])


def annotation(kind: Any) -> str:
    """Return a type annotation in words."""
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
    """Return the default as the profile or the environment writes it; `needed` where there is none."""
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
    """Return hours up to two days, for they may be working hours; else days."""
    hours = value.total_seconds() / 3600
    if value > timedelta(days=2) and hours % 24 == 0:
        return f"P{value.days}D"
    return f"PT{hours:.0f}H" if hours == int(hours) else f"PT{hours * 60:.0f}M"


def _plain(limit: str) -> str:
    return limit.replace(" 0:00:00", " zero")
