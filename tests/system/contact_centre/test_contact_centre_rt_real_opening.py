"""Test on Request Tracker itself that a case has one ticket, whatever happens."""

import os
import signal
import subprocess
import sys
import threading
import uuid

import httpx
import pytest

from contact_centre import OutcomeUnknownError, request_tracker
from contact_centre.request_tracker import client
from core.errors import UnavailableError
from tests.support.contact_centre_facts import DESK, ROOT, a_case, a_post
from tests.support.request_tracker_real import CITY, notes, opened, options
from tests.support.stubs.between import Between
from tests.support.stubs.server import Reply, Request

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("_robot")]
pytest_plugins = ["tests.support.request_tracker_server"]


@pytest.fixture
def url(rt_url: str) -> str:
    return rt_url


@pytest.fixture
def key(rt_case_key: str) -> str:
    return rt_case_key


def tickets_of(staff: httpx.Client, key: str) -> list[str]:
    """Numbers of all tickets with this key, merged ones included, as an account that sees everything counts them."""
    return client.find_tickets(staff, "CaseKey", key)


def test_a_ticket_says_what_the_case_is_and_links_to_the_desk(url: str, key: str, staff: httpx.Client) -> None:
    case = a_case(key, title="Contenedores <b>llenos</b>\r\nBcc: otro@x.test 🗑️", priority=4)
    fields = {"topic": "Tema", "district": "Distrito", "barrio": "Barrio"}
    posts = [a_post(text="Llevan <script>alert(1)</script> llenos\x00\x1b[2J desde el lunes 👩‍👩‍👧")]
    number = request_tracker.open_case(CITY, options(url, fields=fields), request_tracker.Secrets(), case, posts, DESK)
    made = staff.get(f"ticket/{number}").json()
    assert made["Subject"] == "Contenedores <b>llenos</b> Bcc: otro@x.test 🗑️"
    assert (made["Status"], made["Priority"], made["Due"]) == ("new", "75", "2026-11-26T09:30:00Z")
    assert {field["name"]: field["values"] for field in made["CustomFields"]} == {
        "CaseKey": [key],
        "Tema": ["Residuos y limpieza"],
        "Distrito": ["Salamanca"],
    }
    assert [link["_url"] for link in made["_hyperlinks"] if link["ref"] == "refers-to"] == [f"{DESK}/cases/{key}"]
    created = staff.get(f"ticket/{number}/history", params={"fields": "Type"}).json()["items"][0]["id"]
    text = text_of(staff, created)
    assert "> Llevan <script>alert(1)</script> llenos[2J desde el lunes 👩‍👩‍👧\n" in text
    assert f"Todo sobre el caso, en Escucha: {DESK}/cases/{key}\n" in text


def text_of(staff: httpx.Client, transaction: str) -> str:
    import base64

    links = staff.get(f"transaction/{transaction}").json()["_hyperlinks"]
    attachments = [link["_url"] for link in links if link["ref"] == "attachment"]
    return base64.b64decode(staff.get(attachments[0]).json()["Content"]).decode()


def test_a_case_opened_twice_has_one_ticket(url: str, key: str, staff: httpx.Client) -> None:
    first = opened(url, key)
    assert opened(url, key) == first
    assert tickets_of(staff, key) == [first]


@pytest.mark.parametrize("odd", ["o'brien", "back\\slash", "' OR id > 0", '"', "100%_", "emoji 🗑️ ñ", "k" * 300, "a OR b"])
def test_odd_keys_are_found_again_each_alone(url: str, staff: httpx.Client, odd: str) -> None:
    unique = f"{odd}{uuid.uuid4().hex[:8]}"
    number = opened(url, unique)
    assert opened(url, unique) == number
    assert tickets_of(staff, unique) == [number]


