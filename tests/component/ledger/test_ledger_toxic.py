"""The ledger's server misbehaving in every way: it is given up in time, said in words, and nothing is half written."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg2  # type: ignore[import-untyped]  # the driver has no types
import pytest
from sqlalchemy import make_url, text
from starlette.testclient import TestClient

from core.config.city import load_city
from core.config.settings import Settings
from core.errors import UnavailableError
from desk.app import create_app
from ledger import read
from ledger.database import Ledger, open_ledger, postgres
from ledger.database.writing import writing
from pipeline.context import Context
from tests.support.ledger_facts import SALT
from tests.support.seeded import MADRID
from tests.support.toxic import POISONS, Toxic, toxic

pytest_plugins = ("tests.support.ledger_fixtures",)
pytestmark = pytest.mark.timeout(600)
"""Servers that never answer: a test that goes on has shown that they are given up; tests/perf/test_given_up_in_time.py measures when."""


@pytest.mark.parametrize("poison", POISONS)
def test_a_ledger_server_that_is_none_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch, poison: str) -> None:
    monkeypatch.setattr(postgres.Connection, "limit_s", 1.0)
    with toxic(poison) as server, pytest.raises(UnavailableError, match="the ledger: PostgreSQL does not answer"):
        open_ledger(f"postgresql://escucha:hush@127.0.0.1:{server.port}/escucha", SALT)


@contextlib.contextmanager
def through_a_line(database: str) -> Iterator[tuple[Ledger, Toxic]]:
    address = make_url(database)
    with toxic("well", upstream=address.port) as line:
        between = address.set(host="127.0.0.1", port=line.port).render_as_string(hide_password=False)
        ledger = open_ledger(between, SALT, answer_s=5.0)
        try:
            yield ledger, line
        finally:
            line.poison = "well"
            ledger.close()


def test_a_ledger_server_that_freezes_gives_503_in_words_and_the_pages_come_back(
    own_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(postgres, "GRACE_S", 0.5)
    with through_a_line(own_database) as (ledger, line):
        settings = Settings(home=tmp_path)
        context = Context(load_city(MADRID), settings, SALT, ledger, {}, MADRID)
        with TestClient(
            create_app(context), base_url="http://127.0.0.1:8800", client=("127.0.0.1", 50000), raise_server_exceptions=False
        ) as browser:
            assert browser.get("/cases").status_code == 200
            line.poison = "freeze"
            with pytest.MonkeyPatch.context() as hasty:
                hasty.setattr(postgres, "PING_S", 0.5)
                hasty.setattr(postgres.Connection, "limit_s", 1.0)
                for path in ("/cases", "/", "/posts"):
                    answer = browser.get(path)
                    assert (answer.status_code, "PostgreSQL does not answer" in answer.text) == (503, True)
            line.poison = "well"
            assert browser.get("/cases").status_code == 200


def test_a_statement_that_freezes_half_way_writes_nothing(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "GRACE_S", 0.2)
    with through_a_line(own_database) as (ledger, line):
        with pytest.raises(UnavailableError, match="does not answer"), writing(ledger) as connection:  # noqa: PT012
            connection.execute(text("INSERT INTO meta (name, value) VALUES ('half', 'way')"))
            line.poison = "freeze"
            connection.execute(text("SELECT 1"))
        line.poison = "well"
        with ledger.read() as connection:
            assert connection.execute(text("SELECT count(*) FROM meta WHERE name = 'half'")).scalar_one() == 0


def test_who_holds_a_row_for_too_long_is_told_of(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "LOCK_S", 1)
    ledger = open_ledger(own_database, SALT)
    other = psycopg2.connect(make_url(own_database).set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        other.cursor().execute("SELECT * FROM meta FOR UPDATE")
        with pytest.raises(UnavailableError, match="another process held a lock"), writing(ledger) as connection:
            connection.execute(text("UPDATE meta SET value = value"))
    finally:
        other.close()
        ledger.close()


def test_a_long_statement_is_ended_by_the_server_and_the_connection_lives(own_database: str) -> None:
    ledger = open_ledger(own_database, SALT, answer_s=2.0)
    try:
        with pytest.raises(UnavailableError, match="statement timeout"), ledger.read() as connection:
            connection.execute(text("SELECT pg_sleep(60)"))
        assert read.has_users(ledger) is False
    finally:
        ledger.close()


def until_free(other: Any) -> None:
    """Try for half a minute to lock the rows."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            other.cursor().execute("SELECT * FROM meta FOR UPDATE NOWAIT")
            return
        except psycopg2.errors.LockNotAvailable:
            other.rollback()
            time.sleep(0.1)
    pytest.fail("the silent client keeps its locks")


def test_a_client_that_goes_silent_in_a_transaction_loses_its_locks(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ANSWER_S", 2)
    ledger = open_ledger(own_database, SALT)
    other = psycopg2.connect(make_url(own_database).set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        with pytest.raises(UnavailableError), writing(ledger) as connection:  # noqa: PT012
            connection.execute(text("UPDATE meta SET value = value"))
            until_free(other)
    finally:
        other.close()
        ledger.close()


def test_a_frozen_server_process_is_given_up(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "GRACE_S", 0.2)
    ledger = open_ledger(own_database, SALT, answer_s=2.0)
    frozen: list[int] = []
    try:
        with pytest.raises(UnavailableError, match="no answer within"), ledger.read() as connection:  # noqa: PT012
            frozen.append(int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one()))
            assert psutil.pid_exists(frozen[0])
            os.kill(frozen[0], signal.SIGSTOP)
            connection.execute(text("SELECT 1"))
    finally:
        for backend in frozen:
            os.kill(backend, signal.SIGCONT)
        ledger.close()
