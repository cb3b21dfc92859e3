"""Look through what is already reported, before sending, in a real browser: no script, every width, accessible."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from ledger.database import open_ledger
from ledger.database.writing import writing
from ledger.schema import cases
from pipeline.context import now
from portal.app import create_app
from portal.pages import report_form
from tests.support.ledger_facts import SALT, post
from tests.support.page_checks import CHROMIUM, launched
from tests.support.portal_facts import open_case, portal_context
from tests.support.served_pages import served_at

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)")]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
STREET = "Calle de Narváez"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("portal")
    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)
    for n, topic in enumerate(("street_lighting", "waste_cleaning"), start=1):
        at = now() - timedelta(hours=n)
        one = post(n, created_at=at, received_at=at)
        open_case(ledger, one, at, topic=topic, place=STREET, district="Retiro", lat=40.4205, lon=-3.6755)
    with writing(ledger) as connection:
        connection.execute(cases.update().values(authors=4))
    with served_at(create_app(portal_context(home, ledger))) as found:
        yield found
    ledger.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    yield from launched()


@pytest.mark.parametrize(
    ("width", "language", "colours"), [(320, "es", "light"), (390, "ca", "dark"), (1024, "en", "dark"), (1440, "eu", "light")]
)
def test_what_is_reported_near_is_accessible_and_fits_and_is_followed_by_keyboard(
    chromium: Browser, address: str, width: int, language: str, colours: Literal["light", "dark"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    context = chromium.new_context(locale=language, color_scheme=colours, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/report")
    page.select_option("#service", "street_lighting")
    page.fill("#place", STREET)
    page.fill("#description", "Farola apagada")
    with page.expect_navigation():
        page.locator("form.report > p button").click()
    assert page.locator("button[name=follow]").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    page.locator("button[name=follow]").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/case/**")
    context.close()


def test_without_script_mine_is_sent_by_its_own_button(chromium: Browser, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    context = chromium.new_context(java_script_enabled=False, locale="es", viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/report")
    page.select_option("#service", "street_lighting")
    page.fill("#place", STREET)
    page.fill("#description", "Farola apagada")
    page.locator("form.report > p button").click()
    page.locator("button[name=another]").click()
    page.wait_for_url("**/case/**")
    assert "Su aviso" in page.inner_text("main") or "recibid" in page.inner_text("main")
    context.close()
