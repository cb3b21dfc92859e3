"""Test the form that asks for a report now: each kind, its progress, its errors, and two clicks."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from core.errors import UnavailableError
from core.records.marked_event import EventFields
from desk.report_jobs import ReportJobs
from desk.state import Desk
from ledger import leases, read
from pipeline import marked_events, report_requests, saved_views
from pipeline.access import accounts
from pipeline.context import Context, now
from reports.build.asked import Asked
from tests.support.desk_client import browser, hidden, logged_in, people
from tests.support.ledger_facts import SALT
from tests.support.report_weeks import CITY, week_context

WEEK = "/reports/weekly/2026-11-16_2026-11-23"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with week_context(tmp_path) as context:
        yield context


@pytest.fixture
def desk(context: Context) -> Iterator[TestClient]:
    client = browser(context)
    yield client
    jobs_of(client).close()  # what waits is dropped, not written during the next test


def jobs_of(desk: TestClient) -> ReportJobs:
    state: Desk = desk.app.state.desk  # type: ignore[attr-defined]
    return state.report_jobs


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the reports that are written."""
    names: list[str] = []

    def note(_context: Context, asked: Asked, _languages: object) -> dict[str, int]:
        names.append(asked.name)
        return {"written": 1}

    monkeypatch.setattr(report_requests, "report_asked", note)
    return names


def form_of(desk: TestClient, **typed: str) -> dict[str, str]:
    usual = {"kind": "weekly", "first": "2026-11-17", "last": "", "period": "week", "language": "es", "format": "pdf"}
    return {**hidden(desk.get("/reports").text, "/reports"), **usual, **typed}


def ask(desk: TestClient, **typed: str) -> str:
    """Send the form; return the address of the progress."""
    answer = desk.post("/reports", data=form_of(desk, **typed), follow_redirects=False)
    assert answer.status_code == 303, re.findall(r'role="alert">([^<]+)', answer.text)
    return answer.headers["location"]


def finished(desk: TestClient, address: str) -> Response:
    """Load the progress until it leads on."""
    for _ in range(3000):
        answer = desk.get(address, follow_redirects=False)
        if "refresh" not in answer.headers:
            return answer
        assert "<progress" in answer.text
        time.sleep(0.1)
    raise AssertionError("the report was not written within five minutes")


def test_a_report_is_written_in_the_background_and_its_file_offered(context: Context, desk: TestClient) -> None:
    answer = finished(desk, ask(desk))
    assert answer.headers["location"] == f"{WEEK}?ready=es.pdf"
    page = desk.get(answer.headers["location"]).text
    assert re.search(rf'The report is ready: <a href="{WEEK}/weekly\.es\.pdf">Español, PDF</a>', page)
    assert desk.get(f"{WEEK}/weekly.es.pdf").content.startswith(b"%PDF")
    assert [(one.subject, one.why) for one in read.audit_lines(context.ledger, what="report_asked")] == [("weekly", "es")]


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ({"kind": "daily"}, "daily/2026-11-17_2026-11-18"),
        ({"kind": "weekly"}, "weekly/2026-11-16_2026-11-23"),
        ({"kind": "monthly", "first": "2026-10-09"}, "monthly/2026-10-01_2026-11-01"),
        ({"kind": "department", "department": "Vías públicas"}, "department-vias-publicas/2026-11-16_2026-11-23"),
        (
            {"kind": "district", "district": "Salamanca", "period": "month", "first": "2026-10-31"},
            "district-salamanca/2026-10-01_2026-11-01",
        ),
        ({"kind": "view", "view": "VIEW"}, "view-roads-pavements-salamanca/2026-11-16_2026-11-23"),
        ({"kind": "event", "event": "1", "first": ""}, "event-roads-pavements/2026-11-16_2026-11-19"),
        ({"kind": "event", "first": "2026-11-16", "last": "2026-11-16"}, "event/2026-11-16_2026-11-17"),
    ],
)
def test_each_kind_covers_the_posts_and_days_that_were_asked_for(
    context: Context, desk: TestClient, written: list[str], typed: dict[str, str], address: str
) -> None:
    view = saved_views.save(context, "desk", "posts", "Baches", "period=month&topic=roads_pavements&district=Salamanca", False)
    event = EventFields(name="Obras", first_day=date(2026, 11, 16), last_day=date(2026, 11, 18), topic="roads_pavements")
    marked_events.add(context, event, "ana")
    answer = finished(desk, ask(desk, **{name: value.replace("VIEW", view) for name, value in typed.items()}))
    assert answer.headers["location"] == f"/reports/{address}?ready=es.pdf"
    assert written == [address.partition("/")[0]]


