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
from pipeline import deliver
from pipeline.context import Context
from tests.support.contact_centre_facts import ROOT
from tests.support.seeded import fill, open_seeded

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("_robot")]
pytest_plugins = ["tests.support.request_tracker_server"]
CHILD = """
import sys
from pathlib import Path
from tests.system.contact_centre.test_contact_centre_rt_journey import house_of
from pipeline.deliver import deliver
house = house_of(Path(sys.argv[1]), sys.argv[2])
print(deliver(house, holder=sys.argv[3]))
house.ledger.close()
"""


def house_of(home: Path, url: str) -> Context:
    """The house of a city that works its cases in Request Tracker."""
    house = open_seeded(home, 0, datetime.now(UTC))
    options = {"url": url, "queue": "Redes sociales", "requestor": "buzon@ayto.test"}
    house.city = house.city.model_copy(
        update={"contact_centre": ContactCentre(system="rt", max_per_run=50, options=options)}
    )
    return house


@pytest.fixture
def house(tmp_path: Path, url: str) -> Iterator[Context]:
    house = house_of(tmp_path, url)
    # the time makes the posts, and with them the case keys, new to the server in every test
    fill(house.ledger, house.city, 12, datetime.now(UTC), source=f"feeds{os.urandom(3).hex()}")
    yield house
    house.ledger.close()


def worker(house: Context, url: str, name: str, fault: str = "") -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "ESCUCHA_FAULT_AT": fault}
    command = [sys.executable, "-c", CHILD, str(house.settings.home), url, name]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def references(house: Context, staff: httpx.Client) -> dict[str, str]:
    """By case key what the ledger has; proves on the way that each case has one ticket there, and that one."""
    found = {fact.case_key: fact.reference for fact in read.case_records(house.ledger)}
    assert len(found) == 2
    assert {key: client.find(staff, "CaseKey", key) for key in found} == {key: [ref] for key, ref in found.items()}
    return found


def test_two_workers_at_once_deliver_each_case_once(house: Context, url: str, staff: httpx.Client) -> None:
    workers = [worker(house, url, name) for name in ("one", "two")]
    assert [one.wait(timeout=120) for one in workers] == [0, 0]
    for one in workers:
        assert one.stdout is not None
        one.stdout.close()
    assert len(set(references(house, staff).values())) == len(list(read.case_records(house.ledger)))


@pytest.mark.parametrize(
    "fault", ["deliver.claimed:1", "rt.posted:1", "rt.posted:2", "deliver.sent:1", "deliver.stored:1"]
)
def test_killed_anywhere_between_ledger_and_ticket_there_is_one_ticket_a_case(
    house: Context, url: str, staff: httpx.Client, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker(house, url, "one", fault) as one:
        assert one.wait(timeout=120) == -signal.SIGKILL
    # the dead worker's lease has to end first
    monkeypatch.setattr(deliver, "now", later)
    deliver.deliver(house, holder="two")
    assert all(references(house, staff).values())


def later() -> datetime:
    return datetime.now(UTC) + deliver.LEASE + timedelta(minutes=1)


def test_resolved_in_request_tracker_is_resolved_in_the_case_book(
    house: Context, staff: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver.deliver(house, holder="one")
    key, number = next(iter(references(house, staff).items()))
    row = staff.get(f"ticket/{number}").json()
    links = [link["_url"] for link in row["_hyperlinks"] if link["ref"] == "refers-to"]
    assert links == [f"{house.settings.desk_address}/cases/{key}"]
    said = {"Content": "Mañana lo arreglamos", "ContentType": "text/plain"}
    assert staff.post(f"ticket/{number}/correspond", json=said).status_code == 201
    deliver.follow(house)
    answered = read.case_record(house.ledger, key)
    assert answered is not None
    assert answered.state == "answered"
    assert staff.put(f"ticket/{number}", json={"Status": "resolved"}).status_code == 200
    deliver.follow(house)
    resolved = read.case_record(house.ledger, key)
    assert resolved is not None
    assert (resolved.state, resolved.answered_at) == ("resolved", answered.answered_at)
    assert [(step.state, step.who) for step in read.transitions(house.ledger, key)] == [
        ("new", "escucha"), ("answered", "rt"), ("resolved", "rt"),
    ]  # fmt: skip
