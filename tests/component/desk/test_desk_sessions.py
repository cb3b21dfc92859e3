"""Sessions of the desk end: by log-out, by any change of the user, by time; a cookie kept from before opens nothing."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from itsdangerous import TimestampSigner
from starlette.testclient import TestClient

from core.privacy.pseudonyms import keyed_hash
from desk.auth.sessions import SESSION
from ledger import read
from pipeline.access import accounts
from pipeline.context import Context
from tests.support.desk_client import LOCAL, PASSWORDS, browser, csrf, hidden, logged_in, people, sent
from tests.support.seeded import SALT, open_seeded

NEW = "cualquier nube verde 7"
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 6, NOW - timedelta(hours=1))
    people(context)
    yield context
    context.ledger.close()


def replayed(context: Context, client: TestClient) -> TestClient:
    """Another browser with a copy of this one's cookies."""
    other = browser(context)
    for cookie in client.cookies.jar:
        other.cookies.set(str(cookie.name), str(cookie.value), domain="127.0.0.1")
    return other


def opens(client: TestClient, path: str = "/cases") -> bool:
    answer = client.get(path, follow_redirects=False)
    assert answer.status_code in (200, 303), answer.text
    return answer.status_code == 200


def test_a_cookie_from_before_the_log_out_opens_nothing(context: Context) -> None:
    client = logged_in(context, "ben")
    thief = replayed(context, client)
    assert opens(thief)
    sent(client, "/cases", "/logout")
    assert not opens(thief)
    assert not opens(client)
    assert [(one.who, one.what) for one in read.audit(context.ledger, limit=2)] == [("ben", "logout"), ("ben", "login")]


ADMINISTRATION: dict[str, Callable[[TestClient], str]] = {
    "role": lambda ana: sent(ana, "/users", "/users/ben/role", role="reader"),
    "password": lambda ana: sent(ana, "/users", "/users/ben/password", password=NEW),
    "disable": lambda ana: sent(ana, "/users", "/users/ben/disable"),
    "remove": lambda ana: sent(ana, "/users", "/users/ben/remove"),
    "revoke": lambda ana: sent(ana, "/users", "/users/ben/revoke"),
}


@pytest.mark.parametrize("what", ADMINISTRATION)
def test_what_an_administrator_changes_ends_the_users_sessions_at_once(context: Context, what: str) -> None:
    ana, ben = logged_in(context, "ana"), logged_in(context, "ben")
    ADMINISTRATION[what](ana)
    assert not opens(ben)
    assert opens(ana)


def test_ones_own_password_ends_all_other_sessions_and_the_cookie_of_this_one(context: Context) -> None:
    here, elsewhere = logged_in(context, "ben"), logged_in(context, "ben")
    thief = replayed(context, here)
    new = "granito duende azul 88"
    page = sent(here, "/account", "/account/password", present=PASSWORDS["ben"], password=new, again=new)
    assert "The password was changed" in page
    assert [opens(one) for one in (here, elsewhere, thief)] == [True, False, False]
    form = {**hidden(elsewhere.get("/login").text, "/login"), "name": "ben"}
    assert elsewhere.post("/login", data={**form, "password": PASSWORDS["ben"]}).status_code == 401
    assert elsewhere.post("/login", data={**form, "password": new}).status_code == 200


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"present": "wrong", "password": "granito duende azul 88", "again": "granito duende azul 88"}, "is wrong"),
        ({"present": PASSWORDS["ben"], "password": "granito duende azul", "again": "granito"}, "not the same"),
        ({"present": PASSWORDS["ben"], "password": "ben2026ben2026", "again": "ben2026ben2026"}, "more than your name"),
    ],
)
def test_a_password_is_changed_only_by_its_owner_and_only_to_a_good_one(context: Context, form: dict[str, str], words: str) -> None:
    client = logged_in(context, "ben")
    before = read.user(context.ledger, "ben")
    answer = client.post("/account/password", data={**hidden(client.get("/account").text, "/account/password"), **form})
    assert (answer.status_code, words in answer.text) == (400, True)
    assert read.user(context.ledger, "ben") == before
    assert opens(client)


def test_a_session_without_a_request_ends_after_half_an_hour(context: Context) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = logged_in(context, "ben")
        clock.shift(timedelta(minutes=29))
        assert opens(client)
        clock.shift(timedelta(minutes=29))
        assert opens(client)
        clock.shift(timedelta(minutes=30))
        assert not opens(client)


@pytest.mark.parametrize("asked", ["/progress", "/viewers?case={case}"])
def test_a_page_that_asks_by_itself_keeps_no_session_alive(context: Context, asked: str) -> None:
    case = next(iter(read.case_records(context.ledger))).case_key
    with time_machine.travel(NOW, tick=False) as clock:
        client = logged_in(context, "ben")
        for _ in range(2):
            clock.shift(timedelta(minutes=14))
            assert opens(client, asked.format(case=case))
        clock.shift(timedelta(minutes=2))
        assert not opens(client)


