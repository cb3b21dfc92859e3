"""Serve Zammad's interface on loopback, after its published source.

Includes what it drops, merges, links and answers with 200 although it failed.
"""

import json
import threading
from datetime import UTC, datetime
from typing import Any

from tests.support.stubs.between import EveryMethodHandler
from tests.support.stubs.server import Reply, Request, Stub

TOKEN = "zammad-token-1"  # noqa: S105
GROUPS = ("Redes sociales", "Alumbrado")
ROBOT, AGENT = 3, 5
KNOWN = "title group customer_id priority state owner escucha_key tema".split()
"""Attributes of a ticket; whatever else is sent is dropped."""
PRIORITIES = ("1 low", "2 normal", "3 high")


class Zammad(Stub):
    def __init__(self) -> None:
        super().__init__()
        self.server.RequestHandlerClass = EveryMethodHandler
        self.lock = threading.RLock()
        self.tickets: dict[int, dict[str, Any]] = {}
        self.articles: list[dict[str, Any]] = []
        self.history: list[dict[str, Any]] = []
        self.links: list[tuple[int, int]] = []
        """(merged ticket, its parent)."""
        self.ignores_condition = self.refuses_merge = False
        self.attributes = list(KNOWN)

    def answer(self, request: Request) -> Reply:
        if request.headers.get("Authorization") != f"Token token={TOKEN}":
            return Reply({"error": "Invalid BasicAuth credentials", "error_human": "Invalid token"}, 401)
        parts = request.path.rpartition("/api/v1/")[2].split("/")
        with self.lock:
            return self.route(request, parts, json.loads(request.body) if request.body else {})

    def route(self, request: Request, parts: list[str], given: dict[str, Any]) -> Reply:
        match request.method, parts:
            case "GET", ["users", "me"]:
                return Reply({"id": ROBOT, "login": "escucha"})
            case "GET", ["ticket_create"]:
                groups = {str(n): {"id": n, "name": name, "active": True} for n, name in enumerate(GROUPS, 1)}
                return Reply({"form_meta": {"filter": {}}, "assets": {"Group": groups}})
            case "GET", ["tickets", "search"]:
                return self.search(request.query)
            case "GET", ["tickets", number]:
                return self.one(number)
            case "POST", ["tickets"]:
                return self.create(given)
            case "PUT", ["tickets", number]:
                return self.change(int(number), given, ROBOT)
            case "POST", ["ticket_articles"]:
                return self.add(given, ROBOT)
            case "GET", ["ticket_articles", "by_ticket", number]:
                return Reply([one for one in self.articles if one["ticket_id"] == int(number)])
            case "GET", ["ticket_history", number]:
                return Reply({"history": [one for one in self.history if one["o_id"] == int(number)], "assets": {}})
            case "GET", ["links"]:
                mine = int(request.query["link_object_value"])
                found = [("parent", up) for down, up in self.links if down == mine]
                found += [("child", down) for down, up in self.links if up == mine]
                links = [{"link_type": kind, "link_object": "Ticket", "link_object_value": n} for kind, n in found]
                return Reply({"links": links, "assets": {}})
            case "PUT", ["ticket_merge", source, number]:
                return self.merge(int(source), number)
        return Reply({"error": "No route matches"}, 404)

    def one(self, number: str) -> Reply:
        found = self.tickets.get(int(number)) if number.isdecimal() else None
        return Reply(found) if found else Reply({"error": f"Couldn't find Ticket with 'id'={number}"}, 404)

    def search(self, query: dict[str, str]) -> Reply:
        found = list(self.tickets.values())
        for name, value in query.items():
            if name.startswith("condition[ticket.") and name.endswith("][value]"):
                field = name.removeprefix("condition[ticket.").removesuffix("][value]")
                if field not in self.attributes:
                    return Reply({"error": f"Invalid selector, column '{field}' does not exist"}, 422)
                found = found if self.ignores_condition else [row for row in found if row.get(field) == value]
        size, page = int(query.get("per_page", 50)), int(query.get("page", 1))
        return Reply(found[(page - 1) * size : page * size])

    def create(self, given: dict[str, Any]) -> Reply:
        if given["group"] not in GROUPS:
            return Reply({"error": f"No lookup value found for 'group': \"{given['group']}\""}, 422)
        number, now = len(self.tickets) + 1, self.now()
        kept = {name: value for name, value in given.items() if name in self.attributes}
        row = {"id": number, "number": str(31_000 + number), "state": "new", "priority": "2 normal", "owner": "-", **kept}
        row |= {"created_at": now, "updated_at": now, "created_by_id": ROBOT, "close_at": None}
        self.tickets[number] = row
        self.add({**given["article"], "ticket_id": number}, ROBOT)
        return Reply(row, 201)

    def change(self, number: int, given: dict[str, Any], who: int) -> Reply:
        row = self.tickets[number]
        for name, value in given.items():
            if name in self.attributes and row.get(name) != value:
                entry = {"id": len(self.history) + 1, "o_id": number, "object": "Ticket", "type": "updated", "attribute": name}
                entry |= {"value_from": row.get(name), "value_to": value, "created_at": self.now(), "created_by_id": who}
                self.history.append(entry)
                row[name] = value
        row["updated_at"] = self.now()
        return Reply(row)

    def add(self, given: dict[str, Any], who: int) -> Reply:
        article = {"id": len(self.articles) + 1, "created_at": self.now(), "created_by_id": who, "sender": "Agent", **given}
        self.articles.append(article)
        self.tickets[int(given["ticket_id"])]["updated_at"] = self.now()
        return Reply(article, 201)

    def merge(self, source: int, number: str) -> Reply:
        targets = [row["id"] for row in self.tickets.values() if row["number"] == number]
        if not targets or self.refuses_merge:
            return Reply({"result": "failed", "message": "The target ticket number could not be found."})
        for article in self.articles:
            if article["ticket_id"] == source:
                article["ticket_id"] = targets[0]
        self.links.append((source, targets[0]))
        self.change(source, {"state": "merged"}, ROBOT)
        return Reply({"result": "success", "target_ticket": {}, "source_ticket": {}})

    @staticmethod
    def now() -> str:
        return f"{datetime.now(UTC).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
