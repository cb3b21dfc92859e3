"""Request Tracker itself: a real RT 5 on loopback (`.ci/request-tracker`, or the one ESCUCHA_TEST_RT names, started by it)."""

import os
import signal
import subprocess
import sys
import threading
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from contact_centre import OutcomeUnknownError, request_tracker
from contact_centre.request_tracker import client
from core.errors import ConfigurationError, RefusedError, UnavailableError
from tests.support.contact_centre_facts import DESK, REQUEST_TRACKER, ROOT, a_case, a_city, a_post
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


CITY = a_city()


def options(url: str, **changes: Any) -> request_tracker.Options:
    return request_tracker.Options(**{"url": url, "queue": "Redes sociales", "requestor": "buzon@ayto.test", **changes})


def opened(url: str, key: str, **changes: Any) -> str:
    return request_tracker.open_case(
        CITY, options(url), request_tracker.Secrets(), a_case(key, **changes), [a_post()], DESK
    )


def tickets_of(staff: httpx.Client, key: str) -> list[str]:
    """Numbers of all tickets with this key, merged ones included, counted by somebody who sees everything."""
    return client.find_tickets(staff, "CaseKey", key)


def change(staff: httpx.Client, number: str, **what: Any) -> None:
    assert staff.put(f"ticket/{number}", json=what).status_code == 200


def answer(staff: httpx.Client, number: str) -> None:
    said = {"Content": "Mañana lo arreglamos", "ContentType": "text/plain"}
    assert staff.post(f"ticket/{number}/correspond", json=said).status_code == 201


def test_the_check_says_version_queues_and_rights(url: str, key: str) -> None:
    number = opened(url, key)
    fields = {"topic": "Tema", "district": "Distrito"}
    said = request_tracker.check(CITY, options(url, fields=fields), request_tracker.Secrets())
    assert said.startswith("Request Tracker 5.0.")
    assert f"takes cases in Alumbrado, Redes sociales; comments and changes allowed at ticket {number}" in said


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"queue": "Nada"}, "queue 'Nada' does not exist in Request Tracker, or the robot lacks the right SeeQueue"),
        ({"queue": "Sin campos"}, "queue 'Sin campos' lacks the custom field CaseKey"),
        ({"key_field": "Clave"}, "lacks the custom field Clave"),
        ({"fields": {"topic": "Servicio"}}, "lacks the custom field Servicio"),
    ],
)
def test_a_missing_queue_or_field_is_refused_at_the_check(url: str, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        request_tracker.check(CITY, options(url, **wrong), request_tracker.Secrets())


def test_a_missing_right_or_a_wrong_password_is_refused_at_the_check(url: str) -> None:
    city = a_city(departments=CITY.departments[1:])
    with pytest.raises(ConfigurationError, match="lacks the right CreateTicket in queue 'Redes sociales'"):
        request_tracker.check(city, options(url), request_tracker.Secrets(rt_user="half", rt_password="half-pw-1"))  # noqa: S106
    with pytest.raises(ConfigurationError, match="401 Unauthorized"):
        request_tracker.check(city, options(url), request_tracker.Secrets(rt_user="half", rt_password="wrong"))  # noqa: S106


def test_a_ticket_says_what_the_case_is_and_links_to_the_desk(url: str, key: str, staff: httpx.Client) -> None:
    case = a_case(key, title="Contenedores <b>llenos</b>\r\nBcc: otro@x.test 🗑️", priority=4)
    fields = {"topic": "Tema", "district": "Distrito", "barrio": "Barrio"}
    posts = [a_post(text="Llevan <script>alert(1)</script> llenos\x00\x1b[2J desde el lunes 👩‍👩‍👧")]
    number = request_tracker.open_case(CITY, options(url, fields=fields), request_tracker.Secrets(), case, posts, DESK)
    made = staff.get(f"ticket/{number}").json()
    assert made["Subject"] == "Contenedores <b>llenos</b> Bcc: otro@x.test 🗑️"
    assert (made["Status"], made["Priority"], made["Due"]) == ("new", "75", "2026-11-26T09:30:00Z")
    assert {field["name"]: field["values"] for field in made["CustomFields"]} == {
        "CaseKey": [key], "Tema": ["Residuos y limpieza"], "Distrito": ["Salamanca"],
    }  # fmt: skip
    assert [link["_url"] for link in made["_hyperlinks"] if link["ref"] == "refers-to"] == [f"{DESK}/cases/{key}"]
    created = staff.get(f"ticket/{number}/history", params={"fields": "Type"}).json()["items"][0]["id"]
    text = _text(staff, created)
    assert "> Llevan <script>alert(1)</script> llenos[2J desde el lunes 👩‍👩‍👧\n" in text
    assert f"Todo sobre el caso, en la mesa de Escucha: {DESK}/cases/{key}\n" in text


def _text(staff: httpx.Client, transaction: str) -> str:
    import base64

    links = staff.get(f"transaction/{transaction}").json()["_hyperlinks"]
    attachments = [link["_url"] for link in links if link["ref"] == "attachment"]
    return base64.b64decode(staff.get(attachments[0]).json()["Content"]).decode()


def test_a_case_opened_twice_has_one_ticket(url: str, key: str, staff: httpx.Client) -> None:
    first = opened(url, key)
    assert opened(url, key) == first
    assert tickets_of(staff, key) == [first]


@pytest.mark.parametrize(
    "odd", ["o'brien", "back\\slash", "' OR id > 0", '"', "100%_", "emoji 🗑️ ñ", "k" * 300, "a OR b"]
)
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


def _child(url: str, key: str, what: str, fault: str) -> int:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "ESCUCHA_FAULT_AT": fault}
    return subprocess.run(
        [sys.executable, "-c", CHILD, url, key, what], env=environment, cwd=ROOT, check=False
    ).returncode


