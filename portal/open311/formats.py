"""Write rows as JSON or XML, as GeoReport v2 defines both."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, tostring

from core.text import sanitise

Format = Literal["json", "xml"]
Value = str | int | float | bool | None | Sequence["Row"] | Sequence[str]
Row = Mapping[str, Value]
TYPES: dict[str, str] = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ITEMS = {"attributes": "attribute", "endpoints": "endpoint", "formats": "format"}
"""Name of the elements of an inner list in XML."""


def clean(text: str) -> str:
    """Return text without direction marks and characters that XML forbids."""
    return _NOT_XML.sub("", sanitise(text))


def write_list(form: Format, rows: Sequence[Row], wrapper: str, item: str) -> bytes:
    """Write a list of rows.

    That is a JSON list, or elements `item` in a `wrapper`."""
    if form == "json":
        return _json([_cleaned(row) for row in rows])
    root = Element(wrapper)
    for row in rows:
        _fill(SubElement(root, item), row)
    return _xml(root)


def write_object(form: Format, row: Row, wrapper: str) -> bytes:
    """Write one row: a JSON object, or the element `wrapper`."""
    if form == "json":
        return _json(_cleaned(row))
    root = Element(wrapper)
    _fill(root, row)
    return _xml(root)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _xml(root: Element) -> bytes:
    content: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + content


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {name: _cleaned(one) for name, one in value.items()}
    return [_cleaned(one) for one in value] if isinstance(value, Sequence) else value


def _fill(element: Element, row: Row) -> None:
    for name, value in row.items():
        child = SubElement(element, name)
        if isinstance(value, Sequence) and not isinstance(value, str):
            for one in value:
                inner = SubElement(child, ITEMS[name])
                if isinstance(one, str):
                    inner.text = clean(one)
                else:
                    _fill(inner, one)
        elif value is not None:
            child.text = str(value).lower() if isinstance(value, bool) else clean(str(value))
