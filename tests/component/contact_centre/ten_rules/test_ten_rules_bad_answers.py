"""Test the tenth rule of every contact-centre system: answers that are none."""

import pytest

from contact_centre import OutcomeUnknownError
from core import limited_http
from core.errors import ConfigurationError, EscuchaError, RefusedError, UnavailableError
from tests.support.stubs.server import Reply, Request
from tests.support.ticket_rig import Rig
from tests.support.toxic import POISONS, limit_for, toxic

pytestmark = pytest.mark.timeout(600)
pytest_plugins = ["tests.support.django_helpdesk_server", "tests.support.mailbox_server", "tests.support.request_tracker_server"]


# 10. an error under 200, and other answers that are none


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b'{"error": "quota used up"}', "application/json", "an error: quota used up"),
        (b"<html><form>Log in</form></html>", "text/html", "something else than (JSON|XML)"),
        (b"", "application/json", "something else than (JSON|XML)"),
    ],
)
def test_a_look_up_without_a_usable_answer_posts_nothing(http_rig: Rig, key: str, body: bytes, kind: str, says: str) -> None:
    says = says if http_rig.speaks_json else "something else than XML"

    def falsify(request: Request, reply: Reply) -> Reply:
        return Reply(body, 200, {"Content-Type": kind}) if request.method == "GET" else reply

    with http_rig.through(falsify) as (changes, between):
        with pytest.raises(ConfigurationError, match=says):
            http_rig.open(key, **changes)
        assert {request.method for request in between.requests} == {"GET"}


def test_an_error_under_the_status_of_success_is_noticed(http_rig: Rig, key: str) -> None:
    body = http_rig.error_body

    def refuse(request: Request) -> Reply | None:
        return Reply(body, 200, {"Content-Type": "application/json"}) if request.method == "POST" else None

    with http_rig.through(None, refuse) as (changes, _), pytest.raises(RefusedError, match="quota used up"):
        http_rig.open(key, **changes)
    assert http_rig.tickets(key) == []


def test_a_login_page_after_posting_is_unknown_and_then_found(http_rig: Rig, key: str) -> None:
    def log_out(request: Request, reply: Reply) -> Reply:
        page = Reply(b"<html><form>Log in</form></html>", 200, {"Content-Type": "text/html"})
        return page if request.method == "POST" else reply

    with http_rig.through(log_out) as (changes, _), pytest.raises(OutcomeUnknownError, match="something else than"):
        http_rig.open(key, **changes)
    assert [http_rig.open(key)] == http_rig.tickets(key)


def test_a_look_up_that_fails_after_posting_leaves_the_outcome_unknown(http_rig: Rig, key: str) -> None:
    posted = []

    def fail_then(request: Request, reply: Reply) -> Reply:
        if request.method == "POST":
            posted.append(request)
            return reply
        return Reply(b"busy", 503, {"Content-Type": "text/plain"}) if posted else reply

    with (
        http_rig.through(fail_then) as (changes, _),
        pytest.raises(OutcomeUnknownError, match=f"{key} was sent and could not be looked up then: .*503"),
    ):
        http_rig.open(key, **changes)
    assert [http_rig.open(key)] == http_rig.tickets(key)


def test_an_answer_of_twelve_megabytes_is_not_read(http_rig: Rig, key: str) -> None:
    flood = Reply(b'["' + b"a" * 12_000_000 + b'"]')

    def swell(method: str) -> None:
        with http_rig.through(lambda request, reply: flood if request.method == method else reply) as (changes, _):
            http_rig.open(key, **changes)

    with pytest.raises(UnavailableError, match=f"larger than {limited_http.MAX_BYTES:,} bytes") as raised:
        swell("GET")
    assert raised.type is UnavailableError
    assert http_rig.tickets(key) == []
    with pytest.raises(OutcomeUnknownError, match="larger than"):
        swell("POST")
    assert [http_rig.open(key)] == http_rig.tickets(key)


def test_a_server_that_ignores_the_filter_gives_no_other_case_its_ticket(rig: Rig, key: str) -> None:
    others = [rig.open(f"{key}-{n}") for n in range(3)]
    with rig.filters_ignored() as changes:
        made = rig.open(key, **changes)
        assert made not in others
        assert rig.open(key, **changes) == made
    assert rig.tickets(key) == [made]


@pytest.mark.parametrize("poison", POISONS)
def test_a_server_that_cannot_be_asked_is_given_up_and_nothing_is_sent(http_rig: Rig, key: str, poison: str) -> None:
    with toxic(poison) as server:
        with pytest.raises(EscuchaError, match=r"127\.0\.0\.1"):
            http_rig.open(key, url=f"http://127.0.0.1:{server.port}", timeout_s=limit_for(poison, 0.5))
        assert not any(b"POST" in one for one in server.heard)


@pytest.mark.parametrize("poison", [one for one in POISONS if one != "refuse"])
def test_once_the_case_was_posted_the_outcome_is_unknown(http_rig: Rig, key: str, poison: str) -> None:
    head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b"
    with toxic(poison) as server:
        server.firsts += [head % (len(body), body) for body in http_rig.nothing_yet]
        with pytest.raises(OutcomeUnknownError):
            http_rig.open(key, url=f"http://127.0.0.1:{server.port}", timeout_s=limit_for(poison, 2.0))
        posts = [one for one in server.heard if one.startswith(b"POST")]
        assert len(posts) == (0 if poison == "closed" else 1)
