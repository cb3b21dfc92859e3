"""A report with service and place is a case when its receipt is shown: department and date on it, once, whoever is killed or at work."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from core.working_hours import due_at
from ledger import leases, read
from ledger.database import Ledger
from ledger.database.writing import engine_of
from pipeline.context import Context, now
from pipeline.portal import at_once, citizens
from pipeline.steps.classify import classify
from pipeline.steps.triage import triage
from portal.pages import report_form
from tests.support.citizen_reports import SPANISH, send, token_of
from tests.support.deployment import ROOT
from tests.support.ledger_facts import unbalanced
from tests.support.portal_facts import FORM, KEYS, client_of, portal_context

MINUTE = timedelta(minutes=1)
ITEM = {"id": "1", "sender": "portal", "text": "La farola lleva un mes fundida", "service": "street_lighting", "place": "Calle Mayor 3"}
"""A report as the form hands it in."""


@pytest.fixture
def context(tmp_path: Path, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    return portal_context(tmp_path, portal_ledger, keys=KEYS, model=True)


PROGRAM = """
import json, sys
from pathlib import Path
from ledger.database import open_ledger
from pipeline.portal import citizens
from pipeline.steps.classify import classify
from pipeline.steps.triage import triage
from tests.support.ledger_facts import SALT
from tests.support.portal_facts import portal_context

home, url, items, stop = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]), Path(sys.argv[4])
context = portal_context(home, open_ledger(url, SALT), model=True)
while True:
    for item in items:
        citizens.store_report(context, item)
    classify(context)
    triage(context)
    if stop.exists():
        break
