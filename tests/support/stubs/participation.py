"""Simulate participation sites: CONSUL's lists and Decidim's proposals.

CONSUL pages from either end; tokens are positions.
"""

import base64
import json
import re
import ssl
from typing import Any

from tests.support.stubs.listing import Listing, Said
from tests.support.stubs.server import Reply, Request, Stub

CONSUL_ASKS = re.compile(
    r"^query\(\$token: String\) \{ (\w+)\((first|last): (\d+), (after|before): \$token\) \{ pageInfo \{ (\w+) (\w+) \} "
    r"edges \{ node \{ __typename ([\w {}]+) \} \} \} \}$"
)


def token_of(place: int) -> str:
    return base64.b64encode(str(place).encode()).decode()


def place_of(token: str | None) -> int | None:
    token = (token or "").rstrip("~")  # a mark of `Listing`, behind whatever was sent
    return int(base64.b64decode(token)) if token else None


def proposal(said: Said, **changed: Any) -> dict[str, Any]:
    return {
        "__typename": "Proposal",
        "id": str(said.number),
        "title": "Bache",
        "summary": "",
        "description": f"<p>{said.text}</p>",
        "public_created_at": (said.claimed or said.at).strftime("%Y-%m-%d %H:00:00 UTC"),
        "public_author": {"id": "7", "username": "vecina77"},
    } | changed


class ConsulStub(Stub):
    """Serve proposals (`search`) and lists of other kinds (`others`)."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.search = Listing()
        self.others: dict[str, list[dict[str, Any]]] = {}
        self.order: list[int] | None = None
        """Numbers of the proposals in the order of the list, where it is not that of the numbers."""
        super().__init__(tls)

    def answer(self, request: Request) -> Reply:
        if request.method != "POST" or request.path != "/graphql":
            return Reply(b"<html>Decide</html>", 404, {"Content-Type": "text/html"})
        asked = json.loads(request.body)
        match = CONSUL_ASKS.match(asked["query"])
        if match is None:
            return Reply({"errors": [{"message": "Parse error"}]})
        kind, end, size, token = match[1], match[2], int(match[3]), asked["variables"]["token"]
        if kind != "proposals":
            return self.page_of(kind, self.others.get(kind, []), None)
        ordered = sorted(self.search.posts, key=lambda said: said.number)
        if self.order is not None:
            ordered.sort(key=lambda said: self.order.index(said.number))  # type: ignore[union-attr]
        place = place_of(token)
        if end == "first":
            rest = ordered[place or 0 :]
            begin = place or 0
            following = token_of(begin + size) if len(rest) > size else None
            return self.page_of(kind, [proposal(said) for said in rest[:size]], following, "endCursor", "hasNextPage")
        before = ordered[: len(ordered) if place is None else place - 1]
        page = self.search.page(before[::-1], size, lambda given: token_of(len(before) - len(given) + 1), token)
        if isinstance(page, Reply):
            return page
        return self.page_of(kind, [proposal(said) for said in page[0][::-1]], page[1])

    def page_of(
        self, kind: str, nodes: list[dict[str, Any]], token: str | None, name: str = "startCursor", more: str = "hasPreviousPage"
    ) -> Reply:
        info = {more: token is not None, name: token or "MQ"}
        return Reply({"data": {kind: {"pageInfo": info, "edges": [{"node": node} for node in nodes]}}})


class DecidimStub(Stub):
    """Serve component 39; `comments` by the number of their proposal."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.search = Listing()
        self.comments: dict[int, list[dict[str, Any]]] = {}
        super().__init__(tls)

    def answer(self, request: Request) -> Reply:
        if request.method != "POST" or request.path != "/api":
            return Reply(b"<html>Decidim</html>", 404, {"Content-Type": "text/html"})
        asked = json.loads(request.body)
        if asked["variables"]["id"] != "39":
            return Reply({"data": {"component": {"__typename": "Meetings"}}})
        size = int(re.search(r"first: (\d+)", asked["query"])[1])  # type: ignore[index]
        ordered = sorted(self.search.posts, key=lambda said: (said.at, said.number), reverse=True)
        token = asked["variables"]["after"]
        begin = place_of(token) or 0
        page = self.search.page(ordered[begin:], size, lambda given: token_of(begin + len(given)), token)
        if isinstance(page, Reply):
            return page
        edges = [{"node": self.node(said)} for said in page[0]]
        found = {"pageInfo": {"hasNextPage": page[1] is not None, "endCursor": page[1]}, "edges": edges}
        return Reply({"data": {"component": {"__typename": "Proposals", "proposals": found}}})

    def node(self, said: Said) -> dict[str, Any]:
        return {
            "id": str(said.number),
            "publishedAt": said.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "official": False,
            "title": {"translations": [{"locale": "ca", "text": ""}, {"locale": "es", "text": "Bache"}]},
            "body": {"translations": [{"locale": "es", "text": f"<p>{said.text}</p>"}]},
            "author": {"name": "Vecina", "nickname": "@vecina77"},
            "comments": self.comments.get(said.number, []),
        }