def test_two_clicks_and_two_people_make_one_report(desk: TestClient, written: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    quick: Callable[..., Mapping[str, int]] = vars(report_requests)["report_asked"]

    def waits(*asked: object) -> Mapping[str, int]:
        assert go_on.wait(120)
        return quick(*asked)

    monkeypatch.setattr(report_requests, "report_asked", waits)
    form = form_of(desk)
    answers = [desk.post("/reports", data=form, follow_redirects=False) for _click in range(2)]
    other = ask(desk, format="xlsx")  # another form for the same report, while it is written
    assert {one.headers["location"] for one in answers} == {other.replace("xlsx", "pdf")}
    go_on.set()
    finished(desk, other)
    desk.post("/reports", data=form)  # the first form again, afterwards
    assert written == ["weekly"]
    finished(desk, ask(desk))  # a new form asks for it anew
    assert written == ["weekly", "weekly"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"kind": "yearly"}, "Elija el tipo de informe."),
        ({"kind": "department"}, "Elija el departamento del informe."),
        ({"kind": "district"}, "Elija el distrito del informe."),
        ({"kind": "view"}, "Elija la vista guardada del informe."),
        ({"kind": "event"}, "Elija un acontecimiento de la lista o indique sus días."),
        ({"kind": "event", "event": "9"}, "Elija un acontecimiento de la lista o indique sus días."),
        ({"first": "23/11/2026"}, "Indique cada día como año, mes y día"),
        ({"last": "2026-11-18"}, "deje vacío el último día"),
        ({"kind": "event", "last": "2026-11-16"}, "El último día es anterior al primero."),
        ({"kind": "event", "first": "2024-01-01", "last": "2026-11-16"}, "como máximo 366 días"),
        ({"first": "2999-01-01"}, "el periodo no ha terminado"),
        ({"first": "0001-01-01"}, "Indique cada día como año, mes y día"),
        ({"first": "9999-12-31"}, "Indique cada día como año, mes y día"),
        ({"language": "xx"}, "Elija un idioma y un formato de la lista."),
        ({"format": "docx"}, "Elija un idioma y un formato de la lista."),
    ],
)
def test_a_wrong_form_is_explained_and_kept(context: Context, written: list[str], typed: dict[str, str], words: str) -> None:
    desk = browser(context, "es")
    answer = desk.post("/reports", data=form_of(desk, **typed))
    assert answer.status_code == 400
    assert words in answer.text
    for name in ("first", "last"):
        if typed.get(name):
            assert f'value="{typed[name]}"' in answer.text
    assert written == []
    assert not (context.settings.home / "reports").exists()


def test_a_view_with_words_is_refused(context: Context, written: list[str]) -> None:
    view = saved_views.save(context, "desk", "posts", "Zanjas", "q=zanja&topic=roads_pavements", False)
    desk = browser(context, "es")
    answer = desk.post("/reports", data=form_of(desk, kind="view", view=view))
    assert "Esta vista tiene palabras o filtros que un informe no admite." in answer.text
    assert written == []