def test_a_session_ends_after_ten_hours_whatever_is_done_in_it(context: Context) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = logged_in(context, "ben")
        for _ in range(29):
            clock.shift(timedelta(minutes=20))
            assert opens(client)
        clock.shift(timedelta(minutes=20))
        assert not opens(client)


def test_the_limits_are_settings(context: Context) -> None:
    context.settings = context.settings.model_copy(update={"desk_idle_minutes": 5, "desk_session_hours": 1})
    with time_machine.travel(NOW, tick=False) as clock:
        client = logged_in(context, "ben")
        clock.shift(timedelta(minutes=5))
        assert not opens(client)


def test_reading_pages_sets_no_cookie_and_writes_once_a_minute_at_most(context: Context) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = logged_in(context, "ben")
        for _ in range(5):
            clock.shift(timedelta(seconds=11))
            assert "set-cookie" not in client.get("/cases").headers
        assert accounts.sessions_of(context, "ben")[0].seen_at == NOW
        clock.shift(timedelta(seconds=11))
        client.get("/cases")
        assert accounts.sessions_of(context, "ben")[0].seen_at == NOW + timedelta(seconds=66)


def test_a_log_in_makes_a_new_session_and_ends_the_one_before(context: Context) -> None:
    client = logged_in(context, "ben")
    before = replayed(context, client)
    logged_in(context, "ben", client)
    assert (opens(client), opens(before)) == (True, False)
    assert len(accounts.sessions_of(context, "ben")) == 1


