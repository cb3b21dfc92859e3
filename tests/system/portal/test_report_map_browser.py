"""Choose the point of a report on the map in a real browser: no script, every width, accessible, by mouse and by keyboard."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from ledger import read
from ledger.database import Ledger, open_ledger
from portal.app import create_app
from portal.pages import report_form
from tests.support.ledger_facts import SALT
from tests.support.page_checks import CHROMIUM, launched
from tests.support.portal_facts import portal_context
from tests.support.served_pages import served_at

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)")]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
MAP = ".pick input:visible"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = open_ledger(f"sqlite:///{tmp_path_factory.mktemp('home') / 'ledger.sqlite'}", SALT)
    yield ledger
    ledger.close()


@pytest.fixture(scope="module")
def address(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    app = create_app(portal_context(tmp_path_factory.mktemp("portal"), ledger))
    with served_at(app) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    yield from launched()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)


def click(page: Page, right: float, down: float) -> None:
    """Click on the map, at these shares of its width and height."""
    box = page.locator(MAP).bounding_box()
    assert box is not None
    with page.expect_navigation():
        page.locator(MAP).click(position={"x": box["width"] * right, "y": box["height"] * down})


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.locator(button).click()


def marked(page: Page) -> tuple[float, float]:
    """Return where the mark is, as shares of the map."""
    box, mark = page.locator(MAP).bounding_box(), page.locator(".pick .mark:visible").bounding_box()
    assert box is not None
    assert mark is not None
    return ((mark["x"] + mark["width"] / 2 - box["x"]) / box["width"], (mark["y"] + mark["height"] / 2 - box["y"]) / box["height"])


@pytest.mark.parametrize("width", [320, 390, 700, 1440])
def test_by_mouse_without_script_the_mark_is_where_the_click_was(chromium: Browser, address: str, width: int) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="es", viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/report")
    assert page.locator(MAP).count() == 1  # one size of three is shown
    page.fill("#description", "La farola lleva un mes fundida")
    page.select_option("#service", "street_lighting")
    click(page, 0.5, 0.5)
    click(page, 0.4, 0.6)
    before = page.locator(MAP).get_attribute("src")
    click(page, 0.3, 0.7)
    assert page.locator(MAP).get_attribute("src") == before
    assert marked(page) == pytest.approx((0.3, 0.7), abs=0.01)
    assert page.input_value("#description") == "La farola lleva un mes fundida"
    page.locator("form.report > p button").click()
    page.wait_for_url("**/case/**")
    context.close()


@pytest.mark.parametrize(
    ("width", "language", "colours"), [(390, "es", "light"), (1024, "en", "dark"), (1440, "es", "light"), (320, "eu", "dark")]
)
def test_every_step_is_accessible_and_fits(
    chromium: Browser, address: str, width: int, language: str, colours: Literal["light", "dark"]
) -> None:
    context = chromium.new_context(locale=language, color_scheme=colours, viewport={"width": width, "height": 900})
    page = context.new_page()
    console: list[str] = []
    page.on("console", lambda message: console.append(message.text))
    page.goto(f"{address}/report")

    def look(what: str) -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width, what
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{what}: {found.generate_report()}"

    page.fill("#place", "Paseo de Extremadura 100")
    click(page, 0.01, 0.99)
    look("outside of the city")
    assert page.locator(".where .fault").count() == 1
    press(page, "button[value=show]")
    look("an address is shown")
    press(page, "button[value=city]")
    click(page, 0.45, 0.55)
    look("the district")
    click(page, 0.5, 0.5)
    look("a point that is not at the address")
    assert page.locator(".where .good p").count() == 2
    press(page, "form.report > p button")
    look("a fault beside a point")
    assert page.locator("[aria-invalid]").count() == 2
    press(page, "button[value=clear]")
    look("the point is removed")
    assert page.locator(".where .good").count() == 0
    assert [text for text in console if "Content Security Policy" in text] == []
    context.close()


def test_the_enter_key_in_a_field_sends_the_report_and_clicks_on_no_map(chromium: Browser, address: str, ledger: Ledger) -> None:
    before = len(list(read.post_records(ledger)))
    context = chromium.new_context(java_script_enabled=False, locale="es")
    page = context.new_page()
    page.goto(f"{address}/report")
    page.select_option("#service", "noise")
    page.fill("#description", "Ruido de obras todas las noches")
    page.fill("#place", "Calle Mayor 3")
    page.locator("#place").press("Enter")
    page.wait_for_url("**/case/**")
    assert len(list(read.post_records(ledger))) == before + 1
    context.close()
