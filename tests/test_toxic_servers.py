"""The mail server, the contact centre and the ledger's server misbehaving in every way: each ends in its own error, in time."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import psutil
import psycopg2
import pytest
from contact_centre_facts import DESK, a_case, a_city, a_post
from ledger_facts import SALT
from mail_server import mail_server
from pydantic import SecretStr
from sqlalchemy import make_url, text
from starlette.testclient import TestClient

from contact_centre import OutcomeUnknownError, rt
from core.errors import EscuchaError, UnavailableError
from core.settings import Settings
from desk.app import create_app
from escucha.house import House
from ledger import postgres, read
from ledger.open import Ledger, open_ledger
from reports import mail
from tests.seeded import MADRID
from tests.toxic import POISONS, toxic

pytest_plugins = ("ledger_fixtures",)


@pytest.fixture(autouse=True)
def _alone(clean_environment: pytest.MonkeyPatch) -> None:
    clean_environment.setenv("ESCUCHA_RT_TOKEN", "1-34-canary")


# ---- mail


def letter() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "escucha@example.org", "ana@example.org", "Informe"
    made.set_content("Hola")
    return made


@pytest.mark.parametrize("hello", [b"", b"220 ready\r\n"], ids=["at once", "after its greeting"])
@pytest.mark.parametrize("poison", POISONS)
def test_a_mail_server_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch, poison: str, hello: bytes) -> None:
    monkeypatch.setattr(mail, "TIMEOUT_S", 1.0)
    began = time.monotonic()
    with toxic(poison, hello=hello) as server:
        settings = Settings(smtp_url=SecretStr(f"smtp://ana:secret@127.0.0.1:{server.port}"))
        with pytest.raises(UnavailableError, match=r"ESCUCHA_SMTP_URL: 127\.0\.0\.1 does not answer as a mail server"):
            mail.send(settings, letter())
        assert b"secret" not in b"".join(server.heard)
    assert time.monotonic() - began < 2.5


def test_a_mail_server_that_freezes_with_the_mail_in_its_hand_is_given_up_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether it was taken is not known: it is sent again with the same Message-ID (reporting.py), never lost."""
    monkeypatch.setattr(mail, "HAND_OVER_S", 1.0)
    monkeypatch.setattr(mail, "GOODBYE_S", 0.3)
    with mail_server() as real, toxic("well", upstream=real.port) as between:
        settings = Settings(smtp_url=SecretStr(f"smtp://127.0.0.1:{between.port}"))
        with mail.connected(settings) as server:
            between.poison = "freeze"
            began = time.monotonic()
            with pytest.raises(UnavailableError, match=r"mail to ana@example\.org"):
                mail.hand_over(server, letter())
        assert time.monotonic() - began < 2.5


# ---- contact centre

EMPTY = json.dumps({"items": [], "pages": 1, "page": 1, "total": 0, "count": 0}).encode()
NONE_YET = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (
    len(EMPTY),
    EMPTY,
)


def opened(port: int) -> str:
    options = rt.Options(url=f"http://127.0.0.1:{port}", queue="Redes", requestor="buzon@ayto.test", timeout_s=1.0)  # type: ignore[call-arg]
    return rt.open_case(a_city(), options, rt.Secrets(), a_case("c:1"), [a_post()], DESK)  # type: ignore[call-arg]


@pytest.mark.parametrize("poison", POISONS)
def test_a_contact_centre_that_cannot_be_asked_is_given_up_in_time_and_nothing_was_sent(poison: str) -> None:
    began = time.monotonic()
    with toxic(poison) as server:
        with pytest.raises(EscuchaError, match=r"127\.0\.0\.1"):
            opened(server.port)
        assert not any(b"POST" in one for one in server.heard)
    assert time.monotonic() - began < 2.5


@pytest.mark.parametrize("poison", [one for one in POISONS if one != "refuse"])
def test_once_the_case_was_posted_the_outcome_is_unknown(poison: str) -> None:
    """So it is looked up before the next try, and no case gets two tickets."""
    began = time.monotonic()
    with toxic(poison) as server:
        server.firsts.append(NONE_YET)
        with pytest.raises(OutcomeUnknownError):
            opened(server.port)
        posts = [one for one in server.heard if one.startswith(b"POST")]
        assert len(posts) == (0 if poison == "closed" else 1)
    assert time.monotonic() - began < 2.5


# ---- the ledger's server


