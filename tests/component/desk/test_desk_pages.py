"""Test the desk's pages over an indexed ledger: languages, dashboards, search, filters."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from core.errors import UnavailableError
from core.i18n.translate import translator
from dashboards import ledger_count
from dashboards.panels import DASHBOARDS
from desk.pages import messages, search as pages_search
from desk.pages.messages import finding
from desk.state import Desk
from ledger import read
from pipeline import all_steps as steps
from pipeline.context import Context
from search.connection.engine import stop_embedded
from tests.support.desk_client import browser
from tests.support.seeded import NOW, fill, open_seeded
from workshop.translations import load

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


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/posts",
        "/posts?q=farola",
        "/cases",
        "/cases?all=1",
        "/map",
        "/review",
        "/sources",
        "/notice",
        "/reports",
        "/tokens",
        *(f"/dashboards/{one.key}" for one in DASHBOARDS),
    ],
)
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
    filtered = client.get("/dashboards/now/complaints_by_topic.png?district=Salamanca")
    assert filtered.content != picture.content, "the picture says what it counts"
    assert client.get("/dashboards/now/latest_actionable.csv").status_code == 200
    for missing in ("latest_actionable.png", "posts_total.png", "complaints_by_topic.svg", "nothing.csv", "within_due.csv"):
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


@pytest.mark.parametrize("most", [1, 5, 11, 12])
def test_without_an_engine_the_newest_texts_are_read_and_the_page_says_how_many(
    context: Context, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(finding, "MOST_READ", most)
    monkeypatch.setattr(pages_search, "MOST_READ", most)
    monkeypatch.setattr(messages, "MOST_READ", most)
    client, citizens = browser(context), read.messages(context.ledger, limit=100)
    assert len(citizens) < 12
    page = client.get("/search?q=a").text.partition("<main")[2]
    expected = sum("a" in one.text.lower() for one in citizens[:most])
    found = re.search(r'data-count="(\d+)" href="([^"]+)"', page)
    assert found is not None
    assert int(found[1]) == expected
    listed = client.get(unescape(found[2])).text
    assert f"<strong>{expected} post" in listed
    assert listed.count('class="row"') == expected
    for one in (page, listed):
        assert (f"It covers the newest {most} posts only" in one) == (len(citizens) > most)


def down(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_answer(*_: object) -> None:
        raise UnavailableError("the search engine does not answer")

    monkeypatch.setattr(Desk, "ask", no_answer)


@pytest.mark.parametrize(
    "path",
    [*(f"/dashboards/{one.key}" for one in DASHBOARDS), "/profiles/service/street_lighting", "/dashboards/now?district=Centro&period=7d"],
)
def test_without_an_engine_the_ledger_gives_a_dashboard_the_same_numbers(
    indexed: Context, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def charts(page: str) -> list[str]:
        return [" ".join(one.partition("</figure>")[0].split()) for one in page.split("<figure")[1:]]

    counted_by_search = browser(indexed).get(path).text
    down(monkeypatch)
    answer = browser(indexed).get(path)
    assert answer.status_code == 200
    assert "Until it does, these numbers are counted in the database" in answer.text
    assert 'class="rail"' in answer.text
    assert charts(answer.text) == charts(counted_by_search)
    assert "counted in the database" not in counted_by_search


def test_what_is_too_much_to_count_without_an_engine_is_named(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_count, "MOST_RECORDS", 11)
    client = browser(context)
    page = client.get("/dashboards/now").text
    assert f"Too many posts to count them there: {DASHBOARDS[0].panels[0].title}" in page
    assert "Too many posts" not in client.get("/dashboards/cases").text
    refused = client.get("/dashboards/now/posts_total.csv")
    assert (refused.status_code, "too many posts to count this panel" in refused.text) == (503, True)
    assert client.get("/dashboards/cases/overdue.csv").status_code == 200


def test_filters_narrow_the_list(indexed: Context) -> None:
    page = browser(indexed).get("/posts?of=all&topic=street_lighting&sentiment=negative&district=Centro").text
    assert "10 posts" in page
    assert "0 posts" in browser(indexed).get("/posts?topic=noise").text


def test_a_second_fill_from_another_source_stays_apart(context: Context) -> None:
    fill(context.ledger, context.city, 6, NOW + timedelta(minutes=1), source="feeds")
    assert [state.source for state in read.sources(context.ledger)] == ["archive", "feeds"]
    assert "6 posts" in browser(context).get("/posts?of=all&source=feeds").text
