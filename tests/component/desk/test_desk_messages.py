"""The list of posts: search syntax, reading pane, changes of several posts, and export of what is shown."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from core.records.post import StoredReach
from desk.pages.messages import finding
from desk.pages.messages.highlight import excerpt, marked
from ledger import read
from ledger.database.writing import writing
from ledger.ingest.reach import update_reach
from pipeline import all_steps as steps
from pipeline.context import Context
from search.connection.engine import stop_embedded
from tests.support.desk_client import browser, hidden, people
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC) - timedelta(minutes=5)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = open_seeded(tmp_path_factory.mktemp("home"), 24, NOW)
    steps.index(context)
    yield context
    context.ledger.close()
    stop_embedded(context.settings)


def table(text: str, separator: str = ",") -> list[dict[str, str]]:
    """Read an exported table."""
    assert text.startswith("\ufeff"), "or a spreadsheet takes it for another encoding"
    return list(csv.DictReader(io.StringIO(text[1:]), delimiter=separator))


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 12, NOW)
    yield context
    context.ledger.close()


def said(page: str) -> int:
    found = re.search(r'<p role="status"><strong>(\d+) posts?', page)
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize(
    ("words", "posts"),
    [
        ("farola", 4),
        ("farola OR biblioteca", 8),
        ('"farola fundida"', 4),
        ('"fundida farola"', 0),
        ("calle -contenedores", 0),
        ("bibliot*", 4),
        ("'", 0),
        ("OR", 0),
    ],
)
def test_words_are_searched_with_or_phrases_and_exclusions(indexed: Context, words: str, posts: int) -> None:
    page = browser(indexed).get("/posts", params={"q": words, "of": "all"}).text  # most are copies
    assert said(page) == posts
    assert page.count('class="row"') == posts


def test_the_choice_in_a_facet_narrows_the_others_and_not_itself(indexed: Context) -> None:
    client = browser(indexed)
    for address in ("/posts?of=all&topic=street_lighting", "/posts?of=all&topic=street_lighting&q=farola"):
        page = client.get(address).text
        assert said(page) == 4
        service = page.partition('id="facet-topic"')[2].partition("</section>")[0]
        district = page.partition('id="facet-district"')[2].partition("</section>")[0]
        assert re.findall(r'class="of">(\d+)<', district) == ["4", "0"]  # "none" is an answer
        assert len(re.findall(r'class="of">[1-9]', service)) == (1 if "q=" in address else 6)


def test_the_pane_shows_text_labels_and_similar_posts(indexed: Context) -> None:
    one = next(read.post_records(indexed.ledger, topic="street_lighting", order="oldest"))
    page = browser(indexed).get(f"/posts?open={one.post_id}").text
    pane = page.partition('id="reading"')[2].partition("</section>")[0]
    assert one.text in pane
    assert "very probably something to act on" in pane
    assert pane.count("open=") >= 2  # similar posts: the same text with another number
    assert "Street lighting → Public roads" in pane  # where the case would go
    assert "Similar posts" in pane


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "5 likes · 1 share · followers of the author: 1,000 to 9,999"),
        ("es", "gustó a 5 personas · compartido 1 vez · seguidores de quien publica: de 1.000 a 9.999"),
    ],
)
def test_the_pane_and_the_page_say_in_words_how_far_a_post_reached(context: Context, language: str, words: str) -> None:
    told, silent = list(read.post_records(context.ledger, order="oldest"))[:2]
    with writing(context.ledger) as connection:
        update_reach(connection, {told.post_id: StoredReach(likes=5, shares=1, followers_band="1k_10k")})
    client = browser(context, language)
    heading = {"en": "<dt>Reach</dt>", "es": "<dt>Alcance</dt>"}[language]
    for address in ("/posts?open={}", "/posts/{}"):
        page = " ".join(client.get(address.format(told.post_id)).text.split())
        assert f"{heading}<dd>{words}</dd>" in page
        assert heading not in client.get(address.format(silent.post_id)).text


def test_a_label_corrected_in_the_pane_leads_back_to_the_list_and_moves_the_case(context: Context) -> None:
    client = browser(context)
    one = next(one for one in read.post_records(context.ledger, topic="street_lighting", order="newest"))
    assert one.case_key is not None
    address = f"/posts?topic=street_lighting&open={one.post_id}"
    form = hidden(client.get(address).text.replace("?topic=street_lighting", ""), f"/posts/{one.post_id}/correct", question="topic")
    answer = client.post(f"/posts/{one.post_id}/correct", data={**form, "back": address, "value": "noise"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    after = read.post_record(context.ledger, one.post_id)
    assert after is not None
    assert after.topic == "noise"
    away = client.post(
        f"/posts/{one.post_id}/correct",
        data={
            **form,
            "seen": read.label_versions(context.ledger, one.post_id, ["topic"])["topic"],
            "value": "noise",
            "back": "//evil.example",
        },
        follow_redirects=False,
    )
    assert away.headers["location"] == "/"


def bulk(client: TestClient, posts: list[str], **form: str) -> tuple[int, str]:
    page = client.get("/posts?period=all&of=all").text
    csrf = hidden(page, "/posts/bulk")
    values = dict(re.findall(r'name="post" value="(\w+):(\d+)"', page))
    data = {**csrf, **form, "post": [f"{one}:{values[one]}" for one in posts]}
    answer = client.post("/posts/bulk", data=data)
    return answer.status_code, answer.text


def test_several_posts_get_a_case_none_or_a_label_at_once(context: Context) -> None:
    client = browser(context)
    doubtful = [one.post_id for one in read.review_queue(context.ledger, limit=9)]
    assert len(doubtful) >= 3
    assert bulk(client, doubtful[:1], action="case", why="visto")[0] == 200
    case = read.post_record(context.ledger, doubtful[0])
    assert case is not None
    assert case.decision == "in_case"
    assert bulk(client, doubtful[1:2], action="no-case")[0] == 200
    assert bulk(client, doubtful[2:3], action="add", case=case.case_key or "")[0] == 200
    assert bulk(client, [doubtful[0], doubtful[2]], action="label", label="topic=noise")[0] == 200
    kept = [read.post_record(context.ledger, one) for one in doubtful[:3]]
    assert [(one.decision, one.topic) for one in kept if one] == [
        ("in_case", "noise"),
        ("no_case", kept[1].topic if kept[1] else None),
        ("in_case", "noise"),
    ]
    assert kept[2] is not None
    assert kept[2].case_key == case.case_key


def test_those_that_cannot_be_changed_are_named_and_the_others_are_changed(context: Context) -> None:
    client = browser(context)
    doubtful = next(iter(read.review_queue(context.ledger, limit=1)))
    settled = next(read.post_records(context.ledger, decision="in_case"))
    status, page = bulk(client, [settled.post_id, doubtful.post_id], action="no-case", back="/posts?period=all")
    assert status == 409
    assert "1 post was changed." in page
    assert settled.post_id in page
    assert doubtful.post_id not in page
    assert 'href="/posts?period=all"' in page
    for form in ({"action": "label", "label": "topic=ufos"}, {"action": "add", "case": "C-0"}):
        assert bulk(client, [doubtful.post_id], **form)[0] == 400
    assert client.post("/posts/bulk", data=hidden(client.get("/posts").text, "/posts/bulk") | {"action": "case"}).status_code == 400


def test_what_is_shown_is_exported_for_people_and_for_machines_and_nothing_in_it_is_a_formula(indexed: Context) -> None:
    client = browser(indexed, "es")
    lens = "of=all&period=30d&topic=parks_trees"
    rows = table(client.get(f"/posts/export.csv?{lens}").text, ";")
    lines = [json.loads(line) for line in client.get(f"/posts/export.jsonl?{lens}").text.splitlines()]
    assert [one["Clave"] for one in rows] == [one["post_id"] for one in lines]
    assert len(rows) == said(client.get(f"/posts?{lens}", headers={"accept-language": "en"}).text) == 4
    assert list(rows[0]) == (
        "Escrito Canal Texto Servicio Intención Sentimiento Distrito Lugar Idioma Tipo Decisión Caso Reproducido Clave".split()
    )
    assert {(one["Servicio"], one["Idioma"], one["Canal"]) for one in rows} == {("Parques y arbolado", "español", "Archivo")}
    assert {one["topic"] for one in lines} == {"parks_trees"}
    local = [datetime.fromisoformat(one["created_at"]).astimezone(ZoneInfo("Europe/Madrid")) for one in lines]
    assert [one["Escrito"] for one in rows] == [f"{one:%Y-%m-%d %H:%M}" for one in local]
    book = client.get(f"/posts/export.xlsx?{lens}")
    assert book.headers["content-disposition"].startswith('attachment; filename="escucha-posts-')
    sheet = zipfile.ZipFile(io.BytesIO(book.content)).read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 5
    assert sheet.count('<c s="1"><v>46') == 4, "times are dates, not texts"
    assert "<f>" not in sheet
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in sheet
    found = client.get(f"/posts/export.csv?{lens}&q=parque").text
    assert len(table(found, ";")) == 4
    assert next(iter(read.audit(indexed.ledger, "posts"))).why.startswith("csv of=all&period=30d")
    assert client.get("/posts/export.pdf").status_code == 404


def test_the_case_book_is_exported_as_it_is_narrowed(indexed: Context) -> None:
    client = browser(indexed)
    whole = table(client.get("/cases/export.csv?all=1").text)
    assert len(whole) == read.count_cases(indexed.ledger) > 1
    waste = table(client.get("/cases/export.csv?topic=waste_cleaning&period=all").text)
    keys = [one["Case"] for one in waste]
    assert keys == [one.case_key for one in read.case_records(indexed.ledger, topic="waste_cleaning", order="oldest", open_only=True)]
    assert {(one["Service"], one["State"], one["Overdue"]) for one in waste} <= {
        ("Waste and cleaning", "new", "no"),
        ("Waste and cleaning", "new", "yes"),
    }
    lines = [json.loads(line) for line in client.get("/cases/export.jsonl?topic=waste_cleaning&period=all").text.splitlines()]
    assert [one["case_key"] for one in lines] == keys
    assert all(one["posts"] and one["transitions"] for one in lines)
    assert client.get("/cases/export.xlsx").status_code == 200
    assert 'href="/cases/export.xlsx' in client.get("/cases").text
    assert next(iter(read.audit(indexed.ledger, "cases"))).why.startswith("xlsx")


def test_readers_export_what_they_may_read(context: Context) -> None:
    people(context)
    from desk.auth.users import set_user

    set_user(context.ledger, "rosa", "farola nube sandia 41", "reader")
    page = browser(context)
    assert page.get("/posts/export.csv", follow_redirects=False).status_code == 303, "to the log-in"
    form = {**hidden(page.get("/login").text, "/login"), "name": "rosa", "password": "farola nube sandia 41"}
    page.post("/login", data=form)
    for what in ("posts", "cases"):
        assert page.get(f"/{what}/export.csv").status_code == 200
        assert next(iter(read.audit(context.ledger, what))).who == "rosa"


def test_a_case_is_opened_by_its_key_and_everything_is_searched(indexed: Context) -> None:
    client = browser(indexed)
    case = next(read.case_records(indexed.ledger, topic="street_lighting"))
    answer = client.get("/search", params={"q": case.case_key}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case.case_key}")
    page = client.get("/search?q=farola").text
    assert f"/cases/{case.case_key}" in page
    assert "<mark>Farola</mark>" in page
    nearest = client.get("/search?q=recoger+colchones+viejos").text.partition('id="found-answers"')[2]
    assert "¿Cómo solicito la recogida de muebles y enseres?" in nearest


def test_a_search_from_a_filtered_page_shows_its_filters_and_offers_everything(indexed: Context) -> None:
    client = browser(indexed)
    everything = 'href="/search?q=farola">Search everything: 1 post</a>'
    filtered = client.get("/search?q=farola&topic=noise&period=today").text
    assert '<a data-count="0" href="/posts?' in filtered
    assert everything in filtered
    bar = filtered.split('class="lens"')[1].split("</section>")[0]
    assert "Noise" in bar.split('class="chip on"')[1].split("</a>")[0]
    assert 'href="/search?q=farola&amp;period=today"' in bar or 'href="/search?period=today&amp;q=farola"' in bar
    unfiltered = client.get("/search?q=farola").text
    assert "Search everything:" not in unfiltered


def test_the_pages_of_a_search_follow_each_other_and_a_wrong_place_is_refused(indexed: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "PAGE_SIZE", 10)
    client, seen = browser(indexed), list[str]()
    address = "/posts?period=all&of=all&sort=oldest&q=farola+OR+contenedor+OR+bibliotecas+OR+bombero+OR+ciudad+OR+parque"
    while address:
        page = client.get(address).text
        seen += re.findall(r'name="post" value="(\w+):', page)
        found = re.search(r'<a rel="next" data-exact href="([^"]+)"', page)
        address = unescape(found[1]) if found else ""
    assert len(seen) == len(set(seen)) == read.count_posts(indexed.ledger)
    assert client.get("/posts?q=a&after=[1,2,3]").status_code == 400
    assert client.get("/posts?period=all&q=farola&after=2026-11-20T12:00:00%2B00:00_abc").status_code == 200, (
        "the page before was the ledger's"
    )


def test_forms_of_a_word_are_marked_and_the_text_is_cut_around_them() -> None:
    assert marked("Contenedor, árboles y bus", "es", "-papel contenedores OR Árbol autobús") == [
        ("Contenedor", True),
        (", ", False),
        ("árboles", True),
        (" y ", False),
        ("bus", True),
    ]
    assert marked("parasol", "es", "sol") == [("parasol", False)]
    text = "palabra " * 60 + "farola rota"
    assert excerpt(text, "es", "farolas")[-2:] == [("farola", True), (" rota", False)]
    assert excerpt(text, "es", "farolas")[0] == ("… ", False)
    assert excerpt(text, "es", "")[0][0].startswith("palabra")
    assert excerpt(text, "es", "")[-1] == ("…", False)
    cut = excerpt("basura " + "x" * 300, "es", "basura", length=4)
    assert cut == [("basu", True), ("…", False)]
