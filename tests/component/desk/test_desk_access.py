"""Test what the desk refuses to show or do: foreign forms, names, users and files."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.auth.users import set_user
from ledger import read
from pipeline.context import Context
from tests.support.desk_client import browser, csrf
from tests.support.seeded import NOW, open_seeded


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Twelve posts without a search engine; the test changes them."""
    context = open_seeded(tmp_path, 12, NOW)
    yield context
    context.ledger.close()


def test_a_form_that_does_not_come_from_our_page_changes_nothing(context: Context) -> None:
    key = next(read.case_records(context.ledger)).case_key
    answer = browser(context).post(f"/cases/{key}/resolve", data={"csrf": "guessed"})
    assert answer.status_code == 403
    assert [t.state for t in read.transitions(context.ledger, key)] == ["new"]


def test_the_desk_does_not_answer_to_a_foreign_name(context: Context) -> None:
    assert browser(context).get("/", headers={"host": "evil.example"}).status_code == 400


def test_with_users_the_door_is_closed_and_a_reader_cannot_work(context: Context) -> None:
    set_user(context.ledger, "rosa", "una clave larga", "reader")
    client = browser(context)
    assert client.get("/cases").url.path == "/login"
    token = csrf(client.get("/login").text)
    assert client.post("/login", data={"csrf": token, "name": "rosa", "password": "otra clave"}).status_code == 401
    assert client.post("/login", data={"csrf": token, "name": "rosa", "password": "una clave larga"}).url.path == "/"
    key = next(read.case_records(context.ledger)).case_key
    page = client.get(f"/cases/{key}").text
    assert "Actions" not in page
    assert client.post(f"/cases/{key}/resolve", data={"csrf": csrf(page)}).status_code == 403


def test_what_does_not_exist_is_said_in_words(context: Context) -> None:
    answer = browser(context, "es").get("/cases/C-0")
    assert (answer.status_code, "No se ha encontrado" in answer.text) == (404, True)


def test_only_report_files_are_served(context: Context) -> None:
    folder = context.settings.home / "reports" / "weekly" / "2026-11-16_2026-11-23"
    folder.mkdir(parents=True)
    (folder / "weekly.es.html").write_text("<p>hola</p>")
    (folder / "secret.txt").write_text("no")
    client = browser(context)
    assert client.get("/reports/weekly/2026-11-16_2026-11-23/weekly.es.html").text == "<p>hola</p>"
    dates = {"previous": "2026-11-09T00:00+01:00", "start": "2026-11-16T00:00+01:00", "end": "2026-11-23T00:00+01:00"}
    (folder / "numbers.json").write_text(json.dumps({"interval": dates}))
    assert "Informe semanal</strong></a> · Del 16 de noviembre de 2026 al 22" in browser(context, "es").get("/reports").text
    for path in ("weekly/2026-11-16_2026-11-23/secret.txt", "weekly/..%2f../ledger.sqlite", "..%2f..%2fsalt/x/y.es.html"):
        assert client.get(f"/reports/{path}").status_code == 404
