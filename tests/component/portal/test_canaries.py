"""Scan everything public for canaries: a ledger full of personal data shows none of it, on any address, in any language."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from ledger import read
from ledger.cases import workflow
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.schema import cases
from pipeline import casework
from pipeline.casework import publication
from pipeline.casework.answering import answers
from pipeline.context import Context, now
from pipeline.portal import citizens, replies
from portal.app import create_app
from portal.pages import report_form
from portal.rendering import LANGUAGES
from tests.support.ledger_facts import post
from tests.support.portal_facts import LOCAL, open_case, portal_context

NAMES = ("Saturnina Quiñones", "Wenceslao Zabalbeascoa", "Gumersindo Etxeberria")
CANARIES = (
    *NAMES,
    *(part for name in NAMES for part in name.split()),
    "saturnina.q@canary.example",
    "+34 612 345 678",
    "612345678",
    "12345678Z",
    "X1234567L",
    "ES9121000418450200051332",
    "@zabalbeascoa_w",
    "4º izquierda",
    "4567 BCD",
    "canaryhandle",
    "canary-staff",
    "canary-note",
    "canary-reason",
    "canary-origin",
    "canary-author",
)
TEXT = (
    "Soy Saturnina Quiñones, DNI 12345678Z, NIE X1234567L, tel. +34 612 345 678 (612345678), saturnina.q@canary.example, "
    "cuenta ES9121000418450200051332, coche 4567 BCD, calle de Alcalá 45 4º izquierda: farola rota, avisad a @zabalbeascoa_w "
    "y a Wenceslao Zabalbeascoa o Gumersindo Etxeberria. canaryhandle"
)
"""As if redaction had seen nothing."""
QUESTIONS = ("farola+Alcal%C3%A1", "Salamanca", "Goya&state=answered", "vivienda+polic%C3%ADa+ruido+Alcal%C3%A1", "45+izquierda+4567")
"""Words that find the cases made of canaries among what is already reported."""


@pytest.fixture
def context(tmp_path: Path, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Cases of every topic made of canaries, worked by staff, published by rule and by a person."""
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    found = portal_context(tmp_path, portal_ledger)
    context = replace(found, settings=found.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1")}))
    for n, topic in enumerate(("street_lighting", "housing_social", "safety_police", "noise", "other") * 2):
        at = now() - timedelta(days=n, hours=2)
        made = {"created_at": at, "received_at": at, "origin": f"canary-origin-{n}", "author": f"canary-author-{n}"}
        key = open_case(portal_ledger, post(n, "x", text=TEXT, **made), at, topic=topic, title=f"{topic}: {TEXT}")
        workflow.note(portal_ledger, key, "canary-staff", f"canary-note {TEXT}", at)
        if n % 2:
            workflow.change(portal_ledger, key, "answered", "canary-staff", f"canary-reason {TEXT}", at + timedelta(hours=n))
        if n % 3 == 0:
            publication.set_publication(context, key, "publish", "canary-staff", f"canary-reason {TEXT}")
    with writing(portal_ledger) as connection:
        connection.execute(cases.update().where(cases.c.topic != "other").values(authors=9))
    casework.set_user(portal_ledger, "canary-staff", "hash", "agent")
    return context


@pytest.fixture
def report(context: Context) -> tuple[str, str]:
    """A report of a citizen with an address, who was asked and replied: the paths of its receipt and of its mails."""
    number = citizens.store_report(context, {"id": "1", "sender": "portal", "text": TEXT})
    assert number is not None
    citizens.store_contact(context, number, "saturnina.q@canary.example", "es")
    contact = read.contact(context.ledger, number=number)
    assert contact is not None
    receipt = read.receipt(context.ledger, number)
    assert receipt is not None
    [key] = answers.draft(context, [receipt.post_id], "¿En qué número está?", "es", "canary-staff", asks=True)
    answers.approve(context, key, "canary-staff")
    answers.publish(context, key, "canary-staff")
    question = replies.question(context, receipt)
    assert question is not None
    assert replies.store_reply(context, receipt, question, f"canary-note {TEXT}") == "stored"
    return f"/case/{number}/{citizens.secret_of(context, number)}", citizens.mails_link(context, contact).removeprefix(
        context.settings.portal_address
    )


def addresses(context: Context, report: tuple[str, str]) -> dict[str, list[str]]:
    """Return what to open for each route: a new route must be added here."""
    keys = [one.case_key for one in read.case_records(context.ledger)]
    requests = [f"/open311/v2/requests/{key}" for key in keys] + ["/open311/v2/requests/E-0"]
    files = re.findall(r'href="(/data/[^"]+)"', _client(context).get("/data").text)
    return {
        "/": ["/"],
        "/report": ["/report", "/report?description=farola&service=noise"],
        "/ask": ["/ask", "/ask?q=Saturnina", "/ask?q=farola", *(f"/ask?q={words}" for words in QUESTIONS)],
        "/report/map/{size}/{view}.svg": ["/report/map/s/city.svg", "/report/map/l/near_40.415_-3.705.svg"],
        "/case": ["/case", "/case?number=1&secret=2"],
        "/case/{number}/{secret}": [report[0]],
        "/case/{number}/{secret}/service": [f"{report[0]}/service"],
        "/case/{number}/{secret}/reply": [f"{report[0]}/reply"],
        "/mails/{number}/{mark}": [report[1]],
        "/open": ["/open", "/open?service=housing_social"],
        "/times": ["/times"],
        "/data": ["/data"],
        "/data/{file}": files,
        "/notice": ["/notice"],
        "/language/{language}": ["/language/es"],
        "/data/versions/{day}/{file}": ["/data/versions/2026-01-01/response-times.csv"],
        "/alive": ["/alive"],
        "/static/identity.css": ["/static/identity.css"],
        "/static/logo/{name}": ["/static/logo/logo.png"],
        "/open/{case_key}/seen": [],
        "/open311/discovery.{form}": ["/open311/discovery"],
        "/open311/v2/discovery.{form}": ["/open311/v2/discovery"],
        "/open311/v2/services.{form}": ["/open311/v2/services"],
        "/open311/v2/services/{code}.{form}": ["/open311/v2/services/street_lighting"],
        "/open311/v2/requests.{form}": ["/open311/v2/requests"],
        "/open311/v2/requests/{number}.{form}": requests,
        "/open311/v2/tokens/{token}.{form}": ["/open311/v2/tokens/x"],
        "/open311/v2/servicerequestupdates.{form}": ["/open311/v2/servicerequestupdates"],
        # Systems with a token read more, redacted; without one these say nothing but that it is missing.
        **{path: [re.sub(r"\{\w+\}", keys[0], path)] for path in api_paths(context)},
    }


def api_paths(context: Context) -> list[str]:
    """Return the routes of the read API and of MCP."""
    return [one.path for one in create_app(context).routes if isinstance(one, Route) and one.path.startswith(("/api/", "/mcp"))]


def _client(context: Context) -> TestClient:
    return TestClient(create_app(context), base_url=LOCAL, client=("127.0.0.1", 50000))


def test_no_canary_is_on_any_public_address(context: Context, report: tuple[str, str]) -> None:
    app = create_app(context)
    wanted = addresses(context, report)
    routes = {one.path for one in app.routes if isinstance(one, Route) and not isinstance(one, Mount)}
    assert routes == wanted.keys()
    opened, found = 0, []
    for route, paths in wanted.items():
        suffixes = (".json", ".xml") if route.startswith("/open311") else ("",)
        for path in (path + suffix for path in paths for suffix in suffixes):
            for language in LANGUAGES if not route.startswith(("/open311", "/data")) else LANGUAGES[:1]:
                client = TestClient(app, base_url=LOCAL, client=(f"127.0.{opened // 50}.1", 50000))
                answer = client.get(path, headers={"accept-language": language})
                opened += 1
                assert answer.status_code < 500, path
                said = f"{answer.text} {answer.headers}".replace("value=&#34;Saturnina&#34;", "")
                found += [(path, canary) for canary in CANARIES if canary in said and f"q={canary}" not in path]
    assert opened > 50
    assert found == []


def test_the_questions_of_the_scan_find_problems(context: Context) -> None:
    client = _client(context)
    listed = [client.get(f"/ask?q={words}").text.count('<li class="problem"') for words in QUESTIONS]
    assert [number > 0 for number in listed] == [True, True, True, True, False]


def test_the_scan_would_find_a_canary(context: Context) -> None:
    texts = context.city.open311.model_copy(update={"texts": True})
    leaky = replace(context, city=context.city.model_copy(update={"open311": texts}))
    assert "Quiñones" in _client(leaky).get("/open311/v2/requests.json").text
