"""Open cases of a team with a lead, and mail them at a given moment."""

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from core.config.city import City, load_city
from pipeline.context import Context
from pipeline.steps.escalate import escalate
from tests.support.clock import set_clock
from tests.support.ledger_facts import post

MADRID = load_city(Path(__file__).resolve().parents[2] / "cities" / "madrid.toml")
TEAM, LEAD = "vias@example.org", "jefa.vias@example.org"
# Received on Tuesday 24 November 12:05 in Madrid, due on Thursday 12:05: 24 working hours.
ONE = post(1)
HALF, FOUR_FIFTHS, OVER = (datetime(2026, 11, *moment, tzinfo=UTC) for moment in ((25, 11, 5), (25, 18, 20), (26, 11, 5)))


def told_to(city: City, **more: str | None) -> City:
    addresses = {"mail": TEAM, "lead_mail": LEAD} | more
    changed = [one.model_copy(update=addresses) if one.name == "Vías públicas" else one for one in city.departments]
    return city.model_copy(update={"departments": tuple(changed)})


def run_at(context: Context, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> int:
    set_clock(monkeypatch, moment)
    return escalate(context)["mailed"]


def text(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")
