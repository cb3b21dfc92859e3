"""The example week, read by the model, has a warning to show: marked as an example, with its posts and a reason."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import load_city
from core.config.plugins import ROOT
from core.config.settings import Settings
from ledger import read
from ledger.database import Ledger, open_ledger
from ledger.processing import annotations
from pipeline import all_steps as steps
from pipeline.context import Context, now, read_profile
from reports.document.warning_words import reason, title
from tests.support.desk_client import browser
from tests.support.ledger_facts import LEASE, SALT, arrive, post, reading

MADRID = ROOT / "cities" / "madrid.toml"


@pytest.mark.slow  # the model reads the week: 20 s
def test_the_example_week_ends_with_a_warning_that_is_marked_and_explained(tmp_path: Path) -> None:
    """A month of the archive lies before it, as in the demonstration: without a history nothing is unusual."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    archive(ledger, now())
    _, sources = read_profile(MADRID)
    context = Context(load_city(MADRID), Settings(home=tmp_path), SALT, ledger, sources, MADRID)
    assert steps.collect(context, "example")["stored"] == 240
    steps.classify_and_triage(context)
    steps.warn(context)
    (burst,) = [one for one in read.warnings(ledger) if title(one, "en") == "Water and sewage in Chamberí"]
    posts = read.post_records(ledger, limit=1_000)
    written = [one.source for one in posts if one.post_id in read.warning_posts(ledger, burst.number)]
    assert burst.example
    assert len(written) >= burst.people >= burst.counted >= 4  # which window is the most unusual depends on the hour of the run
    assert {one.partition("-")[0] for one in written} == {"example"}
    assert re.match(rf"{burst.counted} people wrote within (60 minutes|\d+ hours); usually ", reason(burst, "en"))
    page = browser(context).get(f"/warnings/{burst.number}")
    assert (page.status_code, 'class="tag example"' in page.text.partition("<h1")[2]) == (200, True)
    ledger.close()


def archive(ledger: Ledger, at: datetime) -> None:
    """Store ninety posts about noise, one every eight hours, as read."""
    moments = [at - n * timedelta(hours=8) for n in range(1, 90)]
    posts = [
        post(number, "archive", created_at=one, received_at=one, author=f"{number:032x}", text=f"Otra cosa {number}")
        for number, one in enumerate(moments, start=1)
    ]
    arrive(ledger, posts, "archive", at)
    claimed = annotations.claim_pending(ledger, "reader", 100, at, LEASE)
    found = [reading(one, topic="noise", places=()) for one in claimed]
    annotations.store_annotations(ledger, "reader", found, [], at)
