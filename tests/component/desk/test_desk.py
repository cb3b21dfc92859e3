"""The desk as staff use it: find a post, correct a label, work a case, and nothing a citizen wrote can act on the page."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.i18n.translate import translator
from dashboards.panels import DASHBOARDS
from desk.auth.users import set_user
from desk.pages.explanations import mark
from ledger import read, schema
from pipeline import citizens, export, steps
from pipeline.context import Context
from search.connection.engine import stop_embedded
from tests.support.desk_client import browser, csrf, hidden
from tests.support.seeded import fill, open_seeded
from tools.translations import load

NOW = datetime.now(UTC) - timedelta(minutes=5)
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """Sixty posts, read, decided and indexed in the embedded engine; the pages are only looked at."""
    context = open_seeded(tmp_path_factory.mktemp("home"), 60, NOW, replay=True)
    steps.index(context)
    yield context
    context.ledger.close()
    stop_embedded(context.settings)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Twelve posts without a search engine; the test changes them."""
    context = open_seeded(tmp_path, 12, NOW)
    yield context
    context.ledger.close()


def act(client: TestClient, page: str, address: str, **form: str) -> str:
    """Open a page, send one of its forms, follow to where it leads."""
    answer = client.post(address, data={**hidden(client.get(page).text, address, **form), **form})
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(
    "path",
    ["/", "/posts", "/posts?q=farola", "/cases", "/cases?all=1", "/map", "/review", "/sources", "/notice", "/reports",
     *(f"/dashboards/{one.key}" for one in DASHBOARDS)],
)  # fmt: skip
def test_every_page_opens_in_both_languages(indexed: Context, path: str, language: str) -> None:
    answer = browser(indexed, language).get(path)
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_page_in_catalan_has_no_spanish_or_english_word_of_the_desk(indexed: Context) -> None:
    others: dict[str, str] = {}
    for room in ("desk", "names", "dashboards"):
        for one in load("es", room):
            if isinstance(one.id, str) and one.id:
                others |= dict.fromkeys((one.id, str(one.string)), translator("ca", room)(one.id))
    catalan = set(others.values())
    for path in ("/", "/posts", "/cases", "/map", "/review", "/sources", "/settings", "/audit", "/dashboards/service"):
        page = browser(indexed, "ca").get(path).text
        assert '<html lang="ca">' in page
        shown = set(re.findall(r">([^<>]{3,})<", page))
        assert len(shown & catalan) > 10, path
        assert sorted(text for text in shown & others.keys() if text not in catalan) == [], path


