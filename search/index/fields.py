"""Derive the index mapping from the type annotations of a record.

Every field of the record is a field of the index.
"""

from collections.abc import Iterable
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime

from core.records import IndexedAs, Record

Json = dict[str, Any]

KEYWORD: Json = {"type": "keyword", "ignore_above": 256}
TEXT: Json = {"type": "text", "analyzer": "spanish", "fields": {"folded": {"type": "text", "analyzer": "folded"}}}
"""`spanish` matches other forms of the word; `folded` matches it as typed, with or without accents."""

_LOCATION: Json = {"type": "geo_point"}
"""The only field that is not in a record: `lat` and `lon` as a point, which Kibana's maps require."""
_BY_FORM: dict[str, Json] = {
    "text": TEXT,
    "title": {**TEXT, "fields": {**TEXT["fields"], "line": KEYWORD}},
    "long_keyword": {"type": "keyword", "ignore_above": 1024},
    "double": {"type": "double"},
    "long": {"type": "long"},
}
_BY_TYPE: dict[Any, Json] = {
    str: KEYWORD,
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "float"},
    AwareDatetime: {"type": "date"},
}


def properties(record: type[Record]) -> dict[str, Json]:
    """Return the mapping of a record's fields, with `location` after `lon`.

    Raises:
        TypeError: a field has a type without a mapping.
    """
    found: dict[str, Json] = {}
    for name, field in record.model_fields.items():
        try:
            found[name] = _mapping(field.annotation, field.metadata)
        except KeyError as error:
            raise TypeError(f"{record.__name__}.{name}: no mapping for type {error}; add it to search/index/fields.py") from None
        if name == "lon":
            found["location"] = _LOCATION
    return found


def _mapping(annotation: Any, metadata: Iterable[Any] = ()) -> Json:
    """Return the mapping of one type.

    A list has that of its items, an optional field that of its value.
    """
    for mark in metadata:
        if isinstance(mark, IndexedAs):
            return _BY_FORM[mark.form]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _mapping(arguments[0], arguments[1:])
    if origin in (Union, UnionType):
        (value,) = (one for one in arguments if one is not type(None))
        return _mapping(value)
    if origin is tuple:
        return _mapping(arguments[0])
    if origin is Literal:
        return KEYWORD
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return {"type": "object", "dynamic": "strict", "properties": properties(annotation)}
    return _BY_TYPE[annotation]