@pytest.mark.parametrize("poison", POISONS)
def test_a_ledger_server_that_is_none_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch, poison: str) -> None:
    monkeypatch.setattr(postgres.Connection, "limit_s", 1.0)
    began = time.monotonic()
    with toxic(poison) as server, pytest.raises(UnavailableError, match="the ledger: PostgreSQL does not answer"):
        open_ledger(f"postgresql://escucha:hush@127.0.0.1:{server.port}/escucha", SALT)
    assert time.monotonic() - began < 2.5


@contextlib.contextmanager
def through_a_line(database: str) -> Iterator[tuple[Ledger, object]]:
    address = make_url(database)
    with toxic("well", upstream=address.port) as line:
        between = address.set(host="127.0.0.1", port=line.port).render_as_string(hide_password=False)
        ledger = open_ledger(between, SALT, 2.0)
        try:
            yield ledger, line
        finally:
            line.poison = "well"
            ledger.close()


def test_a_ledger_server_that_freezes_gives_503_in_words_and_the_pages_come_back(
    own_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, seconds in (("PING_S", 0.5), ("GRACE_S", 0.5)):
        monkeypatch.setattr(postgres, name, seconds)
    monkeypatch.setattr(postgres.Connection, "limit_s", 1.0)
    from core.city import load_city

    with through_a_line(own_database) as (ledger, line):
        settings = Settings(home=tmp_path)
        house = House(load_city(MADRID), settings, SALT, ledger, {}, MADRID)
        with TestClient(create_app(house), base_url="http://127.0.0.1:8800", raise_server_exceptions=False) as browser:
            assert browser.get("/cases").status_code == 200
            line.poison = "freeze"  # type: ignore[attr-defined]
            for path in ("/cases", "/", "/posts", "/public"):
                began = time.monotonic()
                answer = browser.get(path)
                assert (answer.status_code, "PostgreSQL does not answer" in answer.text) == (503, True)
                assert time.monotonic() - began < 4
            line.poison = "well"  # type: ignore[attr-defined]
            assert browser.get("/cases").status_code == 200


def test_a_statement_that_freezes_half_way_writes_nothing(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "GRACE_S", 0.2)
    with through_a_line(own_database) as (ledger, line):
        with pytest.raises(UnavailableError, match="does not answer"), ledger.write() as connection:  # noqa: PT012
            connection.execute(text("INSERT INTO meta (name, value) VALUES ('half', 'way')"))
            line.poison = "freeze"  # type: ignore[attr-defined]
            connection.execute(text("SELECT 1"))
        line.poison = "well"  # type: ignore[attr-defined]
        with ledger.read() as connection:
            assert connection.execute(text("SELECT count(*) FROM meta WHERE name = 'half'")).scalar_one() == 0


def test_who_holds_a_row_for_too_long_is_told_of(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "LOCK_S", 1)
    ledger = open_ledger(own_database, SALT)
    other = psycopg2.connect(make_url(own_database).set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        other.cursor().execute("SELECT * FROM meta FOR UPDATE")
        began = time.monotonic()
        with pytest.raises(UnavailableError, match="another process held it"), ledger.write() as connection:
            connection.execute(text("UPDATE meta SET value = value"))
        assert time.monotonic() - began < 4
    finally:
        other.close()
        ledger.close()


def test_a_long_statement_is_ended_by_the_server_and_the_connection_lives(own_database: str) -> None:
    ledger = open_ledger(own_database, SALT, 0.5)
    try:
        with pytest.raises(UnavailableError, match="statement timeout"), ledger.read() as connection:
            connection.execute(text("SELECT pg_sleep(5)"))
        assert read.has_users(ledger) is False
    finally:
        ledger.close()


def test_a_frozen_server_process_is_given_up(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "GRACE_S", 0.2)
    ledger = open_ledger(own_database, SALT, 1.0)
    frozen: list[int] = []
    began = 0.0
    try:
        with pytest.raises(UnavailableError, match="no answer within"), ledger.read() as connection:  # noqa: PT012
            frozen.append(int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one()))
            assert psutil.pid_exists(frozen[0])
            os.kill(frozen[0], signal.SIGSTOP)
            began = time.monotonic()
            connection.execute(text("SELECT 1"))
        assert time.monotonic() - began < 3
    finally:
        for backend in frozen:
            os.kill(backend, signal.SIGCONT)
        ledger.close()
