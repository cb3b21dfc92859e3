"""Provide the rig of Zammad, scripted on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.stubs.zammad import AGENT, GROUPS, TOKEN, Zammad
from tests.support.ticket_rig import Rig, rig_module


class ZammadRig(Rig):
    """Use the loopback Zammad."""

    def __init__(self, server: Zammad) -> None:
        self.server = server
        table = {"url": server.url, "group": "Redes sociales", "customer": "buzon@ayto.test", "timeout_s": 5}
        wrong = (
            ({"group": "Nada"}, "group 'Nada' does not exist in Zammad"),
            ({"key_field": "clave"}, "tickets have no attribute 'clave' in Zammad"),
        )
        environment = {"ESCUCHA_ZAMMAD_TOKEN": TOKEN}
        super().__init__("zammad", rig_module("zammad"), table, environment, nothing_yet=(b"[]",), wrong=wrong)
        self.queues = GROUPS

    def tickets(self, key: str) -> list[str]:
        rows = self.server.tickets.values()
        return [str(row["id"]) for row in rows if row.get("escucha_key") == key and row["state"] != "merged"]

    def notes(self, reference: str) -> list[str]:
        found = [one for one in self.server.articles if str(one["ticket_id"]) == reference and one["internal"]]
        return [one["subject"].removeprefix("escucha:") for one in found if one["subject"].startswith("escucha:")]

    def close_ticket(self, reference: str) -> None:
        self.server.change(int(reference), {"state": "closed"}, AGENT)

    def queue(self, reference: str) -> str:
        return str(self.server.tickets[int(reference)]["group"])

    def merge(self, reference: str, into: str) -> None:
        self.server.merge(int(reference), self.server.tickets[int(into)]["number"])

    def change(self, reference: str) -> bool:
        self.server.change(int(reference), {"owner": "ana"}, AGENT)
        return True

    def is_changed(self, reference: str) -> bool:
        return bool(self.server.tickets[int(reference)]["owner"] == "ana")

    def remove(self, reference: str) -> None:
        del self.server.tickets[int(reference)]

    def text(self, reference: str) -> str:
        return next(str(one["body"]) for one in self.server.articles if str(one["ticket_id"]) == reference)

    @contextmanager
    def filters_ignored(self) -> Iterator[dict[str, Any]]:
        self.server.ignores_condition = True
        yield {}
