"""Make a small city, a case and its posts for contact-centre tests."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contact_centre.procedure import DriverSettings
from contact_centre.ticket_system import Meaning
from core.config.city import City, Department, Notice
from core.records.case import Case
from core.records.post import Post

ROOT = Path(__file__).resolve().parents[2]
REQUEST_TRACKER = str(ROOT / ".ci" / "request-tracker")
MORNING = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DESK = "https://escucha.ayto.test"


def a_city(**changes: Any) -> City:
    departments = (
        Department(name="Alumbrado", topics=("street_lighting",), queue="Alumbrado"),
        Department(name="Limpieza", topics=("waste_cleaning", "other")),
    )
    notice = Notice(controller="Ayuntamiento", contact="a@ayto.test", data_protection_officer="d@ayto.test")
    return City(**{"name": "Villa", "notice": notice, "departments": departments, **changes})


def settings_of(queue: str, statuses: Mapping[str, Meaning] | None = None) -> DriverSettings:
    """Return the least that the driver of a ticket system needs."""
    return DriverSettings("key", {}, statuses or {}, "m@ayto.test", queue, (1, 2, 3, 4, 5), "open", "closed")


def a_case(key: str, **changes: Any) -> Case:
    facts = {
        "key": key,
        "incident_key": f"i-{key}",
        "title": "Limpieza en Calle de Alcalá: contenedores llenos desde el lunes",
        "topic": "waste_cleaning",
        "department": "Limpieza",
        "priority": 2,
        "reason": "act: actionable 0.93 >= 0.80",
        "post_ids": ("0" * 31 + "1",),
        "received_at": MORNING,
        "due_at": datetime(2026, 11, 26, 9, 30, tzinfo=UTC),
        "place": "Calle de Alcalá",
        "district": "Salamanca",
        "system": "rt",
    }
    return Case(**{**facts, **changes})


def a_post(number: int = 1, **changes: Any) -> Post:
    facts = {
        "post_id": f"{number:032x}",
        "source": "mastodon",
        "text": "@MADRID los contenedores de la calle de Alcalá 40 llevan llenos desde el lunes 🗑️",
        "created_at": MORNING,
        "received_at": MORNING,
        "author": "a" * 32,
        "origin": "sealed-origin",
    }
    return Post(**{**facts, **changes})
