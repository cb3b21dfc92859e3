"""Read GeoReport v2 answers, JSON or XML, as rows of text."""

import json
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import httpx

from contact_centre import http

Row = dict[str, str]
"""One object of an answer. Numbers and booleans become text, for servers send either; empty values are left out."""

_WRAPPERS = frozenset(
    "services service service_requests service_request requests request errors error request_update "
    "service_request_updates service_requests_updates service_definition".split()
)
"""XML wraps each list in these elements, and some servers (FixMyStreet) wrap their JSON the same way."""


def json_rows(content: bytes) -> list[Row]:
    """Read a JSON answer.

    Raises:
        ValueError: it is not JSON, or neither an object nor a list of objects.

    >>> json_rows(b'[{"service_request_id": 0, "status": "open", "address": ""}]')
    [{'service_request_id': '0', 'status': 'open'}]
    """
    try:
        return [_row(found.items()) for found in _objects(json.loads(content))]
    except RecursionError as error:
        raise ValueError("nested without end") from error


def xml_rows(content: bytes) -> list[Row]:
    """Read an XML answer.

    Raises:
        ValueError: it is not XML, declares a document type (entities could expand without end), or has another root.

    >>> xml_rows(b"<service_requests><request><service_request_id> 0 </service_request_id></request></service_requests>")
    [{'service_request_id': '0'}]
    """
    root = _tree(content)
    if root.tag not in _WRAPPERS:
        raise ValueError(f"root element {root.tag[:40]}")
    return [_row((child.tag, child.text) for child in found) for found in _elements(root)]


def attributes(content: bytes, form: str) -> list[Row]:
    """Read the attributes of a service definition, without their values.

    Raises:
        ValueError: not in this format, or another object.
    """
    if form == "xml":
        return [_row((child.tag, child.text) for child in one) for one in _tree(content).iter("attribute")]
    body = json.loads(content)
    body = body[0] if isinstance(body, list) else body
    body = body.get("service_definition", body)
    return [_row(one.items()) for one in body["attributes"]]


def _objects(body: Any) -> Iterator[dict[str, Any]]:
    if isinstance(body, list):
        for item in body:
            yield from _objects(item)
    elif not isinstance(body, dict):
        raise ValueError("neither an object nor a list of objects")
    elif wrapped := [value for name, value in body.items() if name in _WRAPPERS and isinstance(value, list | dict)]:
        yield from _objects(wrapped)
    else:
        yield body


def _elements(root: Element) -> Iterator[Element]:
    for child in root:
        if child.tag in _WRAPPERS and len(child):
            yield from (_elements(child) if child[0].tag in _WRAPPERS else [child])


def _row(pairs: Any) -> Row:
    row = {}
    for name, value in pairs:
        text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value).strip()
        if text and not isinstance(value, list | dict):
            row[name] = text
    return row


def _tree(content: bytes) -> Element:
    builder, parser = TreeBuilder(), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = builder.data, _refuse_doctype
    try:
        parser.Parse(content, True)
        return builder.close()
    except (expat.ExpatError, AssertionError) as error:
        raise ValueError(str(error)) from error


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a document type declaration")


def _rows_or_none(answer: httpx.Response, form: str) -> list[Row] | None:
    try:
        return READERS[form](answer.content)
    except ValueError:
        return None


def _errors(answer: httpx.Response, form: str) -> str:
    """Join the errors of an answer; empty when it has none."""
    found = _rows_or_none(answer, form) or []
    ours = ("service_request_id", "service_code", "token", "update_id")
    messages = [
        f"{row.get('code', '')} {row.get('description') or row.get('error') or row.get('message')}"
        for row in found
        if ("code" in row or "error" in row) and not any(name in row for name in ours)
    ]
    return " ".join("; ".join(messages).split())[: http.WORDS]


def _format(form: str) -> http.Format:
    return http.Format(
        name=form.upper(),
        is_usable=lambda answer: _rows_or_none(answer, form) is not None,
        error_of=lambda answer: _errors(answer, form) or http.error_text(answer),
        failure_of=lambda answer: _errors(answer, form),
    )


READERS = {"json": json_rows, "xml": xml_rows}
FORMATS = {"json": _format("json"), "xml": _format("xml")}
