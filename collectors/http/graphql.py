"""Asks a participation platform's public data service (GraphQL), and says in words what its refusals mean."""

from typing import Any

from collectors.http.json_api import JsonClient
from collectors.parsing import Item
from core.errors import SourceError


def run_query(service: JsonClient, path: str, query: str, variables: dict[str, Any]) -> Item:
    """The data of one answer, also where the site could not give all of it: a record it stumbles over stands there as null.

    Raises:
        SourceError: the site refused or failed, in words.
    """
    answer = service.asked(path, body={"query": query, "variables": variables})
    if not isinstance(answer, dict) or not (answer.get("errors") or isinstance(answer.get("data"), dict)):
        raise service.failure("what it sent is no GraphQL")
    if answer.get("errors") and not _has_records(answer.get("data")):
        raise SourceError(f"{service.site} does not accept the question: {_said(answer['errors'])}")
    data: Item = answer["data"]
    return data


def records_of(service: JsonClient, connection: Any) -> tuple[list[Item], Item]:
    """The records of a page, null for one that the site could not give, and where it stands (`pageInfo`).

    Raises:
        SourceError: this is no page.
    """
    if not _is_page(connection):
        raise service.failure("what it sent is no page of records")
    nodes: list[Any] = [edge.get("node") if isinstance(edge, dict) else edge for edge in connection["edges"]]
    return nodes, connection["pageInfo"]


def _has_records(data: Any) -> bool:
    """Whether there is a page somewhere in it."""
    return isinstance(data, dict) and (_is_page(data) or any(_has_records(inner) for inner in data.values()))


def _is_page(found: Any) -> bool:
    return isinstance(found, dict) and isinstance(found.get("edges"), list) and isinstance(found.get("pageInfo"), dict)


def _said(errors: Any) -> str:
    first = errors[0] if isinstance(errors, list) else errors
    return str(first.get("message") if isinstance(first, dict) else first)[:200]