def test_killed_between_post_and_commit_there_is_one_ticket(url: str, key: str, staff: httpx.Client) -> None:
    assert _child(url, key, "open", "rt.posted:1") == -signal.SIGKILL
    (made,) = tickets_of(staff, key)  # the ticket exists, nobody wrote its number down
    assert opened(url, key) == made
    assert tickets_of(staff, key) == [made]


def test_killed_after_the_comment_there_is_one_comment(url: str, key: str, staff: httpx.Client) -> None:
    number = opened(url, key)
    assert _child(url, key, number, "rt.commented:1") == -signal.SIGKILL
    request_tracker.append(CITY, options(url), request_tracker.Secrets(), number, a_case(key), [a_post(2)], "note:1")
    assert _notes(staff, number) == ["escucha:note:1"]


def _notes(staff: httpx.Client, number: str) -> list[str]:
    return [t["Data"].strip() for t in client.history(staff, number) if t["Type"] == "Comment"]


def test_an_answer_lost_after_the_server_accepted_is_unknown_and_then_found(
    url: str, key: str, staff: httpx.Client
) -> None:
    def lose(request: Request, reply: Reply) -> Reply:
        return Reply(cut=True) if request.method == "POST" else reply

    with Between(url, lose) as between:
        with pytest.raises(OutcomeUnknownError, match="no answer to POST ticket"):
            opened(between.url, key)
        (made,) = tickets_of(staff, key)
        assert opened(between.url, key) == made
        with pytest.raises(OutcomeUnknownError, match="no answer to POST ticket/"):
            request_tracker.append(
                CITY, options(between.url), request_tracker.Secrets(), made, a_case(key), [a_post(2)], "note:1"
            )
        request_tracker.append(
            CITY, options(between.url), request_tracker.Secrets(), made, a_case(key), [a_post(2)], "note:1"
        )
    assert _notes(staff, made) == ["escucha:note:1"]


def test_a_server_that_is_slower_than_our_patience_is_unknown(url: str, key: str, staff: httpx.Client) -> None:
    late = threading.Event()

    def hold(request: Request, reply: Reply) -> Reply:
        if request.method == "POST":
            late.wait(timeout=20)
        return reply

    with Between(url, hold) as between:
        with pytest.raises(OutcomeUnknownError, match="ReadTimeout"):
            request_tracker.open_case(
                CITY, options(between.url, timeout_s=3), request_tracker.Secrets(), a_case(key), [a_post()], DESK
            )
        late.set()
    assert opened(url, key) == tickets_of(staff, key)[0]
    assert len(tickets_of(staff, key)) == 1