def test_four_workers_at_once_leave_one_living_ticket(url: str, key: str, staff: httpx.Client) -> None:
    # without a lease, which the ledger holds in real life: all look before any has posted
    found: list[str] = []
    gate = threading.Barrier(4)
    workers = [threading.Thread(target=_open_at, args=(gate, url, key, found)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    living = {str(staff.get(f"ticket/{number}").json()["id"]) for number in tickets_of(staff, key)}
    assert living == set(found)


def _open_at(gate: threading.Barrier, url: str, key: str, found: list[str]) -> None:
    gate.wait()
    found.append(opened(url, key))


CHILD = """
import sys
from tests.support.contact_centre_facts import DESK, REQUEST_TRACKER, ROOT, a_case, a_city, a_post
from contact_centre import request_tracker as rt
options = rt.Options(url=sys.argv[1], queue="Redes sociales", requestor="buzon@ayto.test")
if sys.argv[3] == "open":
    print(rt.open_case(a_city(), options, rt.Secrets(), a_case(sys.argv[2]), [a_post()], DESK))
else:
    rt.append(a_city(), options, rt.Secrets(), sys.argv[3], a_case(sys.argv[2]), [a_post(2)], "note:1")
"""


def child_exit(url: str, key: str, what: str, fault: str) -> int:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "ESCUCHA_FAULT_AT": fault}
    return subprocess.run([sys.executable, "-c", CHILD, url, key, what], env=environment, cwd=ROOT, check=False).returncode


def test_killed_between_post_and_commit_there_is_one_ticket(url: str, key: str, staff: httpx.Client) -> None:
    assert child_exit(url, key, "open", "rt.posted:1") == -signal.SIGKILL
    (made,) = tickets_of(staff, key)  # the ticket exists, but its number was not stored
    assert opened(url, key) == made
    assert tickets_of(staff, key) == [made]


def test_killed_after_the_comment_there_is_one_comment(url: str, key: str, staff: httpx.Client) -> None:
    number = opened(url, key)
    assert child_exit(url, key, number, "rt.commented:1") == -signal.SIGKILL
    request_tracker.append(CITY, options(url), request_tracker.Secrets(), number, a_case(key), [a_post(2)], "note:1")
    assert notes(staff, number) == ["escucha:note:1"]


def test_an_answer_lost_after_the_server_accepted_is_unknown_and_then_found(url: str, key: str, staff: httpx.Client) -> None:
    def lose(request: Request, reply: Reply) -> Reply:
        return Reply(cut=True) if request.method == "POST" else reply

    with Between(url, lose) as between:
        with pytest.raises(OutcomeUnknownError, match="no answer to POST ticket"):
            opened(between.url, key)
        (made,) = tickets_of(staff, key)
        assert opened(between.url, key) == made
        with pytest.raises(OutcomeUnknownError, match="no answer to POST ticket/"):
            request_tracker.append(CITY, options(between.url), request_tracker.Secrets(), made, a_case(key), [a_post(2)], "note:1")
        request_tracker.append(CITY, options(between.url), request_tracker.Secrets(), made, a_case(key), [a_post(2)], "note:1")
    assert notes(staff, made) == ["escucha:note:1"]


def test_a_server_that_is_slower_than_our_patience_is_unknown(url: str, key: str, staff: httpx.Client) -> None:
    late = threading.Event()

    def hold(request: Request, reply: Reply) -> Reply:
        if request.method == "POST":
            late.wait(timeout=60)
        return reply

    with Between(url, hold) as between:
        with pytest.raises(OutcomeUnknownError, match="ReadTimeout"):
            request_tracker.open_case(CITY, options(between.url, timeout_s=5), request_tracker.Secrets(), a_case(key), [a_post()], DESK)
        late.set()
    assert opened(url, key) == tickets_of(staff, key)[0]
    assert len(tickets_of(staff, key)) == 1


def test_a_server_that_is_down_leaves_the_outcome_known(key: str) -> None:
    with pytest.raises(UnavailableError) as raised:
        opened("http://127.0.0.1:9", key)
    assert raised.type is UnavailableError
