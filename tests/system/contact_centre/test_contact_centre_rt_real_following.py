"""Test on Request Tracker itself what becomes of a ticket: notes, merges, states, people."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from contact_centre import request_tracker
from contact_centre.request_tracker import client
from core.errors import RefusedError
from tests.support.contact_centre_facts import a_case, a_post
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


def change(staff: httpx.Client, number: str, **what: Any) -> None:
    assert staff.put(f"ticket/{number}", json=what).status_code == 200


def answer(staff: httpx.Client, number: str) -> None:
    said = {"Content": "Mañana lo arreglamos", "ContentType": "text/plain"}
    assert staff.post(f"ticket/{number}/correspond", json=said).status_code == 201


def test_notes_are_comments_once_each_and_nothing_is_mailed_to_the_requestor(
    url: str, key: str, staff: httpx.Client, folder: Path | None
) -> None:
    number = opened(url, key)
    mailed = _mails(folder)
    for note in ("note:1", "note:2 ñ", "note:1"):
        request_tracker.append(CITY, options(url), request_tracker.Secrets(), number, a_case(key), [a_post(2)], note)
    assert notes(staff, number) == ["escucha:note:1", "escucha:note:2 ñ"]
    assert not any(t["Type"] == "Correspond" for t in client.history(staff, number))
    assert _mails(folder) == mailed


def _mails(folder: Path | None) -> int:
    """How many mails the server would have sent to the requestor; its welcome is one of them."""
    return 0 if folder is None else (folder / "mail.txt").read_text(errors="replace").count("To: buzon@ayto.test")


def test_a_note_for_a_merged_ticket_reaches_the_surviving_one(url: str, key: str, staff: httpx.Client) -> None:
    ours, other = opened(url, key), opened(url, f"{key}-other")
    change(staff, ours, MergeInto=int(other))
    request_tracker.append(CITY, options(url), request_tracker.Secrets(), ours, a_case(key), [a_post(2)], "note:1")
    assert notes(staff, other) == ["escucha:note:1"]
    assert opened(url, key) == ours  # its key still finds it
    found = request_tracker.state(CITY, options(url), request_tracker.Secrets(), [ours, other], None)
    assert (found[ours].state, found[ours].merged_into) == ("merged", other)
    assert found[other].state == "new"


def test_a_post_after_the_closing_opens_the_ticket_again_and_raises_the_priority(url: str, key: str, staff: httpx.Client) -> None:
    number = opened(url, key)
    change(staff, number, Status="resolved")
    post = a_post(2, received_at=datetime.now(UTC) + timedelta(seconds=5))
    request_tracker.append(CITY, options(url), request_tracker.Secrets(), number, a_case(key, priority=5), [post], "note:1")
    after = staff.get(f"ticket/{number}").json()
    assert (after["Status"], after["Priority"]) == ("open", "100")
    assert request_tracker.state(CITY, options(url), request_tracker.Secrets(), [number], None)[number].state == "assigned"


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
        request_tracker.append(CITY, options(between.url), request_tracker.Secrets(), number, a_case(key), [post], "note:1")
        puts = [request for request in between.requests if request.method == "PUT"]
    assert len(puts) == 1  # answered 412; read again, nothing was left to change
    assert staff.get(f"ticket/{number}").json()["Status"] == "stalled"
    assert notes(staff, number) == ["escucha:note:1"]


def test_a_status_the_lifecycle_does_not_know_is_noticed_although_the_answer_is_200(url: str, key: str, staff: httpx.Client) -> None:
    number = opened(url, key)
    change(staff, number, Status="resolved")
    post = a_post(2, received_at=datetime.now(UTC) + timedelta(seconds=5))
    with pytest.raises(RefusedError, match="Status 'abierto' isn't a valid status for this ticket"):
        request_tracker.append(
            CITY, options(url, reopen_status="abierto"), request_tracker.Secrets(), number, a_case(key), [post], "note:1"
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
    assert request_tracker.state(CITY, options(url), request_tracker.Secrets(), [number], since)[number].state == "resolved"
    assert staff.get(f"ticket/{number}").json()["Due"] == "2026-11-26T09:30:00Z"


def test_more_tickets_than_one_query_or_page_holds(url: str, key: str, staff: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert notes(staff, number) == ["escucha:note:1"]
