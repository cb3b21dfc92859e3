"""Check that new posts become notes in Request Tracker, against a scripted server."""

import json
from datetime import timedelta
from typing import Any

import pytest

from contact_centre import request_tracker
from core.errors import RefusedError
from tests.support.contact_centre_facts import MORNING, a_case, a_city, a_post
from tests.support.request_tracker_scripted import note, options, row
from tests.support.stubs.request_tracker import Tracker, page
from tests.support.stubs.server import Reply

pytest_plugins = ("tests.support.request_tracker_fixtures",)
pytestmark = pytest.mark.usefixtures("rt_login")


def appended(tracker: Tracker, **changes: Any) -> None:
    case = a_case("c:1", **changes)
    post = a_post(2, received_at=MORNING + timedelta(days=3))
    request_tracker.append(a_city(), options(tracker.url), request_tracker.Secrets(), "61", case, [post], "n:1")


def test_new_posts_become_a_comment_with_their_key_never_a_message_to_the_requestor() -> None:
    script = (
        ("GET ticket/61", row()),
        ("GET ticket/61/history", page()),
        ("GET ticket/61", row()),
        ("POST ticket/61/comment", Reply(["Comments added"], 201)),
        ("GET ticket/61/history", page(note("n:1"))),
    )
    with Tracker(*script) as tracker:
        appended(tracker)
        sent = json.loads(tracker.requests[3].body)
    assert sent["Subject"] == "escucha:n:1"
    assert sent["Content"].startswith(
        "Mensajes nuevos sobre lo mismo: 1. El caso tiene ya 1 (caso c:1, prioridad 2 de 5).\n\n2026-11-24 10:30, mastodon:\n> "
    )


def test_a_note_that_is_already_there_is_success() -> None:
    with Tracker(("GET ticket/61", row()), ("GET ticket/61/history", page(note("n:0"), note("n:1")))) as tracker:
        appended(tracker)
        assert [request.method for request in tracker.requests] == ["GET", "GET"]


def test_posts_erased_before_they_were_delivered_leave_nothing_to_say() -> None:
    with Tracker() as tracker:
        request_tracker.append(a_city(), options(tracker.url), request_tracker.Secrets(), "61", a_case("c:1"), [], "n:1")
        assert tracker.requests == []


def test_a_note_for_a_merged_ticket_goes_to_the_surviving_one() -> None:
    script = (
        ("GET ticket/61", row(number=60)),
        ("GET ticket/60/history", page()),
        ("GET ticket/60", row(number=60)),
        ("POST ticket/60/comment", Reply(["Comments added"], 201)),
        ("GET ticket/60/history", page(note("n:1"))),
    )
    with Tracker(*script) as tracker:
        appended(tracker)


def test_a_comment_that_cannot_be_read_back_is_refused() -> None:
    script = (
        ("GET ticket/61", row()),
        ("GET ticket/61/history", page()),
        ("GET ticket/61", row()),
        ("POST ticket/61/comment", Reply(["Comments added"], 201)),
        ("GET ticket/61/history", page()),
    )
    with Tracker(*script) as tracker, pytest.raises(RefusedError, match="ShowTicketComments"):
        appended(tracker)


CLOSED_LATELY, CLOSED_AFTER_THE_POST = "2026-11-25T10:00:00Z", "2026-11-28T10:00:00Z"
CLOSED_LONG_AGO = "2026-11-10T10:00:00Z"  # more than 14 days before the new post of 2026-11-27 09:30


@pytest.mark.parametrize(
    ("before", "change"),
    [
        (row("resolved", 25, CLOSED_LATELY), {"Status": "open"}),
        (row("rejected", 0, CLOSED_LATELY), {"Status": "open", "Priority": 25}),
        (row("open", 0), {"Priority": 25}),
    ],
)
def test_a_new_post_raises_the_priority_and_opens_a_ticket_closed_lately(before: Reply, change: dict[str, Any]) -> None:
    script = (
        ("GET ticket/61", before),
        ("GET ticket/61/history", page()),
        ("GET ticket/61", Reply(before.body, headers={"ETag": '"128"'})),
        ("PUT ticket/61", Reply(["done"])),
        ("GET ticket/61", row("open", 25)),
        ("POST ticket/61/comment", Reply(["Comments added"], 201)),
        ("GET ticket/61/history", page(note("n:1"))),
    )
    with Tracker(*script) as tracker:
        appended(tracker)
        assert json.loads(tracker.requests[3].body) == change
        assert tracker.requests[3].headers["If-Match"] == '"128"'


@pytest.mark.parametrize("closed", [CLOSED_AFTER_THE_POST, CLOSED_LONG_AGO])
def test_a_ticket_closed_after_the_post_or_long_ago_stays_closed(closed: str) -> None:
    script = (
        ("GET ticket/61", row("resolved", 25, closed)),
        ("GET ticket/61/history", page()),
        ("GET ticket/61", row("resolved", 25, closed)),
        ("POST ticket/61/comment", Reply(["Comments added"], 201)),
        ("GET ticket/61/history", page(note("n:1"))),
    )
    with Tracker(*script) as tracker:
        appended(tracker)


def test_a_change_that_another_one_overtook_is_decided_anew() -> None:
    script = (
        ("GET ticket/61", row("resolved", 25, CLOSED_LATELY)),
        ("GET ticket/61/history", page()),
        ("GET ticket/61", row("resolved", 25, CLOSED_LATELY)),
        ("PUT ticket/61", Reply({"message": "Precondition Failed"}, 412)),
        ("GET ticket/61", row("stalled", 50)),  # a colleague opened it meanwhile: nothing is left to change
        ("POST ticket/61/comment", Reply(["Comments added"], 201)),
        ("GET ticket/61/history", page(note("n:1"))),
    )
    with Tracker(*script) as tracker:
        appended(tracker)


def test_a_status_that_the_server_did_not_take_is_noticed_although_it_answers_200() -> None:
    closed = ("GET ticket/61", row("resolved", 25, CLOSED_LATELY))
    put = ("PUT ticket/61", Reply(["Ticket 61: Status 'open' isn't a valid status for this ticket."]))
    script = [
        closed,
        ("GET ticket/61/history", page()),
        *[step for _ in range(3) for step in (("GET ticket/61", row("resolved", 25, CLOSED_LATELY)), put)],
    ]
    with Tracker(*script) as tracker, pytest.raises(RefusedError, match="isn't a valid status for this ticket"):
        appended(tracker)


def test_a_ticket_that_is_gone_or_deleted_takes_no_note() -> None:
    with (
        Tracker(("GET ticket/61", Reply({"message": "Not Found"}, 404))) as tracker,
        pytest.raises(RefusedError, match="no longer in Request Tracker"),
    ):
        appended(tracker)
    script = ("GET ticket/61", row("deleted")), ("GET ticket/61/history", page()), ("GET ticket/61", row("deleted"))
    with Tracker(*script) as tracker, pytest.raises(RefusedError, match="was deleted in Request Tracker"):
        appended(tracker)
