"""Provide the rig of a real django-helpdesk."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.support.ticket_rig import Rig, rig_module


class DjangoHelpdeskRig(Rig):
    """Use a real django-helpdesk; staff have another token."""

    def __init__(self, url: str) -> None:
        self.staff = httpx.Client(base_url=f"{url}/api/", headers={"Authorization": f"Token {'b' * 40}"}, timeout=120, trust_env=False)
        table = {"url": url, "queue": "1", "submitter": "buzon@ayto.test", "page_size": 25}
        page = json.dumps({"count": 0, "next": None, "previous": None, "results": []}).encode()
        wrong = (
            ({"queue": "99"}, "queue 99 does not exist in django-helpdesk"),
            ({"key_field": "clave"}, "no custom field 'clave'"),
            ({"fields": {"topic": "servicio"}}, "no custom field 'servicio'"),
        )
        environment = {"ESCUCHA_DJANGO_HELPDESK_TOKEN": "a" * 40}
        super().__init__("django_helpdesk", rig_module("django_helpdesk"), table, environment, nothing_yet=(page,), wrong=wrong)
        self.queues = ("1", "2")

    def row(self, reference: str) -> dict[str, Any]:
        row: dict[str, Any] = self.staff.get(f"tickets/{reference}/").json()
        return row

    def all(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.staff.get("tickets/", params={"page_size": 10_000}).json()["results"]
        return rows

    def tickets(self, key: str) -> list[str]:
        return [str(row["id"]) for row in self.all() if row["custom_casekey"] == key and row["merged_to"] is None]

    def notes(self, reference: str) -> list[str]:
        comments = [one["comment"] or "" for one in self.row(reference)["followup_set"]]
        return [one.rpartition("[escucha:")[2].removesuffix("]") for one in comments if "[escucha:" in one]

    def follow_up(self, reference: str, **what: Any) -> None:
        said = {"ticket": int(reference), "public": False, **what}
        assert self.staff.post("followups/", json=said).status_code == 201

    def patch(self, reference: str, **what: Any) -> None:
        assert self.staff.patch(f"tickets/{reference}/", json=what).status_code == 200

    def close_ticket(self, reference: str) -> None:
        self.follow_up(reference, comment="Vaciado", new_status=3)

    def queue(self, reference: str) -> str:
        return str(self.row(reference)["queue"])

    def merge(self, reference: str, into: str) -> None:
        self.patch(reference, merged_to=int(into), status=5)

    def change(self, reference: str) -> bool:
        self.patch(reference, title="Vaciar también el lunes", assigned_to=2)
        return True

    def is_changed(self, reference: str) -> bool:
        row = self.row(reference)
        return (row["title"], row["assigned_to"]) == ("Vaciar también el lunes", 2)

    def remove(self, reference: str) -> None:
        assert self.staff.delete(f"tickets/{reference}/").status_code == 204

    def text(self, reference: str) -> str:
        return str(self.row(reference)["description"])

    @contextmanager
    def filters_ignored(self) -> Iterator[dict[str, Any]]:
        """Give no change: this server always ignores filters."""
        yield {}
