"""Reads one page of proposals of a Decidim site, and lays its proposals and their comments out one after the other."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors.http.graphql import records_of, run_query
from collectors.http.json_api import JsonClient
from collectors.paging.cursor import StreamCursor
from collectors.paging.newest_first import ListingPage
from collectors.parsing import Item, parse_date
from collectors.participation import is_older
from core.errors import SourceError

PAGE = 25
AUTHOR = "author { name nickname }"
COMMENT = f"id body createdAt {AUTHOR}"
COMMENTS = f"comments {{ {COMMENT} comments {{ {COMMENT} comments {{ {COMMENT} }} }} }}"
WORDS = "translations { locale text }"
QUERY = (
    "query($id: ID!, $after: String) { component(id: $id) { __typename ... on Proposals { proposals(first: "
    f'{PAGE}, after: $after, order: {{publishedAt: "desc"}}) {{ pageInfo {{ hasNextPage endCursor }} edges {{ node {{ '
    f"id publishedAt official title {{ {WORDS} }} body {{ {WORDS} }} {AUTHOR} {COMMENTS} }} }} }} }} }} }}"
)
_COMPONENT = re.compile(r"/f/(\d+)")


@dataclass(frozen=True)
class Component:
    """One page of proposals, by its address in the browser."""

    service: JsonClient
    address: str
    since: datetime
    """What is older is not taken."""

    def page(self, token: str | None) -> tuple[list[Item], str | None, bool]:
        """What is not too old; the token behind it; and whether all the proposals were too old."""
        number = _COMPONENT.findall(self.address)[-1]
        found = run_query(self.service, "/api", QUERY, {"id": number, "after": token}).get("component")
        if not isinstance(found, dict) or "proposals" not in found:
            raise SourceError(f"{self.address} is no page of proposals: see [sources.decidim]")
        nodes, info = records_of(self.service, found["proposals"])
        flat = [one for node in nodes for one in _flat(node, self.address)]
        too_old = bool(nodes) and all(is_older(_written_at, node, self.since) for node in nodes)
        following = info.get("endCursor") if info.get("hasNextPage") else None
        return [one for one in flat if not is_older(_written_at, one, self.since)], following, too_old

    @property
    def name(self) -> str:
        """Its address."""
        return self.address

    def newest(self, cursor: StreamCursor) -> ListingPage:
        """For `participation`."""
        items, token, too_old = self.page(cursor.token)
        return ListingPage(items, None if too_old else token)

    def swept(self, token: str | None) -> tuple[list[Item], str | None]:
        """For `participation`."""
        items, following, _ = self.page(token)
        return items, following

    def position(self, item: Item) -> int | None:
        """Proposals are in the order of their publication; comments stand where their proposal does."""
        if item.get("kind") != "proposal":
            return None
        try:
            return int(parse_date(item["publishedAt"]).timestamp())
        except (KeyError, ValueError):
            return None


def _flat(node: Any, address: str) -> list[Item]:
    """A proposal and its comments; each says which proposal it belongs to and, an answer, which comment it answers."""
    if not isinstance(node, dict):
        return [node]
    where = {"page": address, "proposal": node.get("id")}
    found: list[Item] = [{**_without(node), **where, "kind": "proposal"}]
    waiting = [(comment, None) for comment in node.get("comments") or []]
    while waiting:
        comment, above = waiting.pop(0)
        if not isinstance(comment, dict):  # one that is hidden stands as null
            continue
        found.append({**_without(comment), **where, "kind": "comment", "above": above})
        waiting += [(answer, comment.get("id")) for answer in comment.get("comments") or []]
    return found


def _without(record: Item) -> Item:
    return {name: value for name, value in record.items() if name != "comments"}


def _written_at(item: Item) -> datetime:
    return parse_date(item.get("publishedAt") or item["createdAt"])
