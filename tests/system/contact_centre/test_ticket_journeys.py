"""Test the way from the ledger's outbox to each system and back.

Once, with kills and concurrent workers.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import ContactCentre
from ledger import read
from pipeline.context import Context
from pipeline.steps import deliver, follow
from tests.support.contact_centre_facts import ROOT
from tests.support.seeded import fill, open_seeded
from tests.support.ticket_rig import Rig
from tests.support.ticket_rigs import started

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
pytest_plugins = ["tests.support.django_helpdesk_server", "tests.support.mailbox_server"]
SYSTEMS = ["open311-xml", "zammad", "django_helpdesk", "email"]
"""Request Tracker has its own journeys (test_contact_centre_rt_journey.py)."""
CHILD = """
import json, sys
from pathlib import Path
from tests.system.contact_centre.test_ticket_journeys import context_of
from pipeline.steps.deliver import deliver
context = context_of(Path(sys.argv[1]), *json.loads(sys.argv[2]))
print(deliver(context, holder=sys.argv[3]))
context.ledger.close()
"""


@pytest.fixture(params=SYSTEMS)
def rig(request: pytest.FixtureRequest, clean_environment: pytest.MonkeyPatch) -> Iterator[Rig]:
    with started(request.param, request.getfixturevalue) as found:
        for name, value in found.environment.items():
            clean_environment.setenv(name, value)
        yield found


def context_of(home: Path, system: str, options: dict[str, object]) -> Context:
    """Open the context of a city with its cases in this system."""
    context = open_seeded(home, 0, datetime.now(UTC))
    centre = ContactCentre(system=system, max_per_run=50, options=options)
    departments = tuple(one.model_copy(update={"queue": None}) for one in context.city.departments)
    context.city = context.city.model_copy(update={"contact_centre": centre, "departments": departments})
    return context


@pytest.fixture
def context(tmp_path: Path, rig: Rig) -> Iterator[Context]:
    context = context_of(tmp_path, rig.name, rig.table)
    # the time makes the posts, and with them the case keys, new to the server in every test
    fill(context.ledger, context.city, 12, datetime.now(UTC), source=f"feeds{os.urandom(3).hex()}")
    yield context
    context.ledger.close()


def worker(context: Context, rig: Rig, name: str, fault: str = "") -> "subprocess.Popen[str]":
    import json

    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "ESCUCHA_FAULT_AT": fault}
    command = [sys.executable, "-c", CHILD, str(context.settings.home), json.dumps([rig.name, rig.table]), name]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def references(context: Context, rig: Rig) -> dict[str, str]:
    """Map case keys to references.

    Asserts that each case has one ticket there, and that one.
    """
    found = {fact.case_key: fact.reference for fact in read.case_records(context.ledger)}
    assert len(found) == 2
    assert {key: rig.tickets(key) for key in found} == {key: [reference] for key, reference in found.items()}
    return {key: str(reference) for key, reference in found.items()}


def test_two_workers_at_once_deliver_each_case_once(context: Context, rig: Rig) -> None:
    workers = [worker(context, rig, name) for name in ("one", "two")]
    for one in workers:
        one.communicate(timeout=120)
    assert [one.returncode for one in workers] == [0, 0]
    assert len(set(references(context, rig).values())) == 2


@pytest.mark.parametrize("point", ["deliver.claimed:1", "NAME.posted:1", "NAME.posted:2", "deliver.sent:1", "deliver.stored:1"])
def test_killed_anywhere_between_ledger_and_ticket_there_is_one_ticket_a_case(
    context: Context, rig: Rig, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker(context, rig, "one", point.replace("NAME", rig.point or rig.name)) as one:
        one.communicate(timeout=120)
    assert one.returncode == -signal.SIGKILL
    # the dead worker's lease has to end first
    monkeypatch.setattr(deliver, "now", lambda: datetime.now(UTC) + deliver.LEASE + timedelta(minutes=1))
    deliver.deliver(context, holder="two")
    assert all(references(context, rig).values())


def test_resolved_there_is_resolved_in_the_case_book(context: Context, rig: Rig) -> None:
    deliver.deliver(context, holder="one")
    key, reference = next(iter(references(context, rig).items()))
    rig.close_ticket(reference)
    follow.follow(context)
    resolved = read.case_record(context.ledger, key)
    assert resolved is not None
    assert resolved.state == "resolved"
    assert [(step.state, step.who) for step in read.transitions(context.ledger, key)] == [("new", "escucha"), ("resolved", rig.name)]
    follow.follow(context)  # nothing new
    assert len(read.transitions(context.ledger, key)) == 2
