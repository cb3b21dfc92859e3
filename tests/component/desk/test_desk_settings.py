"""Administrators change the city's settings on the desk; no text is lost and no other role gets in."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.config.overlay import SECTIONS
from ledger import read
from pipeline import casework, profile
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
    found |= {
        name: unescape(text)
        for name, text in re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form, re.DOTALL)
    }
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
    for path in ("/settings", TRIAGE, f"{TRIAGE}/posts?{TRIED}", "/settings/corrections.csv"):
        assert agent.get(path).status_code == 403, path
        assert admin.get(path).status_code == 200, path
    token = hidden(agent.get("/account").text, "/account/password")
    assert agent.post(f"{TRIAGE}/save", data=token).status_code == 403
    assert 'href="/settings"' not in agent.get("/").text


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
    tried = client.post(
        f"{TRIAGE}/try", data=fields(client.get(TRIAGE).text, f"{TRIAGE}/try") | {"act": "0,9", "review": "0.2"}
    )
    assert tried.status_code == 200
    assert "Tried on the newest 60 posts" in tried.text
    assert profile.revision_of(context, "triage") == 0
    moves = [
        (int(n), unescape(address))
        for n, address in re.findall(r'<li><a data-count="(\d+)" href="([^"]+)"', tried.text)
    ]
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


@pytest.mark.parametrize(
    ("typed", "why"), [("7", "less than or equal to 1 (got &#39;7&#39;)"), ("much", "valid number")]
)
def test_values_that_the_profile_refuses_are_shown_again_with_the_words_of_check(
    client: TestClient, typed: str, why: str
) -> None:
    answer = client.get(f"{TRIAGE}?try=1&{TRIED.replace('act=0.9', f'act={typed}')}")
    assert answer.status_code == 400
    assert "key &#39;triage.act&#39;:" in answer.text
    assert why in answer.text
    assert f'name="act" value="{typed}"' in answer.text


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


def test_the_calendar_moves_due_dates(context: Context, client: TestClient) -> None:
    days = {"days": ["MON", "TUE", "WED", "THU", "FRI"]}
    status, _ = save(
        client, "/settings/working_hours", "/settings/working_hours/save", days, spans="08:00-15:00, 16:00-18:00",
        seasons="08-01/08-31: 08:00-14:00\r\n12-24/12-31:", closed="2026-05-15\r\n2027-02-01",
    )  # fmt: skip
    assert status == 200
    hours = context.city.working_hours
    assert hours.spans == ("08:00-15:00", "16:00-18:00")
    assert [(one.first, one.last, one.spans) for one in hours.seasons] == [
        ("08-01", "08-31", ("08:00-14:00",)),
        ("12-24", "12-31", ()),
    ]
    assert [str(day) for day in hours.closed] == ["2026-05-15", "2027-02-01"]
    assert hours.region == "MD"


def test_a_departments_answer_time_and_mail_are_changed_and_its_topics_stay(
    context: Context, client: TestClient
) -> None:
    item = "Limpieza+y+residuos"
    page = f"/settings/departments?item={item}"
    form = re.search(r'action="(/settings/departments/save[^"]+)"', client.get(page).text)
    assert form is not None
    status, _ = save(client, page, form[1], {"topics": ["waste_cleaning"]}, answer_within="1.5", mail="l@example.org")
    assert status == 200
    department = context.city.department("waste_cleaning")
    assert (department.answer_within, department.mail) == (timedelta(minutes=90), "l@example.org")
    assert context.overlay.sections["departments"] == {
        "Limpieza y residuos": {"answer_within": "PT90M", "mail": "l@example.org"}
    }


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
    context.overlay_problems = {"answers": "unknown key 'answers.gone'"}
    assert "A change of the settings “How citizens are answered” is not used." in browser(context).get("/posts").text
    for path in ("/settings", "/settings/answers"):
        assert "unknown key &#39;answers.gone&#39;" in client.get(path).text
