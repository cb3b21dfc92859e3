"""Query a participation platform's public GraphQL API."""

from typing import Any

from collectors.http.json_api import JsonClient
from collectors.parsing import Item
from core.errors import SourceError


def run_query(service: JsonClient, path: str, query: str, variables: dict[str, Any]) -> Item:
    """Return the `data` of one response, even if it is incomplete.

    A record that the site cannot serialise is null there.

    Raises:
        SourceError: an error status, no GraphQL, or an error without any records.
    """
    response = service.get_json(path, body={"query": query, "variables": variables})
    if not isinstance(response, dict) or not (response.get("errors") or isinstance(response.get("data"), dict)):
        raise service.failure("the response is not GraphQL")
    if response.get("errors") and not _has_records(response.get("data")):
        raise SourceError(f"{service.site} rejected the query: {_error_message(response['errors'])}")
    data: Item = response["data"]
    return data


def records_of(service: JsonClient, connection: Any) -> tuple[list[Item], Item]:
    """Return the records of a page and its `pageInfo`.

    A record that the site could not return is null.

    Raises:
        SourceError: this is not a page.
    """
    if not _is_page(connection):
        raise service.failure("the response is not a page of records")
    nodes: list[Any] = [edge.get("node") if isinstance(edge, dict) else edge for edge in connection["edges"]]
    return nodes, connection["pageInfo"]


def _has_records(data: Any) -> bool:
    """Tell whether it contains a page at any depth."""
    return isinstance(data, dict) and (_is_page(data) or any(_has_records(inner) for inner in data.values()))


def _is_page(found: Any) -> bool:
    return isinstance(found, dict) and isinstance(found.get("edges"), list) and isinstance(found.get("pageInfo"), dict)


def _error_message(errors: Any) -> str:
    first = errors[0] if isinstance(errors, list) else errors
    return str(first.get("message") if isinstance(first, dict) else first)[:200]
