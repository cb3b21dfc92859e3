"""The example week has answers and response times, of example cases alone, and never against a person."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import load_city
from core.config.settings import Settings
from ledger import read
from ledger.cases import workflow
from ledger.database import Ledger, open_ledger
from pipeline.casework import ownership
from pipeline.city import example_history
from pipeline.city.example_history import WHO, history_of, play_history
from pipeline.context import Context, read_profile
from reports.output.open_data import response_times
from tests.component.reports.test_reports_open_data import add
from tests.support.ledger_facts import SALT, unbalanced

MADRID = Path(__file__).resolve().parents[3] / "cities" / "madrid.toml"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    yield ledger
    ledger.close()


@pytest.fixture
def context(tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Context:
    """An example week of thirty cases that began seven days ago, and nine of an archive."""
    add(ledger, "noise", [None] * 30, source="example-x", replay=True, start=NOW - timedelta(days=7))
    add(ledger, "noise", [None] * 9, source="archive", replay=True, start=NOW - timedelta(days=7))
    monkeypatch.setattr(example_history, "now", lambda: NOW)
    _, sources = read_profile(MADRID)
    return Context(load_city(MADRID), Settings(home=tmp_path), SALT, ledger, sources, MADRID)


def states(ledger: Ledger, *, example: bool = True) -> Counter[str]:
    return Counter(one.state for one in read.case_records(ledger, example=example))


def test_most_cases_are_answered_at_times_of_an_office_and_some_are_not(context: Context) -> None:
    assert play_history(context) > 30
    found = states(context.ledger)
    assert found["answered"] + found["resolved"] + found["rejected"] > 20
    steps = [one for case in read.case_records(context.ledger) for one in read.transitions(context.ledger, case.case_key)]
    mine = [one for one in steps if one.who == WHO]
    assert all(one.at <= NOW and one.why == "an example, for the demonstration" for one in mine)
    assert {one.at.astimezone(context.city.zone).weekday() for one in mine} <= set(range(5))
    assert unbalanced(context.ledger) == []


def test_few_cases_are_never_answered_and_most_in_time(context: Context) -> None:
    (one, *_) = read.case_records(context.ledger, example=True)
    histories = [list(history_of(context.city, one.model_copy(update={"case_key": f"C-{number}"}))) for number in range(400)]
    assert 4 <= sum(not steps for steps in histories) <= 24
    answered = [steps[1][1] for steps in histories if steps]
    assert sum(at <= one.due_at for at in answered) > 0.7 * len(answered)
    assert all([at for _, at in steps] == sorted(at for _, at in steps) for steps in histories)


def test_the_same_week_has_the_same_history_made_once(context: Context, tmp_path: Path) -> None:
    play_history(context)
    before = states(context.ledger)
    assert (play_history(context), states(context.ledger)) == (0, before)


def test_the_demonstration_shows_response_times_and_the_open_data_none(context: Context) -> None:
    play_history(context)
    shown = response_times(context.city, context.ledger, NOW, example=True).rows[0]
    assert shown.median_hours is not None
    assert response_times(context.city, context.ledger, NOW).rows == ()
    assert states(context.ledger, example=False) == {"new": 9}


def test_what_a_person_does_is_left_alone(context: Context) -> None:
    answered, taken, *_ = sorted(one.case_key for one in read.case_records(context.ledger, example=True))
    workflow.change(context.ledger, answered, "answered", "ana", "", NOW - timedelta(days=6))
    ownership.take(context, taken, "ana", "", None)
    play_history(context)
    for key in (answered, taken):
        assert WHO not in {one.who for one in read.transitions(context.ledger, key)}


def test_history_goes_on_with_the_days(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example_history, "now", lambda: NOW - timedelta(days=6, hours=23))
    first = play_history(context)
    monkeypatch.setattr(example_history, "now", lambda: NOW)
    second = play_history(context)
    assert second > first
    assert play_history(context) == 0


def test_without_the_example_week_nothing_is_played(context: Context) -> None:
    for one in context.sources.values():
        one.switched_off = "off: a real source is on"
    assert play_history(context) == 0


@pytest.mark.slow
def test_a_kill_between_two_steps_and_two_processes_leave_one_history(context: Context, tmp_path: Path) -> None:
    play = (
        "import sys; from pathlib import Path; from core.config.settings import Settings\n"
        "from pipeline.context import open_context; from pipeline.city.example_history import play_history\n"
        f"with open_context(Path({str(MADRID)!r}), Settings(home=Path({str(tmp_path)!r}), salt={SALT.decode()!r})) as context:\n"
        "    play_history(context)\n"
    )
    root = MADRID.parents[1]

    def start(**more: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", play], cwd=root, env={"PATH": "/usr/bin:/bin", **more})

    assert start(ESCUCHA_FAULT_AT="example.played:7").wait(120) == -signal.SIGKILL
    assert [one.wait(120) for one in [start(), start()]] == [0, 0]
    for case in read.case_records(context.ledger, example=True):
        found = [one.state for one in read.transitions(context.ledger, case.case_key)]
        assert len(found) == len(set(found))
    assert unbalanced(context.ledger) == []
