"""Request Tracker without Request Tracker: a loopback server speaks trimmed answers of a real one, and lies where we tell it to."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from contact_centre import OutcomeUnknownError, request_tracker
from contact_centre.request_tracker.client import quoted
from contact_centre.request_tracker.status import STATUSES, case_status
from core.case import Standing
from core.config import plugins
from core.errors import ConfigurationError, RefusedError, UnavailableError
from tests.support.contact_centre_facts import DESK, MORNING, a_case, a_city, a_post
from tests.support.stubs.request_tracker import Tracker, page
from tests.support.stubs.server import Reply

EXAMPLES = Path(__file__).parents[2] / "examples" / "contact_centre" / "rt"
TOKEN = "1-34-canary"  # noqa: S105


@pytest.fixture(autouse=True)
def _login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_RT_TOKEN", TOKEN)
    for name in (
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)


def options(url: str, **changes: Any) -> request_tracker.Options:
    return request_tracker.Options(
        **{"url": url, "queue": "Redes sociales", "requestor": "buzon@ayto.test", "timeout_s": 5, **changes}
    )


def hit(number: int, key: str) -> dict[str, Any]:
    return {"id": str(number), "type": "ticket", "CustomFields": [{"name": "CaseKey", "values": [key]}]}


def opened(tracker: Tracker, key: str = "c:1", **changes: Any) -> str:
    return request_tracker.open_case(
        a_city(), options(tracker.url), request_tracker.Secrets(), a_case(key, **changes), [a_post()], DESK
    )


MADE = Reply({"id": "61", "type": "ticket"}, 201)


def test_a_case_that_has_a_ticket_gets_no_second_one() -> None:
    with Tracker(("GET tickets", page(hit(61, "c:1")))) as tracker:
        assert opened(tracker) == "61"
        assert [request.method for request in tracker.requests] == ["GET"]


def test_a_hit_with_another_key_is_not_our_ticket() -> None:
    # a server that ignores the filter returns everything: the newest ticket of somebody else must not be taken for ours
    script = (
        ("GET tickets", page(hit(7, "c:10"), hit(8, "C:1"))),
        ("POST ticket", MADE),
        ("GET tickets", page(hit(7, "c:10"), hit(61, "c:1"))),
    )
    with Tracker(*script) as tracker:
        assert opened(tracker) == "61"


def test_a_ticket_on_the_second_page_is_found() -> None:
    first = Reply({**page(hit(7, "c:10")).body, "pages": 2})
    with Tracker(("GET tickets", first), ("GET tickets", page(hit(61, "c:1")))) as tracker:
        assert opened(tracker) == "61"
        assert [request.query["page"] for request in tracker.requests] == ["1", "2"]


def test_what_is_sent_names_the_desk_and_no_citizen() -> None:
    with Tracker(("GET tickets", page()), ("POST ticket", MADE), ("GET tickets", page(hit(61, "c:1")))) as tracker:
        assert opened(tracker) == "61"
        look, create = tracker.requests[0], json.loads(tracker.requests[1].body)
    assert look.query["query"] == "CF.{CaseKey} = 'c:1' AND EffectiveId > 0"
    assert look.headers["Authorization"] == f"token {TOKEN}"
    assert create["RefersTo"] == "https://escucha.ayto.test/cases/c:1"
    assert create["Requestor"] == "buzon@ayto.test"
    assert create["CustomFields"] == {"CaseKey": "c:1"}
    assert (create["Queue"], create["Priority"], create["Due"]) == ("Redes sociales", 25, "2026-11-26T09:30:00Z")
    assert create["Subject"] == "Limpieza en Calle de Alcalá: contenedores llenos desde el lunes"
    for secret in ("a" * 32, "0" * 31 + "1", "sealed-origin"):
        assert secret not in create["Content"]
    assert create["Content"].splitlines()[2:10] == [
        "Caso: c:1",
        "Departamento: Limpieza",
        "Servicio: Residuos y limpieza",
        "Lugar: Calle de Alcalá",
        "Distrito: Salamanca",
        "Responder antes de: 2026-11-26 10:30 (Europe/Madrid)",
        "Prioridad: 2 de 5",
        "Por qué es un caso: act: actionable 0.93 >= 0.80",
    ]
    assert "2026-11-24 10:30, mastodon:\n> @MADRID los contenedores de la calle de Alcalá 40" in create["Content"]


def test_a_department_with_a_queue_of_its_own_and_further_fields() -> None:
    fields = {"topic": "Tema", "source": "Canal", "barrio": "Barrio"}
    with Tracker(("GET tickets", page()), ("POST ticket", MADE), ("GET tickets", page(hit(61, "c:1")))) as tracker:
        case = a_case("c:1", department="Alumbrado", topic="street_lighting")
        request_tracker.open_case(
            a_city(languages=("en",)),
            options(tracker.url, fields=fields),
            request_tracker.Secrets(),
            case,
            [a_post()],
            DESK,
        )
        create = json.loads(tracker.requests[1].body)
    assert create["Queue"] == "Alumbrado"
    assert create["CustomFields"] == {
        "CaseKey": "c:1",
        "Tema": "Street lighting",
        "Canal": "mastodon",
    }  # no barrio known


def test_a_kind_with_a_queue_of_its_own_comes_before_the_department() -> None:
    city = a_city(kinds={"proposal": {"queue": "Participación"}})
    queues = []
    for kind in ("proposal", "report"):
        with Tracker(("GET tickets", page()), ("POST ticket", MADE), ("GET tickets", page(hit(61, "c:1")))) as tracker:
            case = a_case("c:1", department="Alumbrado", topic="street_lighting", kind=kind)
            request_tracker.open_case(city, options(tracker.url), request_tracker.Secrets(), case, [a_post()], DESK)
            queues.append(json.loads(tracker.requests[1].body)["Queue"])
    assert queues == ["Participación", "Alumbrado"]


def test_a_ticket_whose_key_was_dropped_is_refused_and_not_made_again() -> None:
    with (
        Tracker(("GET tickets", page()), ("POST ticket", MADE), ("GET tickets", page())) as tracker,
        pytest.raises(
            RefusedError, match="ticket 61 was made but cannot be found by its case key: the custom field 'CaseKey'"
        ),
    ):
        opened(tracker)


def test_a_double_made_by_another_worker_is_merged_into_the_older_ticket() -> None:
    script = (
        ("GET tickets", page()),
        ("POST ticket", MADE),
        ("GET tickets", page(hit(61, "c:1"), hit(60, "c:1"))),
        ("PUT ticket/61", Reply(["Merge Successful"])),
        ("GET ticket/61", Reply({"id": 60})),
    )
    with Tracker(*script) as tracker:
        assert opened(tracker) == "60"
        assert json.loads(tracker.requests[3].body) == {"MergeInto": 60}


def test_a_merge_that_was_not_made_is_noticed_although_the_answer_is_200() -> None:
    script = (
        ("GET tickets", page()),
        ("POST ticket", MADE),
        ("GET tickets", page(hit(60, "c:1"), hit(61, "c:1"))),
        ("PUT ticket/61", Reply(["Permission Denied"])),
        ("GET ticket/61", Reply({"id": 61})),
    )
    with (
        Tracker(*script) as tracker,
        pytest.raises(RefusedError, match=r"two tickets, 60 and 61: merge them by hand .*Permission Denied"),
    ):
        opened(tracker)


def test_a_text_of_twelve_megabytes_is_refused_before_anything_is_sent() -> None:
    with (
        Tracker() as tracker,
        pytest.raises(RefusedError, match="has 12000000 characters, more than any network allows"),
    ):
        request_tracker.open_case(
            a_city(),
            options(tracker.url),
            request_tracker.Secrets(),
            a_case("c:1"),
            [a_post(text="a" * 12_000_000)],
            DESK,
        )
    assert tracker.requests == []


def test_a_lost_answer_is_unknown_and_asked_again_finds_the_ticket() -> None:
    script = ("GET tickets", page()), ("POST ticket", Reply(cut=True)), ("GET tickets", page(hit(61, "c:1")))
    with Tracker(*script) as tracker:
        with pytest.raises(OutcomeUnknownError):
            opened(tracker)
        assert opened(tracker) == "61"


def test_when_the_look_up_fails_nothing_is_sent() -> None:
    with Tracker(("GET tickets", Reply({"message": "oops"}, 503))) as tracker:
        with pytest.raises(UnavailableError) as raised:
            opened(tracker)
        assert raised.type is UnavailableError
        assert [request.method for request in tracker.requests] == ["GET"]


def row(status: str = "open", priority: int = 25, resolved: str = "1970-01-01T00:00:00Z", number: int = 61) -> Reply:
    facts = {"id": number, "Status": status, "Priority": str(priority), "Resolved": resolved}
    return Reply(facts, headers={"ETag": '"128"'})


def note(key: str) -> dict[str, str]:
    return {"id": "130", "Type": "Comment", "Data": f"escucha:{key}\n"}


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
        request_tracker.append(
            a_city(), options(tracker.url), request_tracker.Secrets(), "61", a_case("c:1"), [], "n:1"
        )
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


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_each_ticket_of_a_real_server_stands_where_its_example_says(path: Path) -> None:
    example = json.loads(path.read_text())
    found = case_status(example["reference"], example["row"], example["history"], STATUSES)
    assert found == Standing(**example["standing"])


def test_the_examples_show_every_status_and_every_state() -> None:
    examples = [json.loads(path.read_text()) for path in EXAMPLES.glob("*.json")]
    assert {e["row"]["Status"] for e in examples} == set(STATUSES)
    assert {e["standing"]["state"] for e in examples} == {
        "new",
        "assigned",
        "answered",
        "resolved",
        "rejected",
        "merged",
    }


def test_a_status_of_the_councils_own_must_be_explained_in_the_profile() -> None:
    example = json.loads((EXAMPLES / "open.json").read_text())
    waiting = {**example["row"], "Status": "waiting"}
    with pytest.raises(ConfigurationError, match=r"status 'waiting'.*\[contact_centre.options.statuses\] waiting ="):
        case_status(example["reference"], waiting, example["history"], STATUSES)
    found = case_status(example["reference"], waiting, example["history"], {**STATUSES, "waiting": "assigned"})
    assert (found.state, found.note) == ("assigned", "waiting")


def row_of(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """An example, and its ticket as a search of ours shows it."""
    example = json.loads((EXAMPLES / f"{name}.json").read_text())
    return example, {**example["row"], "CustomFields": [{"name": "CaseKey", "values": ["c:1"]}]}


def test_only_what_changed_since_then_is_told() -> None:
    example, found_row = row_of("answered")
    number, changed = example["reference"], datetime.fromisoformat(example["row"]["LastUpdated"])
    search = ("GET tickets", page(found_row))
    with Tracker(search) as tracker:
        assert (
            request_tracker.state(
                a_city(), options(tracker.url), request_tracker.Secrets(), [number], changed + timedelta(seconds=1)
            )
            == {}
        )
    within = changed + timedelta(microseconds=900_000)  # the server says 12:00:00 for a change at 12:00:00.95
    with Tracker(search, (f"GET ticket/{number}/history", page(*example["history"]))) as tracker:
        found = request_tracker.state(a_city(), options(tracker.url), request_tracker.Secrets(), [number], within)
    assert found == {number: Standing(**example["standing"])}


def test_a_ticket_of_another_request_tracker_is_not_taken_for_ours() -> None:
    example, found_row = row_of("resolved_after_answer")
    foreign = {**found_row, "CustomFields": [{"name": "CaseKey", "values": []}]}
    with (
        Tracker(("GET tickets", page(foreign))) as tracker,
        pytest.raises(ConfigurationError, match="so it is not ours"),
    ):
        request_tracker.state(a_city(), options(tracker.url), request_tracker.Secrets(), [example["reference"]], None)


def test_what_is_gone_is_told_always_and_asked_for_by_its_number() -> None:
    with Tracker(("GET tickets", page()), ("GET ticket/9999", Reply({"message": "Not Found"}, 404))) as tracker:
        found = request_tracker.state(
            a_city(), options(tracker.url), request_tracker.Secrets(), ["9999"], datetime.now(UTC)
        )
        assert tracker.requests[0].query["query"] == "(id = 9999) AND EffectiveId > 0"
    assert found["9999"].state == "gone"


def queue(**changes: Any) -> Reply:
    links = [{"ref": "self"}, {"ref": "create", "type": "ticket"}]
    return Reply(
        {
            "Disabled": "0",
            "TicketCustomFields": [{"name": "CaseKey"}, {"name": "Tema"}],
            "_hyperlinks": links,
            **changes,
        }
    )


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (
            Reply({"message": "Forbidden"}, 403),
            "queue 'Redes sociales' does not exist in Request Tracker, or the robot lacks the right SeeQueue",
        ),
        (queue(Disabled="1"), "queue 'Redes sociales' is disabled"),
        (queue(TicketCustomFields=[{"name": "CaseKey"}]), "queue 'Redes sociales' lacks the custom field Tema"),
        (queue(_hyperlinks=[{"ref": "self"}]), "lacks the right CreateTicket in queue 'Redes sociales'"),
    ],
)
def test_the_check_names_the_queue_the_field_or_the_right_that_is_missing(second: Reply, says: str) -> None:
    script = (
        ("GET rt", Reply({"Version": "5.0.7"})),
        ("GET queue/Alumbrado", queue()),
        ("GET queue/Redes%20sociales", second),
    )
    with Tracker(*script) as tracker, pytest.raises(ConfigurationError, match=says):
        request_tracker.check(a_city(), options(tracker.url, fields={"topic": "Tema"}), request_tracker.Secrets())


@pytest.mark.parametrize(
    ("refs", "says"),
    [(("lifecycle",), r"right CommentOnTicket \(seen at ticket 61\)"), (("comment",), "right ModifyTicket")],
)
def test_the_check_proves_the_rights_on_a_ticket_of_ours(refs: tuple[str, ...], says: str) -> None:
    script = (
        ("GET rt", Reply({"Version": "5.0.7"})),
        ("GET queue/Redes%20sociales", queue()),
        ("GET tickets", page({"id": "61"})),
        ("GET ticket/61", Reply({"id": 61, "_hyperlinks": [{"ref": ref} for ref in refs]})),
    )
    with Tracker(*script) as tracker, pytest.raises(ConfigurationError, match=says):
        request_tracker.check(
            a_city(departments=a_city().departments[1:]), options(tracker.url), request_tracker.Secrets()
        )


@pytest.mark.parametrize(
    ("value", "literal"), [("o'brien", r"'o\'brien'"), ("a\\", r"'a\\'"), ("' OR id > 0", r"'\' OR id > 0'")]
)
def test_a_key_is_escaped_as_ticketsql_wants_it(value: str, literal: str) -> None:
    assert quoted(value) == literal


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"url": "rt.ayto.test"}, "url"),
        ({"url": "https://robot:secret@rt.ayto.test"}, "url"),
        ({"requestor": "Ana García"}, "requestor"),
        ({"key_field": "Case'Key"}, "key_field"),
        ({"statuses": {"waiting": "sleeping"}}, "statuses.waiting"),
        ({"fields": {"author": "Autor"}}, "fields.author"),
        ({"queu": "x"}, "unknown key 'queu' (allowed: url, queue, requestor"),
    ],
)
def test_a_wrong_option_is_refused_with_its_name(wrong: dict[str, Any], says: str) -> None:
    table = {"url": "https://rt.ayto.test", "queue": "q", "requestor": "a@ayto.test", **wrong}
    with pytest.raises(ConfigurationError) as raised:
        plugins.load_options("contact_centre", "rt", table, "madrid.toml")
    assert says in str(raised.value)


def test_the_login_is_a_token_or_a_user_with_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(plugins.load_secrets("contact_centre", "rt", "x"), request_tracker.Secrets)
    monkeypatch.setenv("ESCUCHA_RT_TOKEN", "")
    assert plugins.load_secrets("contact_centre", "rt", "x") == ["ESCUCHA_RT_TOKEN"]
    monkeypatch.setenv("ESCUCHA_RT_USER", "escucha")
    assert plugins.load_secrets("contact_centre", "rt", "x") == ["ESCUCHA_RT_TOKEN"]
    monkeypatch.setenv("ESCUCHA_RT_PASSWORD", "canary-password")
    found = plugins.load_secrets("contact_centre", "rt", "x")
    assert isinstance(found, request_tracker.Secrets)
    assert "canary" not in repr(found)
    with pytest.raises(ValidationError, match="set ESCUCHA_RT_TOKEN, or ESCUCHA_RT_USER and ESCUCHA_RT_PASSWORD"):
        request_tracker.Secrets(rt_user="", rt_token="")


def test_the_tickets_page_for_people() -> None:
    assert (
        request_tracker.address(options("https://ayto.test/rt/"), "61")
        == "https://ayto.test/rt/Ticket/Display.html?id=61"
    )


def test_every_option_and_variable_stands_in_the_guide() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "how-to" / "request-tracker.md").read_text()
    variables = [f"ESCUCHA_{name.upper()}" for name in request_tracker.Secrets.model_fields]
    assert [name for name in [*request_tracker.Options.model_fields, *variables] if f"`{name}`" not in guide] == []
