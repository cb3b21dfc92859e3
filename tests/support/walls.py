"""Ask every address of an application: those of its routes, and those that its own pages link to.

A new page is found by itself. One with a value in its address that no page links to, and for which there is none in `values`, is reported
as missed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from tests.support.desk_pages import reached

LINK = re.compile(r'(?:href|src|action|data-src)="([^"#]+)|^Location: (\S+)', re.MULTILINE)
PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


def routes(app: Starlette, method: str) -> Iterator[Route]:
    """Yield the routes of an application that take a method."""
    for route in app.routes:
        if isinstance(route, Route):
            if method in (route.methods or ()):
                yield route
        else:
            assert isinstance(route, Mount), f"{route}: say how its addresses are asked"
            assert route.path == "/static", f"{route.path}: say how its addresses are asked"


@dataclass
class Walk:
    """Hold what a visitor was shown at each address."""

    shown: dict[str, Any] = field(default_factory=dict)
    missed: set[str] = field(default_factory=set)
    """Routes of which no address is known."""


def walk(
    client: TestClient, app: Starlette, values: Mapping[str, Sequence[str]], headers: Mapping[str, str] | None = None, per_route: int = 2
) -> Walk:
    """Ask every route of a town by GET.

    Args:
        client: who asks.
        app: its application.
        values: of parameters that no page links to.
        headers: of each request.
        per_route: addresses asked of each route: of fifty cases two show whether the page keeps apart.
    """
    wanted, host = [route.path for route in routes(app, "GET")], client.base_url.host
    waiting = [path for path in wanted if "{" not in path]
    waiting += [one for path in wanted if "{" in path for one in filled(path, values)]
    asked: dict[str, int] = {}
    found = Walk()
    while waiting:
        address = waiting.pop(0)
        route = reached(app, address)
        if address in found.shown or not isinstance(route, Route) or asked.get(route.path, 0) >= per_route:
            continue
        asked[route.path] = asked.get(route.path, 0) + 1
        found.shown[address] = answer = client.get(address, follow_redirects=False, headers=headers)
        waiting += links(answer, host)
    found.missed = {path for path in wanted if path not in asked}
    return found


def filled(path: str, values: Mapping[str, Sequence[str]]) -> list[str]:
    """Return addresses of a route, one for each value of its parameters."""
    names = PARAMETER.findall(path)
    addresses = []
    for one in zip(*(values.get(name, ()) for name in names), strict=False):
        given = iter(one)
        addresses.append(PARAMETER.sub(lambda _, given=given: next(given), path))  # type: ignore[misc]
    return addresses


def links(answer: Any, host: str) -> list[str]:
    """Return the addresses of the same town that an answer leads to."""
    text = answer.text if "text" in answer.headers.get("content-type", "") else ""
    given = [unescape(one[1]) for one in LINK.finditer(text) if one[1]] + [answer.headers.get("location", "")]
    parts = [urlsplit(one) for one in given if one]
    return [
        f"{one.path}{f'?{one.query}' if one.query else ''}" for one in parts if one.path.startswith("/") and one.hostname in (None, host)
    ]
