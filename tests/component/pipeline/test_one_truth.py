"""Desk, dashboards, reports, public page and export count waiting, overdue and answered cases alike, on random ledgers."""

import random
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.config.city import load_city
from core.records.case import NEXT
from core.records.read_models import CaseRecord
from dashboards import expected
from dashboards.panels import PANELS, Window
from ledger import read
from ledger.cases import workflow
from ledger.database import Ledger, open_ledger
from reports.build.period import Interval
from reports.build.response_times import by_department
from reports.output.open_data import response_times
from tests.support.ledger_facts import HOUR, NOW, SALT, opened_case, post
from tests.support.seeded import MADRID

ZONE = ZoneInfo("Europe/Madrid")
YEAR = timedelta(days=364)
SEEDS = [*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 12))]


def random_ledger(url: str, dice: random.Random) -> Ledger:
    """Open 120 cases of the last 120 hours, due after 48 (one in five replayed), and let people work on them at random."""
    ledger = open_ledger(url, SALT)
    for n in range(120):
        replayed: dict[str, Any] = {"replayed_from": NOW - YEAR} if dice.random() < 0.2 else {}
        key = opened_case(ledger, post(n + 1, **replayed), replay=bool(replayed))
        for _ in range(dice.randrange(4)):
            found = read.case_record(ledger, key)
            assert found is not None
            possible = sorted(NEXT[found.state])
            if possible:
                at = NOW - dice.randrange(1, n + 2) * HOUR
                workflow.change(ledger, key, dice.choice(possible), "ana", "so", at)  # type: ignore[arg-type]
    return ledger


@pytest.mark.parametrize("seed", SEEDS)
def test_every_place_counts_the_same_cases(tmp_path: Path, seed: int) -> None:
    ledger = random_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", random.Random(seed))  # noqa: S311
    cases = list(read.case_records(ledger))
    overdue = {one.case_key for one in cases if one.is_overdue(NOW)}
    # by hand, from the history alone
    assert overdue == {one.case_key for one in cases if waits(ledger, one) and one.due_at < NOW and not one.replay}
    # the desk: its number, and the list that the number opens
    assert read.count_cases(ledger, overdue_at=NOW) == len(overdue)
    assert {one.case_key for one in read.case_records(ledger, overdue_at=NOW)} == overdue
    # the dashboard
    window = Window(now=NOW, zone=ZONE, since=NOW - YEAR)
    rows = expected.rows(PANELS["overdue"], [], cases, window)
    assert sum(int(row[-1] or 0) for row in rows) == len(overdue)
    # the report
    whole, _ = by_department(cases, Interval(start=NOW - YEAR, end=NOW, previous=NOW - 2 * YEAR))
    assert whole.overdue == len(overdue)
    # answered in time: dashboard, report and public page
    shares = expected.rows(PANELS["within_due"], [], cases, window)
    in_time = sum(int(row[-1] or 0) for row in shares if row[1] == "in_time")
    assert (in_time, sum(int(row[-1] or 0) for row in shares)) == (whole.in_time, whole.due)
    public = response_times(load_city(MADRID), ledger, NOW).rows[0]
    assert (public.answered, public.in_time) == (whole.answered, round(whole.in_time / whole.due, 3))
    # answered: an answer was recorded, by hand from the history; who closed a case answered nobody
    live = [one for one in cases if not one.replay and one.state != "merged"]
    answered = [one for one in live if "answered" in [step.state for step in read.transitions(ledger, one.case_key)]]
    assert (public.answered, whole.answered) == (len(answered), len(answered))
    assert any(one.closed_at for one in live if one.answered_at is None), "some were closed without an answer"
    ledger.close()


def waits(ledger: Ledger, case: CaseRecord) -> bool:
    return read.transitions(ledger, case.case_key)[-1].state in ("new", "assigned", "acknowledged")
