"""Subscriptions on the desk: made, previewed, paused and ended by whom it concerns, and by the link in a mail without a log-in."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.config.settings import Settings
from ledger import read
from ledger.database.writing import writing
from ledger.delivery import subscriptions as stored
from ledger.system import users
from pipeline import saved_views
from pipeline.context import Context, now
from pipeline.subscriptions.links import signature
from pipeline.subscriptions.sending import send_subscriptions
from tests.support.desk_client import browser, csrf, logged_in, people
from tests.support.ledger_facts import SALT
from tests.support.report_facts import CITY, small_ledger

FORM = {"report": "summary", "every": "weekly", "weekday": "0", "hour": "7", "format": "html", "language": "en"}


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    home: Path = tmp_path_factory.mktemp("subscriptions")
    ledger = small_ledger(home)
    context = Context(city=CITY, settings=Settings(home=home), salt=SALT, ledger=ledger, sources={}, city_path=CITY.path)
    people(context)
    for name in ("ana", "ben"):
        users.set_mail(ledger, name, f"{name}@madrid.example", "root", now())
    yield context
    ledger.close()


@pytest.fixture
def ben(context: Context) -> TestClient:
    return logged_in(context, "ben")


@pytest.fixture
def ana(context: Context) -> TestClient:
    return logged_in(context, "ana")


@pytest.fixture(autouse=True)
def _empty(context: Context) -> Iterator[None]:
    yield
    for one in read.subscriptions(context.ledger):
        stored.set_state(context.ledger, one.id, "ended", "root", "", now())


def sent(client: TestClient, page: str, address: str, **form: str) -> str:
    """Open a page, send its form, follow the redirect."""
    answer = client.post(address, data={"csrf": csrf(client.get(page).text), **form})
    assert answer.status_code == 200, answer.text
    return answer.text


def the_only(context: Context) -> str:
    (one,) = read.subscriptions(context.ledger)
    return one.id


def test_what_is_seen_on_the_desk_is_what_is_subscribed_to(context: Context, ben: TestClient) -> None:
    page = sent(ben, "/subscriptions?topic=noise&period=week", "/subscriptions?topic=noise&period=week", **FORM)
    (one,) = read.subscriptions(context.ledger)
    assert (one.owner, one.filter, one.schedule, one.address) == ("ben", "topic=noise", "0 7 * * 1", None)
    assert "Noise" in page
    assert "every week, Monday, 07:00" in page


@pytest.mark.parametrize("form", ["html", "pdf", "xlsx", "odp"])
@pytest.mark.parametrize(
    ("kind", "chosen", "kept"),
    [
        ("department", "Vías públicas", "department=V%C3%ADas+p%C3%BAblicas"),
        ("district", "Centro", "district=Centro"),
        ("view", "", "topic=noise"),
    ],
)
def test_a_department_a_district_and_a_view_are_subscribed_to_in_each_form(
    context: Context, ben: TestClient, kind: str, chosen: str, kept: str, form: str
) -> None:
    """The filter of the desk does not count for them."""
    if kind == "view":
        chosen = saved_views.save(context, "ben", "posts", f"Ruido {form}", "topic=noise&period=week", False)
    asked = {**FORM, "report": kind, kind: chosen, "format": form}
    sent(ben, "/subscriptions", "/subscriptions?intent=complaint", **asked)
    (one,) = read.subscriptions(context.ledger)
    assert (one.report, one.filter, one.format) == (kind, kept, form)
    preview = ben.post("/subscriptions/preview", data={"csrf": csrf(ben.get("/subscriptions").text), **asked})
    assert (preview.status_code, "<h1" in preview.text) == (200, True)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"report": "department"}, "Choose the department of the report."),
        ({"report": "department", "department": "Nada"}, "there is no department"),
        ({"report": "district", "district": "Narnia"}, "Choose the district of the report."),
        ({"report": "view", "view": "x"}, "Choose the saved view of the report."),
    ],
)
def test_what_is_in_no_list_is_refused(context: Context, ben: TestClient, wrong: dict[str, str], words: str) -> None:
    answer = ben.post("/subscriptions", data={"csrf": csrf(ben.get("/subscriptions").text), **FORM, **wrong})
    assert (answer.status_code, words in answer.text) == (400, True)
    assert read.subscriptions(context.ledger) == []


def test_a_filter_that_does_not_exist_is_refused(ben: TestClient) -> None:
    assert ben.get("/subscriptions?topic=nonsense").status_code == 400


@pytest.mark.parametrize("language", ["gl", "eu"])
def test_a_language_that_reports_have_is_offered_and_kept(context: Context, ben: TestClient, language: str) -> None:
    assert f'<option value="{language}"' in ben.get("/subscriptions").text
    sent(ben, "/subscriptions", "/subscriptions", **{**FORM, "language": language})
    (made,) = read.subscriptions(context.ledger)
    assert made.language == language


def test_a_refused_form_says_why_and_keeps_what_was_chosen(ben: TestClient) -> None:
    form = {"csrf": csrf(ben.get("/subscriptions").text), **FORM, "hour": "18", "address": "x@elsewhere.example"}
    answer = ben.post("/subscriptions", data=form)
    assert answer.status_code == 400
    assert "Only a lead or an administrator" in answer.text
    assert '<option value="18" selected>' in answer.text


def test_an_agent_sees_no_field_for_an_address_and_a_lead_does(ben: TestClient, ana: TestClient) -> None:
    assert 'name="address"' not in ben.get("/subscriptions").text
    assert 'name="address"' in ana.get("/subscriptions").text


def test_a_preview_is_the_mail_and_keeps_nothing(context: Context, ben: TestClient) -> None:
    form = {"csrf": csrf(ben.get("/subscriptions").text), **FORM}
    answer = ben.post("/subscriptions/preview", data=form)
    assert answer.status_code == 200
    assert "<h1" in answer.text
    assert "Weekly report · Madrid" in answer.text
    assert "cid:" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert read.subscriptions(context.ledger) == []
    assert read.audit(context.ledger, limit=1)[0].what == "report_opened"


def test_pause_resume_and_end(context: Context, ben: TestClient) -> None:
    sent(ben, "/subscriptions", "/subscriptions", **FORM)
    address = f"/subscriptions/{the_only(context)}"
    assert "paused" in sent(ben, address, f"{address}/pause")
    assert "active" in sent(ben, address, f"{address}/resume")
    assert "You have no subscription yet." in sent(ben, address, f"{address}/end")


def test_others_see_it_as_administrators_only(context: Context, ben: TestClient, ana: TestClient) -> None:
    sent(ana, "/subscriptions", "/subscriptions", **FORM)
    address = f"/subscriptions/{the_only(context)}"
    assert ben.get(address).status_code == 404
    assert ben.post(f"{address}/end", data={"csrf": csrf(ben.get("/subscriptions").text)}).status_code == 404
    assert "Of other users" not in ben.get("/subscriptions").text
    eva = logged_in(context, "eva")
    assert "Of other users" in eva.get("/subscriptions").text
    assert "You have no subscription yet." in sent(eva, address, f"{address}/end")
    assert read.subscriptions(context.ledger) == []


def test_the_log_shows_each_mail_and_a_refused_one_is_sent_again(context: Context, ben: TestClient) -> None:
    sent(ben, "/subscriptions", "/subscriptions", **{**FORM, "every": "daily"})
    id_ = the_only(context)
    with writing(context.ledger) as connection:
        connection.exec_driver_sql("UPDATE subscriptions SET since = '2026-01-01 00:00:00'")
    send_subscriptions(context)  # plans; no server is set
    mail = read.subscription_mails(context.ledger, id_)[0]
    with writing(context.ledger) as connection:
        connection.exec_driver_sql("UPDATE outbox SET state = 'refused', reason = '550 no such user', attempt = 3")
    page = ben.get(f"/subscriptions/{id_}").text
    assert "refused" in page
    assert "550 no such user" in page
    after = sent(ben, f"/subscriptions/{id_}", f"/subscriptions/{id_}/retry", period=mail.period)
    assert "waiting" in after
    assert read.subscription_mails(context.ledger, id_)[0].state == "pending"


def test_the_link_in_a_mail_asks_first_and_ends_without_a_login(context: Context, ben: TestClient) -> None:
    sent(ben, "/subscriptions", "/subscriptions", **FORM)
    id_ = the_only(context)
    address = f"/unsubscribe/{id_}/{signature(SALT, id_)}"
    stranger = browser(context)
    page = stranger.get(address)
    assert (page.status_code, '<form method="post">' in page.text) == (200, True)
    assert read.subscriptions(context.ledger) != []
    assert "You get this report no more." in stranger.post(address).text
    assert read.subscriptions(context.ledger) == []
    assert "You get this report no more." in stranger.get(address).text


def test_one_click_of_a_mail_program_ends_it(context: Context, ben: TestClient) -> None:
    """RFC 8058: no cookies, no redirect, this body."""
    sent(ben, "/subscriptions", "/subscriptions", **FORM)
    id_ = the_only(context)
    answer = browser(context).post(
        f"/unsubscribe/{id_}/{signature(SALT, id_)}", data={"List-Unsubscribe": "One-Click"}, follow_redirects=False
    )
    assert answer.status_code == 200
    assert read.subscriptions(context.ledger) == []
    assert read.audit(context.ledger, id_, 1)[0].why == "by the link in a mail"


@pytest.mark.parametrize("wrong", ["", "0" * 32, "é", "a" * 5000])
def test_a_guessed_link_finds_nothing(context: Context, ben: TestClient, wrong: str) -> None:
    sent(ben, "/subscriptions", "/subscriptions", **FORM)
    stranger = browser(context)
    for id_ in (the_only(context), "nothing"):
        assert stranger.get(f"/unsubscribe/{id_}/{wrong}").status_code == 404
        assert stranger.post(f"/unsubscribe/{id_}/{wrong}").status_code in (303, 404, 405)
    assert read.subscriptions(context.ledger) != []


def test_the_pages_are_in_spanish_too(context: Context, ben: TestClient) -> None:
    sent(ben, "/subscriptions", "/subscriptions", **FORM)
    spanish = {"accept-language": "es"}
    page = ben.get("/subscriptions", headers=spanish).text
    assert "cada semana, lunes, 07:00" in page
    assert "Mis suscripciones" in page
    assert "Aún no tocaba ningún correo." in ben.get(f"/subscriptions/{the_only(context)}", headers=spanish).text


def test_a_desk_without_users_subscribes_an_address_and_speaks_of_no_account(tmp_path: Path) -> None:
    """Before, it spoke of “my” address, of an account and of other users."""
    ledger = small_ledger(tmp_path)
    context = Context(city=CITY, settings=Settings(home=tmp_path), salt=SALT, ledger=ledger, sources={}, city_path=CITY.path)
    client = browser(context, "es")
    page = client.get("/subscriptions").text
    main = page.partition("<main")[2]
    assert "Suscripciones de esta aplicación" in main
    assert "Aún no hay ninguna suscripción." in main
    assert "No hay servidor de correo, así que todavía no se envía nada. Consulte a quien administra el servidor." in main
    assert re.search(r">Dirección de correo a la que se envía</label><input [^>]* required", main)
    assert [words for words in ("Mis ", "Su cuenta", "De otras personas", "la mía") if words in main] == []
    refused = client.post("/subscriptions", data={"csrf": csrf(page), **FORM})
    assert (refused.status_code, "Esta aplicación no tiene usuarios: indique una dirección." in refused.text) == (400, True)
    made = client.post("/subscriptions", data={"csrf": csrf(page), **FORM, "address": "prensa@ayto.test"})
    assert "prensa@ayto.test" in made.text
    one = client.get(f"/subscriptions/{the_only(context)}").text
    assert "<dt>Usuario</dt><dd>sin identificar (aplicación sin usuarios)</dd>" in one.replace("\n", "")
    ledger.close()
