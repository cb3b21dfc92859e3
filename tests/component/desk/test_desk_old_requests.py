"""Reports asked for in another version of the program, or while the desk stops: said in words, never a broken page."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from desk.report_jobs import ReportJobs
from ledger import read, report_requests as stored, schema
from ledger.database.writing import writing
from pipeline import report_requests
from pipeline.context import Context, now
from pipeline.steps.forget import forget
from reports.build.asked import Asked
from tests.support.desk_client import browser
from tests.support.report_weeks import week_context

YEARLY = '{"kind": "yearly", "posts": {"mood": "sad"}}'


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with week_context(tmp_path) as context:
        yield context


def of_another_version(context: Context, state: str, **changed: Any) -> str:
    """Store a request as a later version may: a kind, a form and a failure that this one does not know."""
    row = {
        "id": f"later{state}",
        "asked": YEARLY,
        "language": "es",
        "asked_at": now(),
        "state": state,
        "attempt": 0,
        "typed": {"kind": "yearly", "mood": "sad", "copies": 3, "first": "2026-11-16"},
        "failure": {},
        "changed_at": now(),
    }
    with writing(context.ledger) as connection:
        connection.execute(schema.report_requests.insert().values(**row | changed))
    return str(row["id"])


def test_the_list_of_reports_names_a_request_of_another_version(context: Context) -> None:
    of_another_version(context, "waiting")
    page = browser(context, "es").get("/reports")
    assert page.status_code == 200
    assert "un informe de otra versión de Escucha" in page.text


def test_a_request_of_another_version_ends_with_the_reason_and_the_form(context: Context) -> None:
    one = of_another_version(context, "waiting")
    desk = browser(context, "es")
    jobs: ReportJobs = desk.app.state.desk.report_jobs  # type: ignore[attr-defined]
    assert "un informe de otra versión de Escucha" in desk.get(f"/reports-asked/{one}").text  # and it is resumed
    jobs.close()
    answer = desk.get(f"/reports-asked/{one}")
    assert answer.status_code == 400
    assert "Este informe se pidió en otra versión de Escucha" in answer.text
    assert 'value="2026-11-16"' in answer.text
    found = read.report_request(context.ledger, one)
    assert found is not None
    assert found.state == "failed"


@pytest.mark.parametrize("failure", [{}, {"why": "mood"}, {"text": "ánimo", "kind": "mood"}])
def test_what_another_version_noted_of_a_request_breaks_no_page(context: Context, failure: dict[str, str]) -> None:
    one = of_another_version(context, "failed" if failure else "written", failure=failure)
    answer = browser(context, "es").get(f"/reports-asked/{one}", follow_redirects=False)
    assert answer.status_code == (400 if failure else 303)


def test_the_nightly_step_deletes_requests_that_ended_long_ago_and_no_others(context: Context) -> None:
    long_ago = now() - stored.KEPT - timedelta(days=1)
    of_another_version(context, "written", changed_at=long_ago)
    waiting = of_another_version(context, "waiting", changed_at=long_ago)
    recent = of_another_version(context, "failed", failure={"text": "no"})
    forget(context, approve=0)
    with context.ledger.read() as connection:
        left = set(connection.execute(sa.select(schema.report_requests.c.id)).scalars())
    assert left == {waiting, recent}


def test_a_desk_that_has_stopped_begins_nothing_and_leaves_it_to_the_next_start(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(report_requests, "report_asked", lambda _c, asked, _l: written.append(asked.name))
    desk = browser(context)
    jobs: ReportJobs = desk.app.state.desk.report_jobs  # type: ignore[attr-defined]
    jobs.close()
    one = jobs.start(context, Asked(kind="weekly"), "es", {"language": "es"}, "form")
    assert desk.get(f"/reports-asked/{one}").status_code == 200
    assert written == []
    after = ReportJobs()
    after.resume(context)
    after.close()
    assert written == ["weekly"]
