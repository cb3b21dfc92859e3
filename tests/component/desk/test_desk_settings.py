"""Administrators change the city's settings on the desk; no text is lost and no other role gets in."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.config.overlay import SECTIONS, ProfileChange
from core.errors import ConfigurationError
from ledger import read
from ledger.system import profile_changes
from pipeline import casework
from pipeline.city import profile
from pipeline.city.completeness import completeness
from pipeline.context import Context
from tests.support.desk_client import browser, hidden, logged_in, people, sent
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC) - timedelta(minutes=5)
TRIAGE = "/settings/triage"
TRIED = "act=0.9&review=0.2&reach=0.95&review_per_day=60&pooled=0.8&same_days=21&similar=&reopen_days=14"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    made = open_seeded(tmp_path, 60, NOW)
    yield made
    made.ledger.close()


@pytest.fixture
def client(context: Context) -> TestClient:
    return browser(context)


def fields(page: str, address: str) -> dict[str, str]:
    """Return what a browser would send of the form with this address, unchanged."""
    form = next(one for one in page.split("<form ")[1:] if f'action="{address}"' in one).split("</form>")[0]
    tags = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<input [^>]*>", form)]
    found = {tag["name"]: unescape(tag.get("value", "")) for tag in tags if tag.get("type") != "checkbox"}
    found |= {name: unescape(text) for name, text in re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form, re.DOTALL)}
    found |= dict(re.findall(r'<select [^>]*name="(\w+)".*?value="(\w+)" selected', form, re.DOTALL))
    return found


def save(client: TestClient, page: str, address: str, ticked: dict[str, list[str]], **typed: str) -> tuple[int, str]:
    """Open a page, change some fields of a form and send it with its ticks."""
    data: dict[str, str | list[str]] = {**fields(client.get(page).text, address), **typed, **ticked}
    answer = client.post(address, data=data)
    return answer.status_code, answer.text


def test_only_administrators_get_in(context: Context) -> None:
    people(context)
    agent, admin = logged_in(context, "ben"), logged_in(context, "ana")
    for path in ("/settings", TRIAGE, f"{TRIAGE}/posts?{TRIED}", "/settings/setup", "/settings/corrections.csv"):
        assert agent.get(path).status_code == 403, path
        assert admin.get(path).status_code == 200, path
    token = hidden(agent.get("/account").text, "/account/password")
    assert agent.post(f"{TRIAGE}/save", data=token).status_code == 403
    assert 'href="/settings"' not in agent.get("/").text


@pytest.mark.parametrize(("language", "mail"), [("en", "A mail server"), ("es", "Un servidor de correo"), ("ca", "Un servidor de correu")])
def test_what_the_set_up_lacks_is_said_with_what_it_costs(context: Context, language: str, mail: str) -> None:
    client = browser(context, language)
    shown = client.get("/settings/setup").text
    lacking = {one.name for one in completeness(context).missing}
    assert shown.count("<dt>") == len(lacking)
    assert mail in shown
    assert "ESCUCHA_SMTP_URL" in client.get("/settings/setup/mail").text


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_section_has_a_page_and_sent_unchanged_it_changes_nothing(context: Context, language: str) -> None:
    client = browser(context, language)
    overview = client.get("/settings").text
    nothing = {"en": "Nothing was changed", "es": "No hay cambios"}[language]
    for section in SECTIONS:
        assert f'href="/settings/{section}"' in overview
        page = client.get(f"/settings/{section}").text
        if section in ("departments", "templates", "triage"):
            continue
        ticked = {
            name: re.findall(rf'name="{name}" type="checkbox" value="(\w+)" checked', page)
            for name in set(re.findall(r'name="(\w+)" type="checkbox"', page))
        }
        status, text = save(client, f"/settings/{section}", f"/settings/{section}/save", ticked)
        assert (status, nothing in text) == (400, True), section
    assert client.get("/settings/sources").status_code == 404
    assert client.get("/settings/departments?item=None").status_code == 404


def test_thresholds_are_tried_with_links_to_the_posts_and_then_saved(context: Context, client: TestClient) -> None:
    tried = client.post(f"{TRIAGE}/try", data=fields(client.get(TRIAGE).text, f"{TRIAGE}/try") | {"act": "0,9", "review": "0.2"})
    assert tried.status_code == 200
    assert "Tried on the newest 60 posts" in tried.text
    assert profile.revision_of(context, "triage") == 0
    moves = [(int(n), unescape(address)) for n, address in re.findall(r'<li><a data-count="(\d+)" href="([^"]+)"', tried.text)]
    assert [n for n, _ in moves] == [10]
    for n, address in moves:
        assert f"<strong>{n} posts</strong>" in client.get(address).text
    answer = client.post(f"{TRIAGE}/save", data=fields(tried.text, f"{TRIAGE}/save") | {"why": "more to review"})
    assert answer.status_code == 200
    assert context.city.cutoffs("x", "es") == (0.2, 0.9)
    (entry,) = read.audit(context.ledger)
    assert (entry.who, entry.subject) == ("desk", "triage")
    assert entry.why == "act: – > 0.9; review: – > 0.2; more to review"
    assert "more to review" in answer.text


@pytest.mark.parametrize(("typed", "why"), [("7", "enter 1 or less (entered: 7)"), ("much", "enter a number (entered: much)")])
def test_values_that_the_profile_refuses_are_shown_again_with_the_reason(client: TestClient, typed: str, why: str) -> None:
    answer = client.get(f"{TRIAGE}?try=1&{TRIED.replace('act=0.9', f'act={typed}')}")
    assert answer.status_code == 400
    assert f"Not saved: A post opens a case by itself from: {why}</p>" in answer.text
    assert f'name="act" value="{typed}"' in answer.text


@pytest.mark.parametrize(("language", "shown"), [("es", "0,45"), ("ca", "0,45"), ("en", "0.45")])
@pytest.mark.parametrize("typed", ["0,45", "0.45"])
def test_decimals_are_shown_as_the_reader_writes_them_and_taken_either_way(context: Context, language: str, shown: str, typed: str) -> None:
    client = browser(context, language)
    form = fields(client.get(TRIAGE).text, f"{TRIAGE}/try")
    saved = client.post(f"{TRIAGE}/save", data={**form, "review": typed})
    assert saved.status_code == 200
    assert context.city.triage.review == 0.45
    assert f'name="review" value="{shown}"' in saved.text
    assert f"<ins>{shown}</ins>" in saved.text


def test_a_stale_page_is_refused_and_both_texts_are_there(context: Context) -> None:
    ana, eva = browser(context), browser(context)
    address = "/settings/templates/save?item=Recibido%2Fes"
    page = "/settings/templates?item=Recibido%2Fes"
    old = fields(eva.get(page).text, address)
    status, _ = save(ana, page, address, {"states": ["new"]}, text="Gracias, Ana.")
    assert status == 200
    answer = eva.post(address, data={**old, "text": "Gracias, Eva.", "states": ["new"]})
    assert answer.status_code == 409
    assert "Gracias, Eva.</textarea>" in answer.text
    assert "<dd>Gracias, Ana." in answer.text.replace("<dd>\n", "<dd>")
    again = eva.post(address, data={**fields(answer.text, address), "states": ["new"]})
    assert again.status_code == 200
    assert next(one for one in context.city.templates if one.name == "Recibido").text == "Gracias, Eva."


def test_a_template_is_added_changed_removed_and_brought_back(context: Context, client: TestClient) -> None:
    before = context.city.templates
    new = {"name": "Pasado", "language": "es", "text": "Lo hemos pasado a {department}."}
    assert save(client, "/settings/templates?new=1", "/settings/templates/save?new=1", {}, **new)[0] == 200
    assert context.city.templates[-1].text == new["text"]
    status, text = save(client, "/settings/templates?new=1", "/settings/templates/save?new=1", {}, **new)
    assert (status, "one of this name already" in text) == (400, True)
    item = "/settings/templates?item=Pasado%2Fes"
    remove = "/settings/templates/remove?item=Pasado%2Fes"
    assert client.post(remove, data=fields(client.get(item).text, remove)).status_code == 200
    assert context.city.templates == before
    page = client.get("/settings/templates").text
    sent(client, "/settings/templates", "/settings/templates/undo", revision="2")
    assert context.city.templates[-1].name == "Pasado"
    assert "Pasado" in page, "the history says what was removed"


def test_spanish_staff_write_templates_with_spanish_fields(context: Context) -> None:
    client, page, address = browser(context, "es"), "/settings/templates?new=1", "/settings/templates/save?new=1"
    assert "{caso}, {lugar}, {plazo}" in client.get(page).text
    new = {"name": "Pasado", "language": "es", "text": "Lo lleva {departamento}."}
    status, text = save(client, page, address, {}, **{**new, "text": "Lo lleva {ciudadano}."})
    assert (status, "{ciudadano}; los que hay: {caso}, {lugar}" in text) == (400, True)
    assert save(client, page, address, {}, **new)[0] == 200
    assert context.city.templates[-1].text == new["text"]


def test_the_calendar_moves_due_dates(context: Context, client: TestClient) -> None:
    days = {"days": ["MON", "TUE", "WED", "THU", "FRI"]}
    status, _ = save(
        client,
        "/settings/working_hours",
        "/settings/working_hours/save",
        days,
        spans="08:00-15:00, 16:00-18:00",
        seasons="08-01/08-31: 08:00-14:00\r\n12-24/12-31:",
        closed="2026-05-15\r\n2027-02-01",
    )
    assert status == 200
    hours = context.city.working_hours
    assert hours.spans == ("08:00-15:00", "16:00-18:00")
    assert [(one.first, one.last, one.spans) for one in hours.seasons] == [("08-01", "08-31", ("08:00-14:00",)), ("12-24", "12-31", ())]
    assert [str(day) for day in hours.closed] == ["2026-05-15", "2027-02-01"]
    assert hours.region == "MD"


def test_a_departments_answer_time_and_mail_are_changed_and_its_topics_stay(context: Context, client: TestClient) -> None:
    item = "Limpieza+y+residuos"
    page = f"/settings/departments?item={item}"
    form = re.search(r'action="(/settings/departments/save[^"]+)"', client.get(page).text)
    assert form is not None
    status, _ = save(client, page, form[1], {"topics": ["waste_cleaning"]}, answer_within="1.5", mail="l@example.org")
    assert status == 200
    department = context.city.department("waste_cleaning")
    assert (department.answer_within, department.mail) == (timedelta(minutes=90), "l@example.org")
    assert context.overlay.sections["departments"] == {"Limpieza y residuos": {"answer_within": "PT90M", "mail": "l@example.org"}}


def test_corrections_are_exported_and_the_export_is_audited(context: Context, client: TestClient) -> None:
    post = next(read.post_records(context.ledger))
    version = read.label_versions(context.ledger, post.post_id, ["topic"])["topic"]
    casework.correct(context, post.post_id, "topic", "noise", "ben", "", version)
    lines = client.get("/settings/corrections.csv").text.splitlines()
    assert lines[0].startswith("post_id,question,value,who")
    assert lines[1].startswith(f"{post.post_id},topic,noise,ben")
    assert len(lines) == 2
    entry = read.audit(context.ledger)[0]
    assert (entry.what, entry.subject, entry.why) == ("export", "corrections", "csv")
    assert client.get("/settings/corrections.exe").status_code == 404


def test_the_audit_log_is_filtered_by_object(context: Context, client: TestClient) -> None:
    profile.change(context, "answers", {"max_per_run": 5}, 0, "ana")
    profile.change(context, "warnings", {"people": 9}, 0, "ana")
    page = client.get("/audit?subject=answers").text
    assert "max_per_run: – &gt; 5" in page
    assert "people: – &gt; 9" not in page
    assert 'href="/settings/answers"' in page
    assert "people" not in client.get("/audit.csv?subject=answers").text


def test_a_change_that_is_not_used_is_red_on_every_page(context: Context, client: TestClient) -> None:
    profile.change(context, "answers", {"max_per_run": 5}, 0, "ana")
    context.overlay_problems = {"answers": ConfigurationError("unknown key 'answers.gone'")}
    assert "A change of the settings “How citizens are answered” is not used." in browser(context).get("/posts").text
    for path in ("/settings", "/settings/answers"):
        assert "unknown key &#39;answers.gone&#39;" in client.get(path).text


SPANISH = {
    "triage": [
        ({"act": "2"}, "Un mensaje abre un caso por sí solo desde: escriba 1 o menos (se escribió: 2)"),
        (
            {"act": "0,2", "review": "0,6"},
            "Una persona revisa un mensaje desde: no debe superar la puntuación desde la que un mensaje abre un caso por sí solo (0,2) "
            "(se escribió: 0,6)",
        ),
        (
            {"reach": "0,999", "act": "", "review": ""},
            "los mensajes etiquetados permiten 0,99 como máximo: escriba menos o haga etiquetar más mensajes (se escribió: 0,999)",
        ),
        ({"same_days": "1,5"}, "escriba un número entero (se escribió: 1,5)"),
    ],
    "working_hours": [
        ({"spans": "8-15"}, "no es una franja como 08:00-15:00 (se escribió: 8-15)"),
        ({"spans": "08:00-15:00, 14:00-18:00"}, "14:00-18:00 empieza antes de que acabe 08:00-15:00"),
        ({"seasons": "13-01/08-31: 08:00-14:00"}, "no es un mes y un día, como 08-31 (se escribió: 13-01)"),
        ({"seasons": "01-01/12-31:"}, "con estas temporadas se cierra todos los días del año: ponga franjas al menos a una"),
        ({"days": ""}, "marque al menos un día laborable, y que la jornada empiece antes de acabar"),
        ({"closed": "15/5/2026"}, "escriba un día que exista, como año-mes-día, por ejemplo 2026-05-15 (se escribió: 15/5/2026)"),
        ({"closed": "2026-02-30"}, "escriba un día que exista, como año-mes-día, por ejemplo 2026-05-15 (se escribió: 2026-02-30)"),
        ({"country": "España"}, "no hay calendario de festivos de ese país: escriba sus dos letras, por ejemplo ES (se escribió: España)"),
        ({"region": "Madrid"}, "no hay tal región en ese país; las que hay: AN, AR, AS, CB, CE"),
    ],
    "departments?item=Limpieza+y+residuos": [
        (
            {"answer_within": "dos"},
            "Plazo de respuesta, en horas laborables: escriba un número de horas, por ejemplo 48 (se escribió: dos)",
        ),
        ({"mail": "limpieza"}, "no es una dirección de correo, como limpieza@example.org (se escribió: limpieza)"),
    ],
    "templates?item=Recibido%2Fes": [
        ({"text": "Hola {nombre}"}, "una plantilla no tiene el campo {nombre}; los que hay: {caso}, {lugar}, {plazo}"),
        ({"text": ""}, "póngale un texto, o un estado, un departamento o una nota"),
    ],
    "answers": [({"max_per_run": "0"}, "escriba 1 o más (se escribió: 0)")],
    "warnings": [
        ({"people": "1"}, "escriba 3 o más (se escribió: 1)"),
        ({"false_alarms_per_week": "0"}, "escriba más de 0 (se escribió: 0)"),
        ({"to": "prensa"}, "no es una dirección de correo, como limpieza@example.org (se escribió: prensa)"),
        ({"quiet_hours": "de 23 a 7"}, "no es una franja como 23:00-07:00 (se escribió: de 23 a 7)"),
    ],
}
ENGLISH = re.compile(r"key '|Input should|Value error|\bgot\b|\bmust\b")


@pytest.mark.parametrize("page", SPANISH)
def test_what_the_profile_refuses_is_said_in_spanish_with_the_name_of_the_setting(context: Context, page: str) -> None:
    """Before, the English words of the command line were shown."""
    client, section = browser(context, "es"), page.partition("?")[0]
    shown = client.get(f"/settings/{page}").text
    form = re.search(rf'action="(/settings/{section}/(?:try|save)[^"]*)"', shown)
    assert form is not None
    ticked = {
        name: re.findall(rf'name="{name}" type="checkbox" value="(\w+)" checked', shown)
        for name in set(re.findall(r'name="(\w+)" type="checkbox"', shown))
    }
    kept = fields(shown, form[1])
    for typed, said in SPANISH[page]:
        answer = client.post(form[1].replace("/try", "/save"), data={**kept, **ticked, **typed})
        found = re.search(r'role="alert"><p>No se ha guardado: (.*?)</p>', answer.text)
        assert found is not None, (typed, answer.status_code)
        assert answer.status_code == 400
        words = unescape(found[1])
        assert said in words
        assert ENGLISH.findall(words) == []


def test_a_change_that_an_update_made_invalid_is_explained_in_spanish(context: Context) -> None:
    stored = ProfileChange(
        profile="madrid", section="triage", revision=1, patch={"act": 7, "old_key": 1}, differences=(), who="ana", why="", at=NOW
    )
    profile_changes.store_change(context.ledger, stored, "change settings", "")
    client = browser(context, "es")
    for path in ("/settings", TRIAGE):
        page = client.get(path).text
        assert "Un mensaje abre un caso por sí solo desde: escriba 1 o menos (se escribió: 7)" in page
        assert "triage.old_key: esta versión no tiene ese ajuste: deshaga el cambio (se escribió: 1)" in page
