"""Check that a case gets exactly one ticket in Request Tracker, against a scripted server."""

import json

import pytest

from contact_centre import OutcomeUnknownError, request_tracker
from core.errors import RefusedError, UnavailableError
from tests.support.contact_centre_facts import DESK, a_case, a_city, a_post
from tests.support.request_tracker_scripted import MADE, TOKEN, hit, opened, options
from tests.support.stubs.request_tracker import Tracker, page
from tests.support.stubs.server import Reply

pytest_plugins = ("tests.support.request_tracker_fixtures",)
pytestmark = pytest.mark.usefixtures("rt_login")


def test_a_case_that_has_a_ticket_gets_no_second_one() -> None:
    with Tracker(("GET tickets", page(hit(61, "c:1")))) as tracker:
        assert opened(tracker) == "61"
        assert [request.method for request in tracker.requests] == ["GET"]


def test_a_hit_with_another_key_is_not_our_ticket() -> None:
    # a server that ignores the filter returns everything: the newest ticket of another case must not be taken for ours
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
            a_city(languages=("en",)), options(tracker.url, fields=fields), request_tracker.Secrets(), case, [a_post()], DESK
        )
        create = json.loads(tracker.requests[1].body)
    assert create["Queue"] == "Alumbrado"
    assert create["CustomFields"] == {"CaseKey": "c:1", "Tema": "Street lighting", "Canal": "mastodon"}  # no barrio known


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
        pytest.raises(RefusedError, match="ticket 61 was made but cannot be found by its case key: the custom field 'CaseKey'"),
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
    with Tracker(*script) as tracker, pytest.raises(RefusedError, match=r"two tickets, 60 and 61: merge them by hand .*Permission Denied"):
        opened(tracker)


def test_a_text_of_twelve_megabytes_is_refused_before_anything_is_sent() -> None:
    with Tracker() as tracker, pytest.raises(RefusedError, match="has 12000000 characters, more than any network allows"):
        request_tracker.open_case(
            a_city(), options(tracker.url), request_tracker.Secrets(), a_case("c:1"), [a_post(text="a" * 12_000_000)], DESK
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
