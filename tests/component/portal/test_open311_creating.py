"""Test new requests by Open311: one post each, its topic and place, privacy.

Keys: `test_open311_key_use.py`; what is refused: `test_open311_refusals.py`.
"""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.i18n.reasons import display_reason
from core.privacy.pseudonyms import pseudonym
from ledger import read, reconciliation
from ledger.cases import corrections
from ledger.database import Ledger
from ledger.retention import forget, objections
from pipeline import context as running
from pipeline.context import now
from portal.open311 import creation
from tests.support.ledger_facts import SALT, decide, into_case, read_all
from tests.support.open311_requests import CREATE, form, number_of, post_of, posts_stored, refusal
from tests.support.portal_facts import FORM, KEY, KEYS, LIGHTS_KEY, client_of, portal_context

POINT = {"lat": "40.41690", "long": "-3.70350"}


@pytest.fixture
def client(tmp_path: Path, portal_ledger: Ledger) -> TestClient:
    return client_of(portal_context(tmp_path, portal_ledger, keys=KEYS))


def test_a_request_becomes_a_post_of_the_inbox_and_its_id_is_the_same_from_the_first_moment(
    client: TestClient, portal_ledger: Ledger
) -> None:
    answer = client.post(CREATE, data=form())
    number = number_of(answer)
    post = read.post_of(portal_ledger, post_of(portal_ledger, answer))
    assert post is not None
    assert (post.source, post.text) == ("inbox", f"Alumbrado. {FORM['description']}\n{FORM['address_string']}")
    (waiting,) = client.get(f"/open311/v2/requests/{number}.json").json()
    assert (waiting["service_request_id"], waiting["service_code"], waiting["service_name"]) == (number, "street_lighting", "Alumbrado")
    assert (waiting["status"], waiting["status_notes"], waiting["agency_responsible"]) == ("open", "Recibido", None)
    assert waiting["description"] == f"Alumbrado [{number}]"
    read_all(portal_ledger, now())
    (decision,) = into_case(post)
    assert decide(portal_ledger, [decision], now()) == 1
    assert decision.case is not None
    key = decision.case.key
    for asked in (f"requests/{number}.json", f"requests.json?service_request_id={number}"):
        (row,) = client.get(f"/open311/v2/{asked}").json()
        assert row["service_request_id"] == number
        assert row["description"].endswith(f" [{key}]")
        assert set(row) == set(waiting)
        assert (row["status"], row["requested_datetime"]) == ("open", waiting["requested_datetime"])
        assert "mes fundida" not in str(row)
    assert f"<service_request_id>{number}</service_request_id>" in client.get(f"/open311/v2/requests/{number}.xml").text
    assert number not in client.get("/open311/v2/requests.json").text  # the list knows the case alone


