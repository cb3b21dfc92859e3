"""The search typed above a list: it leads to the address that it means, or says what is wrong and keeps the text."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

from ledger import read
from pipeline import all_steps as steps
from pipeline.context import Context
from pipeline.saved_views.matching import unseen
from search.connection.engine import stop_embedded
from tests.support.desk_client import browser, hidden
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC) - timedelta(minutes=5)
DAY = (NOW - timedelta(days=5)).date().isoformat()


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = open_seeded(tmp_path_factory.mktemp("home"), 24, NOW)
    steps.index(context)
    yield context
    context.ledger.close()
    stop_embedded(context.settings)


@pytest.fixture(scope="module")
def client(context: Context) -> TestClient:
    return browser(context, "es")


def led(client: TestClient, path: str, **query: str) -> tuple[str, dict[str, str]]:
    answer = client.get(path, params=query, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    parts = urlsplit(answer.headers["location"])
    return parts.path, dict(parse_qsl(parts.query))


def field(page: str) -> str:
    found = re.search(r'<input id="q" name="q" type="search" value="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


def rows(page: str) -> list[str]:
    return re.findall(r'open=(\w+)[^"]*#reading', page)


@pytest.mark.parametrize(
    ("path", "typed", "meant"),
    [
        (
            "/posts",
            'distrito:Usera tema:limpieza desde:2026-11-01 "farola" -spam',
            {"district": "Usera", "topic": "waste_cleaning", "first": "2026-11-01", "q": '"farola" -spam'},
        ),
        ("/posts", "district:Puente de Vallecas kind:report", {"district": "Puente de Vallecas", "case_kind": "report"}),
        ("/posts", "barrio:Almendrales", {"barrio": "Almendrales"}),
        ("/posts", "periodo:hoy", {"period": "today"}),
        ("/posts", " farola  rota ", {"q": "farola rota"}),
        ("/posts/export.csv", "tema:ruido luz", {"topic": "noise", "q": "luz"}),
        ("/cases", 'estado:respondido departamento:"vias publicas" Sol', {"state": "answered", "department": "Vías públicas", "q": "Sol"}),
        ("/search", "tema:ruido luz", {"topic": "noise", "q": "luz"}),
    ],
)
def test_a_typed_search_leads_to_the_address_that_it_means(client: TestClient, path: str, typed: str, meant: dict[str, str]) -> None:
    assert led(client, path, q=typed) == (path, meant)
    assert client.get(path, params=meant, follow_redirects=False).status_code == 200


def test_a_search_of_everything_by_fields_alone_is_a_list(client: TestClient) -> None:
    assert led(client, "/search", q="tema:ruido") == ("/posts", {"period": "all", "topic": "noise"})
    assert led(client, "/search", q="tema:ruido desde:2026-11-01") == ("/posts", {"topic": "noise", "first": "2026-11-01"})
    assert led(client, "/search", q="estado:nuevo tema:ruido") == ("/cases", {"state": "new", "topic": "noise"})


def test_what_is_typed_replaces_what_the_address_had(client: TestClient) -> None:
    given = {"q": "tema:ruido desde:2026-11-01", "topic": "other", "period": "week", "of": "all", "sort": ""}
    assert led(client, "/posts", **given) == ("/posts", {"of": "all", "topic": "noise", "first": "2026-11-01"})


def test_a_typed_search_lists_the_rows_of_its_address(client: TestClient) -> None:
    typed = client.get("/posts", params={"q": f"tema:alumbrado desde:{DAY} farola", "of": "all"}).text
    plain = client.get(f"/posts?topic=street_lighting&first={DAY}&q=farola&of=all").text
    assert rows(typed) == rows(plain) != []
    cases = client.get("/cases", params={"q": 'tema:alumbrado estado:nuevo "farola fundida"'}).text
    assert cases.count("data-row") == 1


def test_the_field_holds_all_that_is_shown_and_reads_back(client: TestClient) -> None:
    shown = {"topic": "street_lighting", "district": "Salamanca", "first": "2026-11-01", "last": "2026-11-30", "q": '"sin luz" -obras'}
    page = client.get("/posts", params={**shown, "decision": "in_case", "of": "all", "compare": "weeks"}).text
    written = field(page)
    assert written == 'tema:Alumbrado distrito:Salamanca decisión:"en un caso" desde:2026-11-01 hasta:2026-11-30 "sin luz" -obras'
    assert led(client, "/posts", q=written)[1] == {**shown, "decision": "in_case"}
    form = page.partition('class="find"')[2].partition("</form>")[0]
    assert re.findall(r'type="hidden" name="(\w+)"', form) == ["of", "compare"]  # a chip that is deleted from the text is gone


def test_the_field_of_cases_keeps_what_it_has_no_field_for(client: TestClient) -> None:
    page = client.get("/cases?topic=noise&state=new&whose=none&intent=praise&layout=board").text
    assert field(page) == "tema:Ruido estado:nuevo"
    assert hidden(page, "/cases", whose="none") == {"whose": "none", "intent": "praise", "layout": "board"}


@pytest.mark.parametrize("path", ["/posts", "/cases", "/search"])
def test_what_is_wrong_is_said_beside_the_text_and_one_click_mends_it(client: TestClient, path: str) -> None:
    typed = 'distrito:Uzera ojo:mañana <b> "luz" -obras'
    answer = client.get(path, params={"q": typed, "of": "all"}, follow_redirects=False)
    assert answer.status_code == 400
    assert field(answer.text) == typed
    assert 'aria-describedby="q-wrong q-help" aria-invalid="true" autofocus' in answer.text
    said = unescape(answer.text.partition('id="q-wrong"')[2].partition("</ul>")[0])
    assert "distrito: no existe «Uzera». Lo más parecido: Usera" in said
    assert "No hay ningún campo «ojo». Campos: tema, distrito, barrio" in said
    mended = re.findall(r'href="([^"]*)"', said)
    asked = dict(parse_qsl(urlsplit(mended[0]).query))
    assert asked == {"of": "all", "q": typed.replace("distrito:Uzera", "distrito:Usera")}
    assert dict(parse_qsl(urlsplit(mended[-1]).query))["q"] == typed.replace("ojo:mañana", '"ojo:mañana"')


def test_a_list_says_how_to_type_without_being_asked(client: TestClient) -> None:
    page = client.get("/posts").text
    assert '<label class="unseen" for="q">' in page
    assert 'aria-describedby="q-help"' in page
    assert re.search(r'id="q-help">Por ejemplo tema:Ruido distrito:\S+ desde:2026-11-01<', page)
    assert "<dt>tema, servicio</dt><dd>Residuos y limpieza, Calzadas" in page
    assert "<dt>hasta</dt><dd>este día y los anteriores</dd>" in page


def test_a_view_saved_of_a_typed_search_is_its_address(context: Context, client: TestClient) -> None:
    form = hidden(client.get("/posts").text, "/views/save")
    address = f"/posts?of=all&q=tema:alumbrado+desde:{DAY}+farola"
    answer = client.post("/views/save", data={**form, "address": address, "name": "Farolas"}, follow_redirects=False)
    assert answer.headers["location"] == f"/posts?period=custom&first={DAY}&topic=street_lighting&q=farola&of=all"
    [view] = read.saved_views(context.ledger, "desk", "posts")
    matched = unseen(context, view, 0, "desk", datetime.now(UTC))
    listed = client.get(f"/posts?{view.query}").text
    assert len(matched) == len(rows(listed)) > 0
    assert client.get(f"/posts?{view.query}", follow_redirects=False).status_code == 200


def test_a_view_of_a_search_that_cannot_be_read_is_refused_in_words(context: Context, client: TestClient) -> None:
    form = hidden(client.get("/posts").text, "/views/save")
    answer = client.post("/views/save", data={**form, "address": "/posts?q=distrito:Uzera", "name": "Mal"})
    assert answer.status_code == 400
    assert "Lo más parecido: Usera" in answer.text
    assert [one.name for one in read.saved_views(context.ledger, "desk", "posts") if one.name == "Mal"] == []


HOSTILE = [
    '"' * 10_000,
    "a" * 10_000,
    "'",
    "\x00\x07",
    "\u202e\u200f\u2066a",
    "%ED%A0%80",
    "-",
    "|",
    "OR OR",
    "*",
    "topic:",
    ":",
    "\\",
    "a:" * 900,
    '-"',
    "💡" * 300,
]
HOSTILE += ["{} [] () ^ ~ && ! /a/ <script>", "topic:noise " * 160]


@pytest.mark.parametrize("path", ["/posts", "/cases", "/search", "/posts/export.jsonl"])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda one: repr(one[:9]))
def test_no_text_makes_a_page_fail(client: TestClient, path: str, text: str) -> None:
    query = f"q={text}" if text.startswith("%") else None
    answer = client.get(f"{path}?{query}") if query else client.get(path, params={"q": text})
    assert answer.status_code in (200, 400, 431)  # 431: an address of 30 kB