def test_every_panel_comes_as_csv_and_a_chart_as_png(indexed: Context) -> None:
    client = browser(indexed, "es")
    table = client.get("/dashboards/now/complaints_by_topic.csv")
    assert (table.status_code, table.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert table.text.splitlines()[0] == "Servicio,Mensajes"
    picture = client.get("/dashboards/now/complaints_by_topic.png")
    assert (picture.status_code, picture.content[:4]) == (200, b"\x89PNG")
    assert client.get("/dashboards/now/latest_actionable.csv").status_code == 200
    for missing in (
        "latest_actionable.png",
        "posts_total.png",
        "complaints_by_topic.svg",
        "nothing.csv",
        "within_due.csv",
    ):
        assert client.get(f"/dashboards/now/{missing}").status_code == 404, missing


def test_bars_and_cells_of_a_dashboard_are_links_and_the_page_has_no_style_of_its_own(indexed: Context) -> None:
    client = browser(indexed)
    page = client.get("/dashboards/service").text
    assert '<a data-exact href="/posts?topic=' in page
    assert " style=" not in page
    link = page.partition('<a data-exact href="/posts?topic=')[2].partition('"')[0]
    assert client.get(f"/posts?topic={link}".replace("&amp;", "&")).status_code == 200


def test_a_dashboard_shows_the_period_of_the_lens_and_its_marks_lead_to_that_period(indexed: Context) -> None:
    client = browser(indexed)
    page = client.get("/dashboards/now").text
    assert "Last 28 days" in page
    assert 'period=7d">Last 7 days' in page
    empty = "/dashboards/now/posts_total.csv?first=2020-01-01&last=2020-01-31"
    assert client.get(empty).text != client.get("/dashboards/now/posts_total.csv").text
    ended = client.get("/dashboards/now?first=2020-01-01&last=2020-01-31&topic=noise").text
    assert "first=2020-01-01&amp;last=2020-01-31" in ended
    assert "Last 28 days" in client.get("/dashboards/now?first=2090-01-01&last=2090-01-31").text, "no period lies ahead"


def test_the_notice_shows_the_measured_figures_of_redaction(indexed: Context) -> None:
    figures = json.loads((ROOT / "docs" / "reference" / "redaction.json").read_text(encoding="utf-8")).get("held_out")
    page = " ".join(browser(indexed, "es").get("/notice").text.split())
    assert "sin nombres" not in page
    assert ("nombres de particulares" in page.partition("Fiabilidad")[2]) == bool(figures)
    if figures:  # without posts of authors who had not seen the rules nothing is claimed
        names = figures["name/plain"]
        assert f"nombres de particulares {names['share']:.0%}".replace("%", "") in page
        assert f"({names['of']})" in page


def test_words_are_found_by_the_engine_whatever_their_ending_or_accent(indexed: Context) -> None:
    page = browser(indexed).get("/posts?of=all&q=faroles+fundidas").text
    assert "10 posts" in page  # every sixth of sixty
    assert "<mark>Farola</mark> <mark>fundida</mark> en la Puerta del Sol" in page


def test_ledger_and_engine_put_a_post_into_the_same_population(indexed: Context) -> None:
    client, found = browser(indexed), {}
    for of in read.POPULATIONS:
        page = client.get(f"/posts?period=all&of={of}&q=farola").text
        found[of] = int(page.partition('<p role="status"><strong>')[2].partition(" ")[0])
        assert found[of] == sum("Farola" in one.text for one in read.messages(indexed.ledger, of=of, limit=100)), of
    assert found["spam"] > 0, "most of the equal texts are copies"
    assert found["citizens"] > 0, "the first of each is none"


def test_without_an_engine_words_are_sought_in_the_ledger_and_the_page_says_so(context: Context) -> None:
    page = browser(context).get("/posts?of=all&q=Farola").text
    assert "2 posts" in page
    assert "The search engine does not answer" in page


def test_dashboards_without_an_engine_say_what_goes_on(context: Context) -> None:
    answer = browser(context).get("/dashboards/now")
    assert answer.status_code == 503
    assert "Posts and cases are safe in the database" in answer.text


def test_filters_narrow_the_list(indexed: Context) -> None:
    page = browser(indexed).get("/posts?of=all&topic=street_lighting&sentiment=negative&district=Centro").text
    assert "10 posts" in page
    assert "0 posts" in browser(indexed).get("/posts?topic=noise").text


def test_a_post_says_why_it_became_a_case(context: Context) -> None:
    fact = next(read.post_records(context.ledger, topic="street_lighting", order="oldest"))
    page = browser(context).get(f"/posts/{fact.post_id}").text
    assert "certain enough (0.91; from 0.80 a post opens a case by itself)" in page
    assert f"/cases/{fact.case_key}" in page
    assert "hand@1" in page


def test_markup_in_a_post_is_text(context: Context) -> None:
    page = browser(context).get("/posts").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_a_case_is_worked_to_the_end_and_every_step_is_in_its_history(context: Context) -> None:
    client = browser(context)
    key = next(read.case_records(context.ledger, topic="street_lighting")).case_key
    case = f"/cases/{key}"
    act(client, case, f"{case}/assign", department="Movilidad", why="es suyo")
    act(client, case, f"{case}/answer", why="Se avisó a la vecina por la misma red")
    act(client, case, f"{case}/resolve", why="Farola cambiada")
    page = act(client, case, f"{case}/reopen", why="Vuelve a fallar")
    assert [(t.state, t.who, t.why) for t in read.transitions(context.ledger, key)][1:] == [
        ("assigned", "desk", "es suyo"),
        ("answered", "desk", "Se avisó a la vecina por la misma red"),
        ("resolved", "desk", "Farola cambiada"),
        ("assigned", "desk", "Vuelve a fallar"),
    ]
    assert "Vuelve a fallar" in page
    fact = read.case_record(context.ledger, key)
    assert fact is not None
    assert (fact.department, fact.state, fact.answered_at is not None, fact.closed_at) == (
        "Movilidad",
        "assigned",
        True,
        None,
    )


def test_cases_reopened_twice_are_listed_by_a_filter(context: Context) -> None:
    client = browser(context)
    keys = [one.case_key for one in read.case_records(context.ledger)]
    for times in range(1, 3):
        for step in ("resolve", "reopen"):
            act(client, f"/cases/{keys[0]}", f"/cases/{keys[0]}/{step}", why="otra vez")
        listed = client.get("/cases?reopened=2").text
        assert (f"/cases/{keys[0]}" in listed) is (times == 2)
    assert [f"/cases/{key}" in listed for key in keys[1:]] == [False] * (len(keys) - 1)
    kept = '<input type="hidden" name="reopened" value="2">'
    assert kept in listed
    assert kept not in client.get("/cases").text


def test_an_answer_without_words_is_refused_and_says_so(context: Context) -> None:
    client = browser(context)
    key = next(read.case_records(context.ledger)).case_key
    page = client.get(f"/cases/{key}").text
    answer = client.post(f"/cases/{key}/answer", data={**hidden(page, f"/cases/{key}/answer"), "why": "  "})
    assert (answer.status_code, "Please say what was answered" in answer.text) == (400, True)
    assert [t.state for t in read.transitions(context.ledger, key)] == ["new"]


def test_a_corrected_label_is_shown_kept_and_audited(context: Context) -> None:
    client = browser(context)
    fact = next(read.post_records(context.ledger, topic="other"))
    post = f"/posts/{fact.post_id}"
    page = act(client, post, f"{post}/correct", question="topic", value="noise", why="habla de ruido")
    assert "corrected" in page
    corrected = read.post_record(context.ledger, fact.post_id)
    assert corrected is not None
    assert (corrected.topic, corrected.corrected) == ("noise", ("topic",))
    assert [line.what for line in read.audit(context.ledger, fact.post_id)] == ["correct topic"]


def test_a_corrected_kind_is_shown_and_its_case_is_due_anew(context: Context) -> None:
    client = browser(context)
    fact = next(read.post_records(context.ledger, decision="in_case"))
    assert fact.case_key is not None
    before = read.case_record(context.ledger, fact.case_key)
    address = f"/posts/{fact.post_id}"
    page = act(client, address, f"{address}/correct", question="case_kind", value="proposal", why="")
    assert "proposal" in page
    assert "set by a person" in page
    after = read.case_record(context.ledger, fact.case_key)
    assert before is not None
    assert after is not None
    assert after.due_at - before.due_at > timedelta(days=20)
    case = client.get(f"/cases/{fact.case_key}").text
    assert re.search(r"<dt>Kind</dt><dd>proposal <span class=\"tag\">corrected</span></dd>", case)
    assert f"/cases/{fact.case_key}" in client.get("/cases?kind=proposal").text
    assert f"/cases/{fact.case_key}" not in client.get("/cases?kind=question").text
    assert fact.post_id in client.get("/posts?of=all&case_kind=proposal").text


def test_the_page_of_a_case_shows_the_comments_that_do_not_count_in_it(context: Context) -> None:
    fact = next(read.post_records(context.ledger, decision="in_case"))
    other = next(read.post_records(context.ledger, decision="no_case"))
    members, posts = schema.incident_posts, schema.posts
    reason = "thread: a debate, and reports nothing itself: actionable 0.020 < 0.50"
    with context.ledger.write() as connection:
        incident = read.memberships(context.ledger, [fact.post_id])[fact.post_id].incident_key
        connection.execute(members.delete().where(members.c.post_id == other.post_id))
        row = {
            "post_id": other.post_id,
            "incident_key": incident,
            "who": "escucha",
            "probability": 1.0,
            "at": NOW,
            "has_keys": True,
        }
        connection.execute(members.insert(), row)
        connection.execute(posts.update().where(posts.c.post_id == other.post_id).values(decision_reason=reason))
    page = browser(context).get(f"/cases/{fact.case_key}").text
    assert "Other comments in the thread (1)" in page
    assert f"/posts/{other.post_id}" in page
    assert (
        "an opinion in a debate: shown with it, reports nothing itself (0.020; below 0.50)"
        in browser(context).get(f"/posts/{other.post_id}").text
    )
    assert "Otros comentarios del hilo (1)" in browser(context, "es").get(f"/cases/{fact.case_key}").text


def test_a_label_that_does_not_exist_is_refused(context: Context) -> None:
    client = browser(context)
    post = f"/posts/{next(read.post_records(context.ledger)).post_id}"
    form = hidden(client.get(post).text, f"{post}/correct", question="topic")
    answer = client.post(f"{post}/correct", data={**form, "value": "ufos"})
    assert (answer.status_code, "is not one of" in answer.text) == (400, True)


def test_a_doubtful_post_becomes_a_case_or_not_as_a_person_says(context: Context) -> None:
    client = browser(context)
    doubtful = read.review_queue(context.ledger, limit=50)
    page = act(client, "/review", f"/review/{doubtful[0].post_id}/accept", why="")
    case = re.search(r'Saved\. <a href="(/cases/C-[^"]+)">', page)
    assert case is not None
    assert "desk made it a case" in client.get(case[1]).text
    other = next(
        one for one in doubtful if one.text[:9] != doubtful[0].text[:9]
    )  # those of its incident are in the case too
    act(client, "/review", f"/review/{other.post_id}/reject", why="ya respondido")
    kept = [read.post_record(context.ledger, one.post_id) for one in (doubtful[0], other)]
    assert [one.decision for one in kept if one] == ["in_case", "no_case"]


def test_one_key_puts_a_doubtful_post_into_the_incident_that_is_suggested(context: Context) -> None:
    client = browser(context)
    one = read.review_queue(context.ledger, limit=1)[0]
    case = next(read.case_records(context.ledger))
    first = next(read.post_records(context.ledger, case_key=case.case_key, order="oldest"))
    incident = read.memberships(context.ledger, [first.post_id])[first.post_id].incident_key
    suggest(context, one.post_id, incident)
    page = client.get("/review").text
    assert re.search(r'<button accesskey="1" data-key="1">Same incident<span class="unseen"> ', page)
    assert re.search(
        r'<button accesskey="1" data-key="1">Misma incidencia<', browser(context, "es").get("/review").text
    )
    act(client, "/review", f"/review/{one.post_id}/join", incident=incident, why="")
    assert f"desk said it is about the same as {incident}" in client.get(f"/posts/{one.post_id}").text
    after = read.post_record(context.ledger, one.post_id)
    assert after is not None
    assert (after.decision, after.case_key) == ("in_case", case.case_key)
    assert steps.triage(context) == {"decided": 0}


def test_not_the_same_is_remembered_and_the_post_waits_on(context: Context) -> None:
    client = browser(context)
    one = read.review_queue(context.ledger, limit=1)[0]
    other = next(read.post_records(context.ledger, decision="in_case"))
    incident = read.memberships(context.ledger, [other.post_id])[other.post_id].incident_key
    suggest(context, one.post_id, incident)
    act(client, "/review", f"/review/{one.post_id}/not-same", incident=incident, why="")
    assert read.suggestions(context.ledger, one.post_id) == []
    after = read.post_record(context.ledger, one.post_id)
    assert after is not None
    assert after.decision == "in_review"
    assert [(r.same, r.incident_key) for r in read.incident_rulings(context.ledger)] == [(False, incident)]
    said = [json.loads(line) for line in export.lines(context.ledger, "corrections", "jsonl")]
    assert [(line["question"], line["value"]) for line in said] == [(f"same as {incident}", False)]
    exported = {line["post_id"]: line for line in map(json.loads, export.lines(context.ledger, "posts", "jsonl"))}
    assert exported[other.post_id]["case"] == other.case_key
    assert exported[other.post_id]["incident"] == incident
    assert exported[one.post_id]["decision"] == "in_review"
    assert exported[one.post_id]["reason"] == after.reason


def suggest(context: Context, post_id: str, incident: str) -> None:
    """What triage would have suggested."""
    with context.ledger.write() as connection:
        row = {"post_id": post_id, "rank": 1, "incident_key": incident, "probability": 0.4}
        connection.execute(schema.incident_suggestions.delete().where(schema.incident_suggestions.c.post_id == post_id))
        connection.execute(schema.incident_suggestions.insert(), row)


def test_the_original_is_shown_once_asked_for_and_looking_is_logged(context: Context) -> None:
    client = browser(context)
    post = f"/posts/{next(read.post_records(context.ledger, order='oldest')).post_id}"
    assert "red.example" not in client.get(post).text
    page = act(client, post, f"{post}/original")
    assert 'href="https://red.example/0"' in page
    assert [line.what for line in read.audit(context.ledger, post.removeprefix("/posts/"))] == ["open_original"]


def test_the_address_of_a_citizen_is_opened_with_a_reason_that_is_logged(context: Context) -> None:
    number = citizens.store_report(context, {"id": "1", "sender": "portal", "text": "La farola no se enciende"})
    assert number is not None
    citizens.store_contact(context, number, "luisa@example.org", "es")
    receipt = read.receipt(context.ledger, number)
    assert receipt is not None
    client, post = browser(context), f"/posts/{receipt.post_id}"
    assert "luisa@example.org" not in client.get(post).text
    refused = client.post(f"{post}/contact", data={**hidden(client.get(post).text, f"{post}/contact"), "why": " "})
    assert "Write why you need the address" in refused.text
    assert "luisa@example.org" not in refused.text
    assert "luisa@example.org" in act(client, post, f"{post}/contact", why="to ask which lamp")
    [line] = read.audit(context.ledger, receipt.post_id)
    assert (line.what, line.why) == ("open_contact", "to ask which lamp")
    another = next(one.post_id for one in read.post_records(context.ledger) if one.post_id != receipt.post_id)
    assert f"/posts/{another}/contact" not in client.get(f"/posts/{another}").text


def test_a_person_publishes_a_case_or_not_on_its_page(context: Context) -> None:
    client, key = browser(context), next(read.case_records(context.ledger)).case_key
    case = f"/cases/{key}"
    page = act(client, case, f"{case}/publication", choice="withhold", why="a home")
    assert "not published: a person decided so" in page
    assert "by the rule → no" in page
    assert "published: a person decided so" in act(client, case, f"{case}/publication", choice="publish")
    assert "Choose: publish it" in client.post(
        f"{case}/publication", data={**hidden(client.get(case).text, f"{case}/publication"), "choice": "perhaps"}
    ).text  # fmt: skip


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
    assert (
        "Informe semanal</strong></a> · Del 16 de noviembre de 2026 al 22"
        in browser(context, "es").get("/reports").text
    )
    for path in (
        "weekly/2026-11-16_2026-11-23/secret.txt",
        "weekly/..%2f../ledger.sqlite",
        "..%2f..%2fsalt/x/y.es.html",
    ):
        assert client.get(f"/reports/{path}").status_code == 404


def test_a_second_fill_from_another_source_stays_apart(context: Context) -> None:
    fill(context.ledger, context.city, 6, NOW + timedelta(minutes=1), source="feeds")
    assert [state.source for state in read.sources(context.ledger)] == ["archive", "feeds"]
    assert "6 posts" in browser(context).get("/posts?of=all&source=feeds").text


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Words that decided each label"), ("es", "Palabras que determinaron cada etiqueta")],
)
def test_the_words_that_carried_a_label_are_marked_and_listed_when_asked_for(
    context: Context, language: str, title: str
) -> None:
    client = browser(context, language)
    post = f"/posts/{next(read.post_records(context.ledger, topic='street_lighting')).post_id}"
    assert f'<a href="{post}/words">{title}</a>' in client.get(post).text
    page = client.get(f"{post}/words").text
    assert f"<h1>{title}</h1>" in page
    assert "<mark>Farola</mark>" in page
    assert '<th scope="row">Farola</th>' in page


def test_markup_stays_text_where_words_are_marked(context: Context) -> None:
    attack = next(fact for fact in read.post_records(context.ledger) if "<script>" in fact.text)
    page = browser(context).get(f"/posts/{attack.post_id}/words").text
    assert "<script>alert" not in page
    assert "&lt;" in page


def test_words_are_marked_wherever_they_stand_and_inside_no_other_word() -> None:
    carried = [("sol", 2.0), ("?", 0.3), ("Puerta del Sol", 0.2)]
    assert mark("¿Sol, solar o Puerta del Sol?", carried) == [
        *(("¿", False), ("Sol", True), (", solar o ", False), ("Puerta del Sol", True), ("?", True))
    ]
    assert mark("nada", []) == [("nada", False)]


def test_the_words_of_a_post_that_is_not_there_are_not_found(context: Context) -> None:
    assert browser(context).get(f"/posts/{'0' * 32}/words").status_code == 404