def test_what_stops_the_writing_is_shown_with_the_form(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = browser(context, "es")
    answer = finished(desk, ask(desk, kind="district", district="Atlantis", first="2026-11-17"))
    assert answer.status_code == 400
    assert "ningún mensaje nombra el distrito Atlantis" in answer.text
    assert 'value="2026-11-17"' in answer.text

    def busy(*_asked: object) -> Mapping[str, int]:
        raise UnavailableError("Another process is writing this report: wait until it has ended, then try again.")

    monkeypatch.setattr(report_requests, "report_asked", busy)
    answer = finished(desk, ask(desk))
    assert answer.status_code == 503
    assert "Otro proceso está escribiendo este" in answer.text

    def broken(*_asked: object) -> Mapping[str, int]:
        raise OSError("/home/secret: disk full")

    monkeypatch.setattr(report_requests, "report_asked", broken)
    answer = finished(desk, ask(desk))
    assert (answer.status_code, "secret" in answer.text) == (500, False)
    assert "No se ha podido generar el informe." in answer.text


def test_no_more_than_five_reports_wait(context: Context, desk: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def waits(*_asked: object) -> Mapping[str, int]:
        assert go_on.wait(120)
        return {"written": 1}

    monkeypatch.setattr(report_requests, "report_asked", waits)
    for day in range(1, 6):
        ask(desk, kind="daily", first=f"2026-11-0{day}")
    answer = desk.post("/reports", data=form_of(desk, kind="daily", first="2026-11-09"))
    go_on.set()
    assert (answer.status_code, "Several reports are being written." in answer.text) == (400, True)


def test_a_desk_that_stops_finishes_one_report_and_the_next_one_writes_the_others(
    context: Context, desk: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, names = threading.Event(), list[str]()
    pool = vars(jobs_of(desk))["_pool"]

    def slow(_context: Context, asked: Asked, _languages: object) -> Mapping[str, int]:
        begun.set()
        while not vars(pool)["_shutdown"]:  # the first one is being written when the desk stops
            time.sleep(0.01)
        names.append(str(asked.first))
        return {"written": 1}

    monkeypatch.setattr(report_requests, "report_asked", slow)
    addresses = [ask(desk, kind="daily", first=f"2026-11-0{day}") for day in (1, 2, 3)]
    assert begun.wait(120)
    jobs_of(desk).close()
    assert names == ["2026-11-01"]
    restarted = browser(context)
    assert restarted.get("/reports").text.count("/reports-asked/") == 2
    jobs_of(restarted).resume(context)
    jobs_of(restarted).close()  # waits for what is being written
    assert names == ["2026-11-01", "2026-11-02"]
    last = browser(context)  # the page of the progress resumes too
    assert finished(last, addresses[2]).headers["location"] == "/reports/daily/2026-11-03_2026-11-04?ready=es.pdf"
    assert names == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert "/reports-asked/" not in last.get("/reports").text


def request_for(context: Context, day: int) -> str:
    asked = Asked(kind="daily", first=date(2026, 11, day))
    return report_requests.ask(context, asked, "es", {"kind": "daily", "first": str(asked.first), "language": "es"}, "form")


def test_a_report_that_another_desk_writes_is_left_to_it(context: Context, written: list[str]) -> None:
    one = request_for(context, 16)
    assert leases.hold(context.ledger, f"report request {one}", "another desk", now(), report_requests.LEASE)
    report_requests.write(context, one)
    assert written == []
    leases.release(context.ledger, f"report request {one}", "another desk")
    for _again in range(2):
        report_requests.write(context, one)
    assert written == ["daily"]


def written_by_a_process(context: Context, request: str, fault: str) -> tuple[int, str]:
    """Write a request in another process; return its exit code and the state of the request."""
    write = (
        "from pathlib import Path; from core.config.settings import Settings\n"
        "from pipeline.context import open_context; from pipeline.report_requests import write\n"
        f"settings = Settings(home=Path({str(context.settings.home)!r}), salt={SALT.decode()!r})\n"
        f"with open_context(Path({str(CITY.path)!r}), settings) as context: write(context, {request!r})\n"
    )
    env = {"PATH": "/usr/bin:/bin", "ESCUCHA_FAULT_AT": fault}
    done = subprocess.run([sys.executable, "-c", write], cwd=CITY.path.parents[1], env=env, check=False)
    found = read.report_request(context.ledger, request)
    assert found is not None
    return done.returncode, found.state


@pytest.mark.slow
def test_a_killed_desk_writes_the_report_at_its_next_start(context: Context) -> None:
    one = request_for(context, 16)
    assert written_by_a_process(context, one, "request.begun:1") == (-signal.SIGKILL, "waiting")
    assert written_by_a_process(context, one, "") == (0, "written")
    answer = browser(context).get(f"/reports-asked/{one}?format=pdf", follow_redirects=False)
    assert answer.headers["location"] == "/reports/daily/2026-11-16_2026-11-17?ready=es.pdf"
    assert browser(context).get("/reports/daily/2026-11-16_2026-11-17/daily.es.pdf").content.startswith(b"%PDF")


@pytest.mark.slow
def test_a_report_whose_writing_kills_the_desk_twice_is_given_up(context: Context) -> None:
    one = request_for(context, 16)
    for _start in range(2):
        assert written_by_a_process(context, one, "request.begun:1") == (-signal.SIGKILL, "waiting")
    assert written_by_a_process(context, one, "") == (0, "failed")
    answer = browser(context, "es").get(f"/reports-asked/{one}")
    assert answer.status_code == 400
    assert "La aplicación se detuvo dos veces mientras escribía este informe" in answer.text
    assert 'value="2026-11-16"' in answer.text


def test_a_reader_sees_reports_and_asks_for_none(context: Context) -> None:
    people(context)
    ben = logged_in(context, "ben")
    form = form_of(ben)
    accounts.set_role(context.ledger, "ben", "reader", "eva")
    reader = logged_in(context, "ben")
    assert "Ask for a report now" not in reader.get("/reports").text
    assert reader.post("/reports", data=form).status_code == 403


def test_an_unknown_report_that_is_being_written_is_not_found(desk: TestClient) -> None:
    assert desk.get("/reports-asked/0123").status_code == 404
