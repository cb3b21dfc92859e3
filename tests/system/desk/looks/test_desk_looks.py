"""Every page of the desk, filled: by the rules of accessibility, in two languages, three widths, light and dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from desk.app import create_app
from pipeline.context import Context
from search.connection.engine import stop_embedded
from tests.support import page_checks
from tests.support.desk_pages import PAGES, filled, names
from tests.support.page_checks import COLOURS, WIDTHS, Found
from tests.support.served_pages import served_at

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(page_checks.CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)"),
]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = filled(tmp_path_factory.mktemp("home"))
    yield context
    context.ledger.close()
    stop_embedded(context.settings)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    yield from page_checks.launched()


@pytest.fixture(scope="module")
def desk(context: Context) -> Iterator[tuple[str, list[str]]]:
    """Serve the desk; yield its address and the address of every page."""
    app = create_app(context)
    known = names(context, app)
    with served_at(app) as address:
        yield address, [one.format(**known) for one in PAGES]


def opened(chromium: Browser, language: str) -> Page:
    page = page_checks.opened(chromium, language)
    page.route("**/reports-asked/*", without_refresh)
    return page


def without_refresh(route: Route) -> None:
    """Keep a page that loads itself again as it is."""
    answer = route.fetch()
    route.fulfill(response=answer, headers={name: value for name, value in answer.headers.items() if name != "refresh"})


@pytest.fixture(scope="module", params=[("es-ES", WIDTHS), ("en-GB", WIDTHS[-1:])], ids=["es-ES", "en-GB"])
def found(request: pytest.FixtureRequest, chromium: Browser, desk: tuple[str, list[str]]) -> Found:
    """Look at every page in one language; the other one differs in words alone, and is looked at on a telephone."""
    (address, paths), (language, widths) = desk, request.param
    looked = page_checks.check(opened(chromium, language), address, paths, widths)
    assert looked.runs == len(PAGES) * len(widths) * len(COLOURS)
    return looked


def test_no_page_breaks_a_rule_of_accessibility(found: Found) -> None:
    assert found.broken == {}


def test_no_page_scrolls_sideways(found: Found) -> None:
    assert found.wide == {}


def test_no_text_is_smaller_than_eleven_pixels(found: Found) -> None:
    assert found.small == {}


def test_the_focus_is_seen_on_every_control(found: Found) -> None:
    assert found.unfocused == {}


def test_no_page_asks_anything_of_another_server_or_breaks_the_security_policy(found: Found, desk: tuple[str, list[str]]) -> None:
    assert found.asked == {desk[0]}
    assert [said for said in found.refused if "/nothing: " not in said] == []


def test_no_page_scrolls_sideways_at_320_px_in_catalan(chromium: Browser, desk: tuple[str, list[str]]) -> None:
    page = opened(chromium, "ca-ES")
    page_checks.look(page, 320, "light")
    wide = []
    for path in desk[1]:
        page.goto(desk[0] + path)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(path)
    assert wide == []


@pytest.mark.parametrize("language", ["es-ES", "en-GB", "ca-ES"])
def test_the_views_of_the_case_book_take_two_lines_at_1024_px(chromium: Browser, desk: tuple[str, list[str]], language: str) -> None:
    page = opened(chromium, language)
    page_checks.look(page, 1024, "light")
    page.goto(desk[0] + "/cases")
    tops = page.evaluate("[...document.querySelectorAll('nav.views a')].map((one) => one.getBoundingClientRect().top)")
    assert len(tops) > 8
    assert len(set(tops)) == 2


@pytest.mark.parametrize("width", [1024, 961, 900, 768])
def test_the_list_of_cases_fits_a_tablet(chromium: Browser, desk: tuple[str, list[str]], width: int) -> None:
    page = opened(chromium, "es-ES")
    page_checks.look(page, width, "light")
    page.goto(desk[0] + "/cases")
    for word in page.locator(".cases td[data-name]").all()[:3]:  # topic, district and department
        word.evaluate("(one) => { one.textContent = 'Medioambiente, educación y administración' }")
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize("number", [0, 4, 18, 26])
def test_a_page_looks_the_same_resized_as_loaded_anew(chromium: Browser, desk: tuple[str, list[str]], number: int) -> None:
    page, address = opened(chromium, "es-ES"), desk[0] + desk[1][number]
    page_checks.look(page, 1440, "light")
    page_checks.load(page, address)
    first = page_checks.drawing(page)
    page_checks.look(page, 390, "dark")
    resized = page_checks.drawing(page)
    page_checks.load(page, address)
    assert resized == page_checks.drawing(page)
    assert first != resized


@pytest.mark.parametrize(
    ("path", "rows"), [("/cases", "main tbody tr"), ("/posts?period=all", ".rows .row"), ("/review", ".doubtful .text")]
)
def test_a_list_on_paper_has_its_rows_and_no_controls(chromium: Browser, desk: tuple[str, list[str]], path: str, rows: str) -> None:
    page = opened(chromium, "es-ES")
    page_checks.look(page, 794, "dark")  # A4 at 96 dots an inch; paper is white whatever the screen is
    page.goto(desk[0] + path)
    on_screen = page.locator(rows).count()
    page.emulate_media(media="print")
    printed = [one for one in page.locator(rows).all() if one.is_visible()]
    assert len(printed) == on_screen > 0
    controls = page.locator("button, input, select, textarea, .rail, .facets").all()
    assert [one.evaluate("(one) => one.outerHTML.slice(0, 80)") for one in controls if one.is_visible()] == []
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(23, 33, 43)"