def test_notes_are_comments_once_each_and_nothing_is_mailed_to_the_requestor(
    url: str, key: str, staff: httpx.Client, folder: Path | None
) -> None:
    number = opened(url, key)
    mailed = _mails(folder)
    for note in ("note:1", "note:2 ñ", "note:1"):
        request_tracker.append(CITY, options(url), request_tracker.Secrets(), number, a_case(key), [a_post(2)], note)
    assert _notes(staff, number) == ["escucha:note:1", "escucha:note:2 ñ"]
    assert not any(t["Type"] == "Correspond" for t in client.history(staff, number))
    assert _mails(folder) == mailed


def _mails(folder: Path | None) -> int:
    """How many mails the server would have sent to the requestor; its welcome is one of them."""
    return 0 if folder is None else (folder / "mail.txt").read_text(errors="replace").count("To: buzon@ayto.test")


def test_a_note_for_a_merged_ticket_reaches_the_surviving_one(url: str, key: str, staff: httpx.Client) -> None:
    ours, other = opened(url, key), opened(url, f"{key}-other")
    change(staff, ours, MergeInto=int(other))
    request_tracker.append(CITY, options(url), request_tracker.Secrets(), ours, a_case(key), [a_post(2)], "note:1")
    assert _notes(staff, other) == ["escucha:note:1"]
    assert opened(url, key) == ours  # its key still finds it
    found = request_tracker.state(CITY, options(url), request_tracker.Secrets(), [ours, other], None)
    assert (found[ours].state, found[ours].merged_into) == ("merged", other)
    assert found[other].state == "new"


def test_a_post_after_the_closing_opens_the_ticket_again_and_raises_the_priority(
    url: str, key: str, staff: httpx.Client
) -> None:
    number = opened(url, key)
    change(staff, number, Status="resolved")
    post = a_post(2, received_at=datetime.now(UTC) + timedelta(seconds=5))
    request_tracker.append(
        CITY, options(url), request_tracker.Secrets(), number, a_case(key, priority=5), [post], "note:1"
    )
    after = staff.get(f"ticket/{number}").json()
    assert (after["Status"], after["Priority"]) == ("open", "100")
    assert (
        request_tracker.state(CITY, options(url), request_tracker.Secrets(), [number], None)[number].state == "assigned"
    )


def test_a_colleague_who_is_faster_is_not_overwritten(url: str, key: str, staff: httpx.Client) -> None:
    number = opened(url, key)
    change(staff, number, Status="resolved")
    meanwhile = [{"Status": "stalled"}]

    def colleague(request: Request) -> None:
        if request.method == "PUT" and meanwhile:
            change(staff, number, **meanwhile.pop())

    def as_it_is(_: Request, reply: Reply) -> Reply:
        return reply

    post = a_post(2, received_at=datetime.now(UTC) + timedelta(seconds=5))
    with Between(url, as_it_is, colleague) as between:
        request_tracker.append(
            CITY, options(between.url), request_tracker.Secrets(), number, a_case(key), [post], "note:1"
        )
        puts = [request for request in between.requests if request.method == "PUT"]
    assert len(puts) == 1  # answered 412; read again, nothing was left to change
    assert staff.get(f"ticket/{number}").json()["Status"] == "stalled"
    assert _notes(staff, number) == ["escucha:note:1"]


def test_a_status_the_lifecycle_does_not_know_is_noticed_although_the_answer_is_200(
    url: str, key: str, staff: httpx.Client
) -> None:
    number = opened(url, key)
    change(staff, number, Status="resolved")
    post = a_post(2, received_at=datetime.now(UTC) + timedelta(seconds=5))
    with pytest.raises(RefusedError, match="Status 'abierto' isn't a valid status for this ticket"):
        request_tracker.append(
            CITY,
            options(url, reopen_status="abierto"),
            request_tracker.Secrets(),
            number,
            a_case(key),
            [post],
            "note:1",
        )
    assert staff.get(f"ticket/{number}").json()["Status"] == "resolved"


