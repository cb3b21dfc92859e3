"""Asks a participation platform's public data service (GraphQL), and says in words what its refusals mean."""

from typing import Any

from collectors.record import Item
from collectors.web import Service
from core.errors import SourceError


def asked(service: Service, path: str, query: str, variables: dict[str, Any]) -> Item:
    """The data of one answer.

    Raises:
        SourceError: the site refused or failed, in words.
    """
    answer = service.asked(path, body={"query": query, "variables": variables})
    if not isinstance(answer, dict) or not (answer.get("errors") or isinstance(answer.get("data"), dict)):
        raise service.failure("what it sent is no GraphQL")
    if answer.get("errors"):
        raise SourceError(f"{service.site} does not accept the question: {_said(answer['errors'])}")
    data: Item = answer["data"]
    return data


def nodes_of(service: Service, connection: Any) -> tuple[list[Item], Item]:
    """The records of a page, and where it stands (`pageInfo`).

    Raises:
        SourceError: this is no page.
    """
    try:
        return [edge["node"] for edge in connection["edges"] if edge], connection["pageInfo"]
    except (KeyError, TypeError):
        raise service.failure("what it sent is no page of records") from None


def _said(errors: Any) -> str:
    first = errors[0] if isinstance(errors, list) else errors
    return str(first.get("message") if isinstance(first, dict) else first)[:200]