def test_the_cookie_is_for_this_desk_only_and_is_not_what_the_ledger_stores(context: Context) -> None:
    client = browser(context)
    form = {**hidden(client.get("/login").text, "/login"), "name": "ben", "password": PASSWORDS["ben"]}
    cookie = client.post("/login", data=form, follow_redirects=False).headers.get_list("set-cookie")[0]
    assert cookie.startswith(f"{SESSION}=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie
    secret = cookie.split("=", 1)[1].split(";")[0]
    with context.ledger.read() as connection:
        stored = connection.exec_driver_sql("SELECT * FROM sessions").all()
    assert secret not in str(stored)


def test_by_https_the_cookies_are_secure_and_bound_to_the_host(context: Context) -> None:
    context.settings = context.settings.model_copy(update={"desk_url": "https://desk.example"})
    client = browser(context, base_url="https://desk.example")
    login = client.get("/login")
    assert login.headers["set-cookie"].startswith("__Host-escucha-form=")
    form = {**hidden(login.text, "/login"), "name": "ben", "password": PASSWORDS["ben"]}
    cookies = client.post("/login", data=form, follow_redirects=False).headers.get_list("set-cookie")
    assert cookies[0].startswith("__Host-escucha=")
    assert all("Secure" in cookie and "Domain" not in cookie for cookie in cookies)
    assert opens(client)


def test_a_cookie_of_the_stateless_kind_is_ignored(context: Context) -> None:
    import base64
    import json

    payload = base64.b64encode(json.dumps({"user": "ana", "csrf": "x"}).encode())
    forged = TimestampSigner(keyed_hash(SALT, "session", "desk")).sign(payload).decode()
    client = browser(context)
    client.cookies.set("escucha", forged, domain="127.0.0.1")
    assert not opens(client)


@pytest.mark.parametrize("cookie", ["", "x", "x" * 5000, "'; DROP TABLE sessions; --", "%00"])
def test_a_made_up_cookie_opens_nothing(context: Context, cookie: str) -> None:
    client = browser(context)
    client.cookies.set("escucha", cookie, domain="127.0.0.1")
    assert not opens(client)


def test_a_log_in_form_from_elsewhere_is_refused(context: Context) -> None:
    client = browser(context)
    form = {"name": "ben", "password": PASSWORDS["ben"]}
    assert client.post("/login", data=form).status_code == 403
    token = csrf(client.get("/login").text)
    stranger = browser(context)
    assert stranger.post("/login", data={**form, "csrf": token}).status_code == 403
    for page in ("cross-site", "same-site"):
        answer = client.post("/login", data={**form, "csrf": token}, headers={"sec-fetch-site": page})
        assert answer.status_code == 403
    assert client.post("/login", data={**form, "csrf": token}, headers={"sec-fetch-site": "same-origin"}).status_code == 200


def test_the_token_of_another_session_does_not_fit(context: Context) -> None:
    ben, ana = logged_in(context, "ben"), logged_in(context, "ana")
    answer = ben.post("/logout", data={"csrf": csrf(ana.get("/account").text)})
    assert answer.status_code == 403


def test_pages_for_citizens_set_no_cookie(context: Context) -> None:
    for path in ("/public", "/notice", "/public/data.csv"):
        assert "set-cookie" not in browser(context).get(path, follow_redirects=False).headers


def test_one_sees_and_ends_ones_own_sessions_and_nobody_elses(context: Context) -> None:
    here, elsewhere, ana = logged_in(context, "ben"), logged_in(context, "ben"), logged_in(context, "ana")
    page = here.get("/account").text
    assert page.count('action="/account/revoke"') == 1
    assert "ana" not in page
    hers = accounts.sessions_of(context, "ana")[0].id_hash
    here.post("/account/revoke", data={"csrf": csrf(page), "session": hers})
    assert opens(ana)
    sent(here, "/account", "/account/revoke")
    assert (opens(here), opens(elsewhere)) == (True, False)


def test_an_administrator_sees_and_ends_everybodys_sessions(context: Context) -> None:
    ana, ben = logged_in(context, "ana"), logged_in(context, "ben")
    sent(ana, "/users", "/users/revoke", name="ben")
    assert not opens(ben)
    assert (read.audit(context.ledger)[0].who, read.audit(context.ledger)[0].what) == ("ana", "session_revoked")


def test_an_agent_sees_neither_users_nor_audit(context: Context) -> None:
    ben = logged_in(context, "ben")
    for path in ("/users", "/audit", "/audit.csv"):
        assert ben.get(path).status_code == 403
    assert "/users" not in ben.get("/cases").text
    for path in ("/users", "/users/ana/remove", "/users/revoke"):
        assert ben.post(path, data={"csrf": csrf(ben.get("/account").text)}).status_code == 403
    assert len(read.users(context.ledger)) == 3


def test_a_disabled_user_cannot_log_in_and_can_again(context: Context) -> None:
    ana = logged_in(context, "ana")
    sent(ana, "/users", "/users/ben/disable")
    ben = browser(context)
    form = {**hidden(ben.get("/login").text, "/login"), "name": "ben", "password": PASSWORDS["ben"]}
    assert ben.post("/login", data=form).status_code == 401
    sent(ana, "/users", "/users/ben/enable")
    assert ben.post("/login", data=form).status_code == 200


def test_users_are_made_and_refused_on_the_desk_in_words(context: Context) -> None:
    ana = logged_in(context, "ana")
    good = "maceta rueda zafiro 12"
    page = sent(ana, "/users", "/users", name="luz", role="reader", password=good)
    assert "luz" in page
    for form, words in (
        ({"name": "luz", "role": "admin", "password": good}, "of this name already"),
        ({"name": "desk", "role": "agent", "password": good}, "reserved for Escucha itself"),
        ({"name": "Luz!", "role": "agent", "password": good}, "lower-case letters"),
        ({"name": "sol", "role": "king", "password": good}, "Unknown role"),
        ({"name": "sol", "role": "agent", "password": "madrid2026!!"}, "more than your name or the city"),
    ):
        answer = ana.post("/users", data={**hidden(ana.get("/users").text, "/users"), **form})
        assert (answer.status_code, words in answer.text.replace("&#39;", "'")) == (400, True), form
        assert form["password"] not in answer.text
    assert {one.name: one.role for one in read.users(context.ledger)}["luz"] == "reader"
    assert len(read.users(context.ledger)) == 4


def test_the_last_administrator_is_told_in_spanish_that_he_stays(context: Context) -> None:
    ana = logged_in(context, "ana", browser(context, "es"))
    sent(ana, "/users", "/users/eva/remove")
    answer = ana.post("/users/ana/remove", data=hidden(ana.get("/users").text, "/users/ana/remove"))
    assert (answer.status_code, "último administrador" in answer.text) == (400, True)
    assert opens(ana)


def test_what_was_typed_when_the_session_ended_is_shown_again(context: Context) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = logged_in(context, "ben")
        key = next(read.case_records(context.ledger)).case_key
        form = hidden(client.get(f"/cases/{key}").text, f"/cases/{key}/note")
        clock.shift(timedelta(hours=1))
        answer = client.post(f"/cases/{key}/note", data={**form, "why": "una nota larga <b>"})
        assert (answer.status_code, "una nota larga &lt;b&gt;" in answer.text) == (401, True)
        foreign = browser(context).post(
            f"{LOCAL}/cases/{key}/note", data={"why": "llame a este número"}, headers={"sec-fetch-site": "cross-site"}
        )
        assert (foreign.status_code, "este número" in foreign.text) == (401, False)
        assert read.notes(context.ledger, key) == []