"""
"""A portal and the steps. Not forked: the threads of the model do not survive a fork."""


def another_process(context: Context, items: list[dict[str, str]], fault: str = "", stop: Path = Path("/")) -> "subprocess.Popen[bytes]":
    """Start a process that takes these reports until the file `stop` is there, killed at the failpoint `fault`."""
    url = engine_of(context.ledger).url.render_as_string(hide_password=False)
    given = [str(context.settings.home), url, json.dumps(items), str(stop)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "ESCUCHA_FAULT_AT": fault}
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *given], cwd=ROOT, env=env)


def test_the_receipt_that_follows_the_form_shows_case_department_and_date(context: Context) -> None:
    client = client_of(context)
    page = client.get(send(client, place="Calle de Embajadores 45"), headers=SPANISH).text
    [case] = read.case_records(context.ledger)
    [post] = read.post_records(context.ledger)
    lights = context.city.department("street_lighting")
    assert (case.topic, case.department, case.state) == ("street_lighting", lights.name, "new")
    assert case.due_at == due_at(context.city, post.received_at, context.city.answer_within(case.kind, lights))
    assert f"<dd>{case.case_key}</dd>" in page
    assert f"<dd>{lights.name}</dd>" in page
    assert re.search(r"<dt>Respuesta prevista antes del</dt><dd>\d", page)
    triaged = dict(triage(context))
    assert triaged["decided"] == 0
    assert unbalanced(context.ledger) == []


def test_a_request_of_open311_is_a_case_when_its_id_is_answered(context: Context) -> None:
    answer = client_of(context).post("/open311/v2/requests.json", data=FORM)
    [case] = read.case_records(context.ledger)
    [row] = client_of(context).get(f"/open311/v2/requests/{answer.json()[0]['service_request_id']}.json").json()
    assert row["agency_responsible"] == case.department


def test_a_text_of_which_the_model_thinks_little_is_a_case_all_the_same(context: Context) -> None:
    send(client_of(context), description="Pues eso, lo de siempre por aquí")
    [case] = read.case_records(context.ledger)
    assert case.reason.startswith("service: chosen by the citizen, who says where it is; doubt: actionable 0.")


def test_a_report_without_a_service_waits_for_the_next_pass(context: Context) -> None:
    send(client_of(context), service="unsure")
    assert [one.decision for one in read.post_records(context.ledger)] == ["untriaged"]


def test_what_is_sent_again_is_the_same_case(context: Context) -> None:
    client = client_of(context)
    token = token_of(client)
    assert send(client, token=token) == send(client, token=token)
    [case] = read.case_records(context.ledger)
    assert case.posts == 1


@pytest.mark.parametrize("point", ["at_once.claimed:1", "at_once.annotated:1", "triage.decided:1", "triage.stored:1", "ledger.commit:3"])
@pytest.mark.parametrize("again", [True, False])
def test_killed_at_any_moment_the_next_pass_leaves_one_case(context: Context, point: str, again: bool) -> None:
    """The citizen sends again, or does not: the passes run in either case."""
    with another_process(context, [ITEM], fault=point) as killed:
        assert killed.wait(60) == -signal.SIGKILL
    for name in leases.holders(context.ledger):  # as the next program that opens the ledger does for a dead worker
        leases.release_all(context.ledger, name)
    if again:
        citizens.store_report(context, ITEM)
    classify(context)
    triage(context)
    [case] = read.case_records(context.ledger)
    assert (case.posts, case.topic) == (1, "street_lighting")
    assert unbalanced(context.ledger) == []


def test_two_processes_of_the_portal_and_passes_at_the_same_moment_open_one_case_a_report(context: Context, tmp_path: Path) -> None:
    """Both take the same four reports, while the second process also runs the steps again and again."""
    items = [
        ITEM | {"id": str(number), "text": f"Farola fundida, número {number}", "place": f"Calle de Embajadores {number}"}
        for number in (5, 45, 105, 145)
    ]
    stop = tmp_path / "stop"
    with another_process(context, items, stop=stop) as second:
        numbers = [citizens.store_report(context, item) for item in items * 3]
        stop.touch()
        assert second.wait(60) == 0
    assert numbers[:4] == numbers[4:8] == numbers[8:]
    records = list(read.post_records(context.ledger))
    assert [one.decision for one in records] == ["in_case"] * len(items)
    assert sum(case.posts for case in read.case_records(context.ledger)) == len(items)
    assert unbalanced(context.ledger) == []


def test_a_triage_that_runs_takes_a_report_first_whose_citizen_waits(context: Context) -> None:
    """Another worker holds the lease when the report comes, and begins its next batch a moment later."""
    assert leases.hold(context.ledger, "triage", "other:1:1", now(), MINUTE)
    path: list[str] = []
    citizen = threading.Thread(target=lambda: path.append(send(client_of(context))))
    citizen.start()
    until = time.monotonic() + 20
    while not (awaited := leases.names(context.ledger, "report ", now())) and time.monotonic() < until:
        time.sleep(0.05)
    [post] = read.post_records(context.ledger)
    assert awaited == [post.post_id]
    assert list(read.case_records(context.ledger)) == []
    leases.release(context.ledger, "triage", "other:1:1")
    citizen.join()
    assert [one.decision for one in read.post_records(context.ledger)] == ["in_case"]
    assert leases.names(context.ledger, "report ", now()) == []


def test_a_triage_that_runs_on_lets_no_citizen_wait_for_ever(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The receipt shows what follows from the service that was chosen, and the pass opens the case."""
    monkeypatch.setattr(at_once.decide_at_once, "__defaults__", (0.3,))
    assert leases.hold(context.ledger, "triage", "other:1:1", now(), MINUTE)
    client = client_of(context)
    page = client.get(send(client), headers=SPANISH).text
    assert list(read.case_records(context.ledger)) == []
    assert context.city.department("street_lighting").name in page
    leases.release(context.ledger, "triage", "other:1:1")
    assert triage(context)["cases"] == 1


def test_whatever_fails_in_reading_costs_no_citizen_the_receipt(
    context: Context, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_given: object) -> None:
        raise ZeroDivisionError("La farola lleva un mes fundida")

    with monkeypatch.context() as patched:
        patched.setattr(at_once, "decide_batch", broken)
        path = send(client_of(context))
    assert client_of(context).get(path).status_code == 200
    assert "a report waits for the next pass: ZeroDivisionError" in caplog.text
    assert "farola" not in caplog.text
    assert triage(context)["cases"] == 1, "the lease was given back"


def test_a_language_that_is_not_read_goes_to_a_person_with_department_and_date(context: Context) -> None:
    client = client_of(context)
    page = client.get(send(client, description="مصباح الشارع لا يعمل منذ شهر والشارع مظلم تماما"), headers=SPANISH).text
    [post] = read.post_records(context.ledger)
    assert (post.decision, post.reason) == ("in_review", "language: a text in a language that is not read")
    assert "Lo revisará una persona" in page
    assert context.city.department("street_lighting").name in page
