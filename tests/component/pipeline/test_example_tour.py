"""The tour of the demonstration: the example month, read by the model and worked by its office, shows what the tutorial promises."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine

from core.config.city import load_city
from core.config.plugins import ROOT
from core.config.settings import Settings
from ledger import read
from ledger.database import Ledger, open_ledger
from ledger.processing import annotations
from pipeline import all_steps as steps
from pipeline.city.example_history import play_history
from pipeline.city.example_office import told
from pipeline.context import Context, now, read_profile
from reports.document.warning_words import reason, title
from tests.support.desk_client import browser
from tests.support.ledger_facts import LEASE, SALT, arrive, post, reading, unbalanced

MADRID = ROOT / "cities" / "madrid.toml"
THURSDAY = datetime(2026, 12, 3, 11, tzinfo=UTC)
"""Noon in Madrid: after a weekend much more would wait."""


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """The month read as in the demonstration, two months of the archive before it: without a history nothing is unusual."""
    home = tmp_path_factory.mktemp("home")
    with time_machine.travel(THURSDAY), closing(open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)) as ledger:
        archive(ledger, now() - timedelta(days=60))
        _, sources = read_profile(MADRID)
        context = Context(load_city(MADRID), Settings(home=home), SALT, ledger, sources, MADRID)
        assert steps.collect(context, "example")["stored"] == 816
        steps.classify_and_triage(context)
        steps.warn(context)
        yield context


@pytest.mark.slow  # the model reads the month: 40 s
def test_the_example_month_ends_with_warnings_that_are_marked_and_explained(context: Context) -> None:
    found = read.warnings(context.ledger)
    assert "near" in {one.kind for one in found}
    burst = next(one for one in found if title(one, "en").startswith("Water and sewage in "))
    posts = read.post_records(context.ledger, example=True)
    written = [one.source for one in posts if one.post_id in read.warning_posts(context.ledger, burst.number)]
    assert burst.example
    assert len(written) >= burst.people >= burst.counted >= 3  # which window is the most unusual depends on the hour of the run
    assert {one.partition("-")[0] for one in written} == {"example"}
    assert re.match(rf"{burst.counted} people wrote within (60 minutes|\d+ hours); usually ", reason(burst, "en"))
    page = browser(context).get(f"/warnings/{burst.number}")
    assert (page.status_code, 'class="tag example"' in page.text.partition("<h1")[2]) == (200, True)


@pytest.mark.slow
def test_the_burst_pipe_is_one_case_that_was_answered_and_solved(context: Context) -> None:
    """Its 35 posts came from four networks; 816 posts of other things lie around it."""
    about = {post_id for post_id, of in told(context).items() if of.incident == "m1-i31"}
    posts = [one for one in read.post_records(context.ledger, example=True) if one.post_id in about]
    (key,) = {one.case_key for one in posts}
    assert (len(posts), key is not None) == (35, True)
    case = read.case_record(context.ledger, str(key))
    assert case is not None
    assert (case.posts, case.state, case.topic, case.place) == (35, "resolved", "water_sewage", "Calle de Andrés Mellado")
    answered = [one for one in read.answers(context.ledger, case_key=str(key)) if one.state == "copied"]
    assert len(answered) >= 5
    assert answered[0].text.startswith("Se ha roto una tubería grande de Canal de Isabel II en Andrés Mellado 55.")


@pytest.mark.slow
def test_a_day_of_work_is_left_in_queue_and_review(context: Context) -> None:
    states = Counter(one.state for one in read.case_records(context.ledger, example=True))
    assert states["resolved"] >= 80
    assert all(states[one] >= 5 for one in ("new", "assigned", "answered", "rejected"))
    assert read.count_posts(context.ledger, example=True, decision="in_review") in range(5, 61)
    answers = Counter(one.state for one in read.answers(context.ledger))
    assert answers["copied"] >= 200
    assert answers["draft"] >= 5
    assert {"es", "en"} <= {one.language for one in read.answers(context.ledger)}
    reopened = [one for one in read.case_records(context.ledger, example=True) if _was_opened_again(context, one.case_key)]
    assert reopened
    assert unbalanced(context.ledger) == []
    assert play_history(context) == 0


def _was_opened_again(context: Context, case_key: str) -> bool:
    states = [one.state for one in read.transitions(context.ledger, case_key)]
    return ("resolved", "assigned") in pairwise(states)


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
