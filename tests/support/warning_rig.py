"""Rises of posts, and the early-warning step at a chosen moment."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.config.city import load_city
from ledger import read
from ledger.database import Ledger
from ledger.processing import annotations
from pipeline.context import Context
from pipeline.steps.warn import warn
from reports.document.warning_words import main_subject, subject_name
from tests.support.clock import set_clock
from tests.support.ledger_facts import LEASE, NOW, arrive, post, reading

MADRID = load_city(Path(__file__).resolve().parents[2] / "cities" / "madrid.toml")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ALCALA = "Calle de Alcalá"


def history(ledger: Ledger) -> None:
    """Store thirty days of a post every eight hours."""
    told(ledger, [NOW - n * 8 * HOUR for n in range(1, 90)], "Otra cosa", "noise", ())


def told(ledger: Ledger, moments: list[datetime], text: str, topic: str, places: Any = None, source: str = "mastodon") -> list[str]:
    """Store posts of different people; return their ids."""
    begin = len(read_ids(ledger))
    posts = [
        post(begin + n, source, created_at=at, received_at=at, author=f"{begin + n:032x}", text=f"{text} {begin + n}")
        for n, at in enumerate(moments, start=1)
    ]
    arrive(ledger, posts, source)
    given = {} if places is None else {"places": places}
    while claimed := annotations.claim_pending(ledger, "reader", 100, NOW, LEASE):
        annotations.store_annotations(ledger, "reader", [reading(one, topic=topic, **given) for one in claimed], [], NOW)
    return [one.post_id for one in posts]


def read_ids(ledger: Ledger) -> list[str]:
    return [one.post_id for one in read.post_records(ledger, limit=10_000)]


def run_at(context: Context, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    set_clock(monkeypatch, moment)
    return warn(context)


def shown(context: Context) -> list[tuple[str, int, bool]]:
    """Return name, people and end of each warning."""
    found = read.warnings(context.ledger)
    return [(subject_name(*main_subject(one), "en"), one.people, one.ended_at is not None) for one in found]
