"""Provide the rig of Open311: a GeoReport server on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.stubs.open311 import KEY, GeoReport
from tests.support.ticket_rig import Rig, rig_module


class Open311Rig(Rig):
    """Use the loopback GeoReport server, with FixMyStreet's updates."""

    def __init__(self, server: GeoReport) -> None:
        self.server = server
        table = {
            "url": f"{server.url}/open311/v2",
            "service_code": "001",
            "format": server.form,
            "updates": True,
            "timeout_s": 5,
            "token_wait_s": 0,
        }
        nothing = b"[]" if server.form == "json" else b"<service_requests></service_requests>"
        wrong = (
            ({"service_code": "999"}, "service '999' does not exist at .*; known: 001, 006, 18014"),
            ({"service_code": "18014"}, "service '18014' is of the type blackbox"),
            ({"services": {"street_lighting": "006"}}, "service '006' requires FAROLA: set them under `attributes`"),
        )
        error = b'[{"code": 400, "description": "quota used up"}]'
        if server.form == "xml":
            error = b"<errors><error><code>400</code><description>quota used up</description></error></errors>"
        super().__init__(
            "open311",
            rig_module("open311"),
            table,
            {"ESCUCHA_OPEN311_API_KEY": KEY},
            can_merge=False,
            race="refused",
            nothing_yet=(nothing,),
            wrong=wrong,
            speaks_json=server.form == "json",
            error_body=error,
        )

    def tickets(self, key: str) -> list[str]:
        return [str(row["service_request_id"]) for row in self.server.rows if row["description"].endswith(f"[{key}]")]

    def notes(self, reference: str) -> list[str]:
        found = [one for one in self.server.updates if one["service_request_id"] == reference]
        return [one["description"].rpartition("[escucha:")[2].removesuffix("]") for one in found]

    def close_ticket(self, reference: str) -> None:
        self.server.rows[int(reference)] |= {"status": "closed", "updated_datetime": self.server.now()}

    def text(self, reference: str) -> str:
        return str(self.server.rows[int(reference)]["description"])

    def remove(self, reference: str) -> None:
        self.server.rows[int(reference)] |= {"service_request_id": -1, "description": ""}

    def change(self, reference: str) -> bool:
        self.server.rows[int(reference)]["agency_responsible"] = "Alumbrado"
        return True

    def is_changed(self, reference: str) -> bool:
        return bool(self.server.rows[int(reference)]["agency_responsible"] == "Alumbrado")

    @contextmanager
    def filters_ignored(self) -> Iterator[dict[str, Any]]:
        self.server.ignores_filters = True
        yield {}
