"""Fetch a page of Decidim proposals, and flatten its comments."""

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
TRANSLATIONS = "translations { locale text }"
QUERY = (
    "query($id: ID!, $after: String) { component(id: $id) { __typename ... on Proposals { proposals(first: "
    f'{PAGE}, after: $after, order: {{publishedAt: "desc"}}) {{ pageInfo {{ hasNextPage endCursor }} edges {{ node {{ '
    f"id publishedAt official title {{ {TRANSLATIONS} }} body {{ {TRANSLATIONS} }} {AUTHOR} {COMMENTS} }} }} }} }} }} }}"
)
_COMPONENT = re.compile(r"/f/(\d+)")


@dataclass(frozen=True)
class Component:
    """Describe one component of proposals, by its address in the browser."""

    service: JsonClient
    address: str
    since: datetime
    """Older records are not collected."""

    def page(self, token: str | None) -> tuple[list[Item], str | None, bool]:
        """Fetch one page.

        Returns the records that are not too old, the next token (None: the end), and whether all proposals were too old.
        """
        number = _COMPONENT.findall(self.address)[-1]
        found = run_query(self.service, "/api", QUERY, {"id": number, "after": token}).get("component")
        if not isinstance(found, dict) or "proposals" not in found:
            raise SourceError(f"{self.address} is not a component of proposals: correct it in [sources.decidim]")
        nodes, info = records_of(self.service, found["proposals"])
        flat = [one for node in nodes for one in _flat(node, self.address)]
        too_old = bool(nodes) and all(is_older(_written_at, node, self.since) for node in nodes)
        following = info.get("endCursor") if info.get("hasNextPage") else None
        return [one for one in flat if not is_older(_written_at, one, self.since)], following, too_old

    @property
    def name(self) -> str:
        """Return its address."""
        return self.address

    def newest(self, cursor: StreamCursor) -> ListingPage:
        """Fetch a page for `participation`."""
        items, token, too_old = self.page(cursor.token)
        return ListingPage(items, None if too_old else token)

    def scan_page(self, token: str | None) -> tuple[list[Item], str | None]:
        """Fetch a page of the scan for `participation`."""
        items, following, _ = self.page(token)
        return items, following

    def position(self, item: Item) -> int | None:
        """Return the publication time of a proposal in seconds; None: a comment.

        Proposals are ordered by publication; comments are listed with their proposal.
        """
        if item.get("kind") != "proposal":
            return None
        try:
            return int(parse_date(item["publishedAt"]).timestamp())
        except (KeyError, ValueError):
            return None


def _flat(node: Any, address: str) -> list[Item]:
    """Flatten a proposal and its comments.

    Each comment names its proposal and, if it is a reply, the comment it answers.
    """
    if not isinstance(node, dict):
        return [node]
    where = {"page": address, "proposal": node.get("id")}
    found: list[Item] = [{**_without_comments(node), **where, "kind": "proposal"}]
    waiting = [(comment, None) for comment in node.get("comments") or []]
    while waiting:
        comment, above = waiting.pop(0)
        if not isinstance(comment, dict):  # a hidden comment is null
            continue
        found.append({**_without_comments(comment), **where, "kind": "comment", "above": above})
        waiting += [(reply, comment.get("id")) for reply in comment.get("comments") or []]
    return found


def _without_comments(record: Item) -> Item:
    return {name: value for name, value in record.items() if name != "comments"}


def _written_at(item: Item) -> datetime:
    return parse_date(item.get("publishedAt") or item["createdAt"])
