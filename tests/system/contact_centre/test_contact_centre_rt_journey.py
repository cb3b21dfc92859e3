"""From the ledger's outbox to a ticket of a real Request Tracker and back: once, whatever is killed and whoever works beside."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from contact_centre.request_tracker import client
from core.config.city import ContactCentre
from ledger import read
from pipeline.context import Context
from pipeline.steps import deliver, follow
from tests.support.contact_centre_facts import ROOT
from tests.support.seeded import fill, open_seeded

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("_robot")]
pytest_plugins = ["tests.support.request_tracker_server"]


@pytest.fixture
def url(rt_url: str) -> str:
    return rt_url


CHILD = """
import sys
from pathlib import Path
from tests.system.contact_centre.test_contact_centre_rt_journey import context_of
from pipeline.steps.deliver import deliver
context = context_of(Path(sys.argv[1]), sys.argv[2])
print(deliver(context, holder=sys.argv[3]))
context.ledger.close()
"""


def context_of(home: Path, url: str) -> Context:
    """The house of a city that works its cases in Request Tracker."""
    context = open_seeded(home, 0, datetime.now(UTC))
    options = {"url": url, "queue": "Redes sociales", "requestor": "buzon@ayto.test"}
    context.city = context.city.model_copy(update={"contact_centre": ContactCentre(system="rt", max_per_run=50, options=options)})
    return context


@pytest.fixture
def context(tmp_path: Path, url: str) -> Iterator[Context]:
    context = context_of(tmp_path, url)
    # the time makes the posts, and with them the case keys, new to the server in every test
    fill(context.ledger, context.city, 12, datetime.now(UTC), source=f"feeds{os.urandom(3).hex()}")
    yield context
    context.ledger.close()


def worker(context: Context, url: str, name: str, fault: str = "") -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "ESCUCHA_FAULT_AT": fault}
    command = [sys.executable, "-c", CHILD, str(context.settings.home), url, name]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def references(context: Context, staff: httpx.Client) -> dict[str, str | None]:
    """By case key what the ledger has; proves on the way that each case has one ticket there, and that one."""
    found = {fact.case_key: fact.reference for fact in read.case_records(context.ledger)}
    assert len(found) == 2
    assert {key: client.find_tickets(staff, "CaseKey", key) for key in found} == {key: [ref] for key, ref in found.items()}
    return found


def test_two_workers_at_once_deliver_each_case_once(context: Context, url: str, staff: httpx.Client) -> None:
    workers = [worker(context, url, name) for name in ("one", "two")]
    assert [one.wait(timeout=120) for one in workers] == [0, 0]
    for one in workers:
        assert one.stdout is not None
        one.stdout.close()
    assert len(set(references(context, staff).values())) == len(list(read.case_records(context.ledger)))


@pytest.mark.parametrize("fault", ["deliver.claimed:1", "rt.posted:1", "rt.posted:2", "deliver.sent:1", "deliver.stored:1"])
def test_killed_anywhere_between_ledger_and_ticket_there_is_one_ticket_a_case(
    context: Context, url: str, staff: httpx.Client, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker(context, url, "one", fault) as one:
        assert one.wait(timeout=120) == -signal.SIGKILL
    # the dead worker's lease has to end first
    monkeypatch.setattr(deliver, "now", later)
    deliver.deliver(context, holder="two")
    assert all(references(context, staff).values())


def later() -> datetime:
    return datetime.now(UTC) + deliver.LEASE + timedelta(minutes=1)


def test_resolved_in_request_tracker_is_resolved_in_the_case_book(
    context: Context, staff: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver.deliver(context, holder="one")
    key, number = next(iter(references(context, staff).items()))
    row = staff.get(f"ticket/{number}").json()
    links = [link["_url"] for link in row["_hyperlinks"] if link["ref"] == "refers-to"]
    assert links == [f"{context.settings.desk_address}/cases/{key}"]
    said = {"Content": "Mañana lo arreglamos", "ContentType": "text/plain"}
    assert staff.post(f"ticket/{number}/correspond", json=said).status_code == 201
    follow.follow(context)
    answered = read.case_record(context.ledger, key)
    assert answered is not None
    assert answered.state == "answered"
    assert staff.put(f"ticket/{number}", json={"Status": "resolved"}).status_code == 200
    follow.follow(context)
    resolved = read.case_record(context.ledger, key)
    assert resolved is not None
    assert (resolved.state, resolved.answered_at) == ("resolved", answered.answered_at)
    assert [(step.state, step.who) for step in read.transitions(context.ledger, key)] == [
        ("new", "escucha"),
        ("answered", "rt"),
        ("resolved", "rt"),
    ]