def test_the_same_request_sent_again_is_one_until_a_day_has_passed(
    client: TestClient, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = now()
    tokens = []
    for hours in (0, 0.1, 23.5, 30):
        moment = begun + timedelta(hours=hours)
        for module in (creation, running):
            monkeypatch.setattr(module, "now", lambda moment=moment: moment)
        monkeypatch.setattr("pipeline.steps.receive.now", lambda moment=moment: moment)
        monkeypatch.setattr("pipeline.steps.collect.now", lambda moment=moment: moment)
        tokens.append(number_of(client.post(CREATE, data=form())))
    assert tokens[0] == tokens[1] == tokens[2] != tokens[3]
    assert posts_stored(portal_ledger) == 2


def test_two_people_with_the_same_words_are_two_and_two_keys_too(client: TestClient, portal_ledger: Ledger) -> None:
    sent = [form(email="ana@example.org"), form(email="luis@example.org"), form(), form(api_key=LIGHTS_KEY)]
    assert len({number_of(client.post(CREATE, data=one)) for one in sent}) == 4
    assert posts_stored(portal_ledger) == 4


def test_many_at_once_make_one_and_the_books_balance(client: TestClient, portal_ledger: Ledger) -> None:
    tokens: list[str] = []
    threads = [threading.Thread(target=lambda: tokens.append(number_of(client.post(CREATE, data=form())))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(tokens) == 8
    assert len(set(tokens)) == 1
    assert posts_stored(portal_ledger) == 1
    assert [line for line in reconciliation.balance_sheet(portal_ledger, None) if line.ok is False] == []


def test_nothing_that_identifies_the_author_is_kept_or_shown(client: TestClient, portal_ledger: Ledger, tmp_path: Path) -> None:
    person = {
        "first_name": "Ana",
        "last_name": "Canaria",
        "email": "ana.canaria@correo.example",
        "phone": "600777123",
        "device_id": "canary-device",
        "account_id": "canary-account",
        "media_url": "https://fotos.example/canary.jpg",
        "description": "Soy Ana Canaria, 600 777 123. La farola está fundida.",
    }
    answer = client.post(CREATE, data=form(**person))
    number, token = number_of(answer), post_of(portal_ledger, answer)
    shown = client.get(f"/open311/v2/requests/{number}.json").text + client.get("/open311/v2/requests.xml").text
    post = read.post_of(portal_ledger, token)
    assert post is not None
    assert "[name]" in post.text
    assert post.author == pseudonym(SALT, "inbox", "open311-app:account_id:canary-account")
    portal_ledger.close()
    files = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    words = (b"Canaria", b"canaria", b"600 777", b"600777123", b"canary", KEY.encode())
    assert [word for word in words for content in (*files, shown.encode()) if word in content] == []


def test_who_objects_and_what_was_erased_is_not_stored_again(client: TestClient, portal_ledger: Ledger) -> None:
    objections.object_author(portal_ledger, pseudonym(SALT, "inbox", "open311-app:email:ana@example.org"), now())
    assert "objected" in refusal(client.post(CREATE, data=form(email="ana@example.org")), 400)
    answer = client.post(CREATE, data=form())
    number, token = number_of(answer), post_of(portal_ledger, answer)
    assert forget.erase_post(portal_ledger, token, "erasure", now())
    assert "erased" in refusal(client.post(CREATE, data=form()), 400)
    assert refusal(client.get(f"/open311/v2/requests/{number}.json"), 404) == "service_request_id was not found"


def test_lines_of_a_description_stay_and_a_point_is_named_after_its_street(client: TestClient, portal_ledger: Ledger) -> None:
    point = post_of(portal_ledger, client.post(CREATE, data=form(address_string=None, description="Fundida.\r\nDe noche", **POINT)))
    named = post_of(portal_ledger, client.post(CREATE, data=form(address_string=None, description="Farola en la calle de Alcalá", **POINT)))
    texts = [post.text for token in (point, named) if (post := read.post_of(portal_ledger, token))]
    assert texts == ["Alumbrado. Fundida.\nDe noche\nPlaza de la Puerta del Sol, Sol", "Alumbrado. Farola en la calle de Alcalá"]


def test_a_point_is_kept_within_a_metre_and_never_named_after_a_landmark(client: TestClient, portal_ledger: Ledger) -> None:
    """Beside the monument of Carlos III: a street of that name is 650 m away."""
    sent = form(address_string=None, description="Está rota la farola", lat="40.4169912", long="-3.7035649")
    post = read.post_of(portal_ledger, post_of(portal_ledger, client.post(CREATE, data=sent)))
    assert post is not None
    assert (post.lat, post.lon) == (40.41699, -3.70356)
    assert post.text == "Alumbrado. Está rota la farola\nPlaza de la Puerta del Sol, Sol"


def test_a_description_of_a_place_far_from_the_point_gets_the_points_words_too(client: TestClient, portal_ledger: Ledger) -> None:
    sent = form(address_string=None, description="Farola en el paseo de Extremadura 100", **POINT)
    post = read.post_of(portal_ledger, post_of(portal_ledger, client.post(CREATE, data=sent)))
    assert post is not None
    assert post.text.endswith("Extremadura 100\nPlaza de la Puerta del Sol, Sol")


def test_the_chosen_service_is_the_topic_whatever_the_model_reads(client: TestClient, portal_ledger: Ledger) -> None:
    token = post_of(portal_ledger, client.post(CREATE, data=form(service_code="noise")))
    assert post_of(portal_ledger, client.post(CREATE, data=form(service_code="noise"))) == token  # sent again: said once
    [said] = read.corrections_of(portal_ledger, token)
    assert (said.question, said.value, said.who) == ("topic", "noise", "open311-app")
    read_all(portal_ledger)  # the model reads another topic
    record = read.post_record(portal_ledger, token)
    assert record is not None
    assert (record.topic, record.corrected) == ("noise", ("topic",))
    assert display_reason(said.why, "es") == "el ciudadano eligió este servicio"


def test_what_staff_corrected_is_not_undone_by_a_request_sent_again(client: TestClient, portal_ledger: Ledger) -> None:
    token = post_of(portal_ledger, client.post(CREATE, data=form()))
    corrections.correct(portal_ledger, token, "topic", "waste_cleaning", "ana", "", now())
    post_of(portal_ledger, client.post(CREATE, data=form()))
    assert [one.value for one in read.corrections_of(portal_ledger, token)] == ["street_lighting", "waste_cleaning"]


def test_a_topic_lost_by_a_kill_after_storing_is_said_when_the_request_is_sent_again(
    client: TestClient, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(creation, "state_topic", kill)
        with pytest.raises(BaseException):  # noqa: B017, PT011  the client of the tests may wrap it
            client.post(CREATE, data=form())
    token = post_of(portal_ledger, client.post(CREATE, data=form()))
    assert [one.value for one in read.corrections_of(portal_ledger, token)] == ["street_lighting"]