@pytest.mark.parametrize(
    ("steps", "state", "answered"),
    [
        ((), "new", False),
        (("open",), "assigned", False),
        (("stalled",), "assigned", False),
        (("answer",), "answered", True),
        (("answer", "resolved"), "resolved", True),
        (("resolved",), "resolved", False),
        (("rejected",), "rejected", False),
        (("deleted",), "rejected", False),
        (("resolved", "open"), "assigned", False),
    ],
)
def test_what_staff_do_is_what_the_case_book_learns(
    url: str, key: str, staff: httpx.Client, steps: tuple[str, ...], state: str, answered: bool
) -> None:
    started = datetime.now(UTC).replace(microsecond=0)
    number = opened(url, key)
    for step in steps:
        answer(staff, number) if step == "answer" else change(staff, number, Status=step)
    found = request_tracker.state(CITY, options(url), request_tracker.Secrets(), [number], started)[number]
    assert (found.state, found.answered_at is not None) == (state, answered)
    assert started <= found.updated_at <= datetime.now(UTC)


def test_our_own_comments_are_no_answer_and_a_removed_ticket_is_gone(url: str, key: str) -> None:
    number = opened(url, key)
    request_tracker.append(CITY, options(url), request_tracker.Secrets(), number, a_case(key), [a_post(2)], "note:1")
    found = request_tracker.state(CITY, options(url), request_tracker.Secrets(), [number, "99999999"], None)
    assert {reference: standing.state for reference, standing in found.items()} == {number: "new", "99999999": "gone"}
    later = datetime.now(UTC) + timedelta(hours=1)
    assert request_tracker.state(CITY, options(url), request_tracker.Secrets(), [number], later) == {}


@pytest.mark.parametrize("zone", ["US/Eastern", "Europe/Madrid", "Pacific/Auckland"])
def test_the_robots_time_zone_hides_nothing(url: str, key: str, staff: httpx.Client, zone: str) -> None:
    # a date in a query would be read in this zone: the poll of the last two hours found nothing
    assert staff.put("user/escucha", json={"Timezone": zone}).status_code == 200
    number = opened(url, key)
    change(staff, number, Status="resolved")
    since = datetime.now(UTC) - timedelta(hours=2)
    assert (
        request_tracker.state(CITY, options(url), request_tracker.Secrets(), [number], since)[number].state
        == "resolved"
    )
    assert staff.get(f"ticket/{number}").json()["Due"] == "2026-11-26T09:30:00Z"


def test_more_tickets_than_one_query_or_page_holds(
    url: str, key: str, staff: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PAGE", 5)
    number = opened(url, key)
    many = [str(n) for n in range(10_000_000, 10_000_060)]
    found = request_tracker.state(CITY, options(url), request_tracker.Secrets(), [*many, number], None)
    assert len(found) == 61
    assert found[number].state == "new"
    for n in range(1, 12):
        change(staff, number, Priority=n)
    request_tracker.append(CITY, options(url), request_tracker.Secrets(), number, a_case(key), [a_post(2)], "note:1")
    request_tracker.append(CITY, options(url), request_tracker.Secrets(), number, a_case(key), [a_post(2)], "note:1")
    assert _notes(staff, number) == ["escucha:note:1"]


def test_a_token_works_like_a_password(url: str, key: str, folder: Path | None) -> None:
    if folder is None:
        pytest.skip("a token is made on the server itself, which ESCUCHA_TEST_RT keeps elsewhere")
    made = subprocess.run(
        [REQUEST_TRACKER, "token", str(folder)], check=True, capture_output=True, text=True
    ).stdout.strip()
    number = request_tracker.open_case(
        CITY, options(url), request_tracker.Secrets(rt_user="", rt_token=made), a_case(key), [a_post()], DESK
    )
    assert opened(url, key) == number
    with pytest.raises(ConfigurationError, match="401"):
        request_tracker.check(CITY, options(url), request_tracker.Secrets(rt_token="1-34-no"))  # noqa: S106


def test_a_server_that_is_down_leaves_the_outcome_known(key: str) -> None:
    with pytest.raises(UnavailableError) as raised:
        opened("http://127.0.0.1:9", key)
    assert raised.type is UnavailableError
