"""Look at the citizens' pages in a real browser: accessible, narrow, by keyboard."""

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from ledger.database import open_ledger
from ledger.schema import cases
from portal.app import create_app
from portal.pages import report_form
from tests.support.ledger_facts import SALT
from tests.support.portal_facts import open_cases, portal_context

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)"),
]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
PAGES = ("/", "/ask?q=farola", "/report", "/case", "/open", "/times", "/data", "/notice", "/nothing")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)
    open_cases(ledger, [9, 8, 7, 6, 5, 4])
    with ledger.write() as connection:
        connection.execute(cases.update().values(authors=4))
    config = uvicorn.Config(create_app(portal_context(Path(home), ledger)), host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    ledger.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(1440, "es"), (390, "en")])
def test_every_page_is_accessible_and_fits(
    chromium: Browser, address: str, width: int, language: str, colours: Literal["light", "dark"]
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, locale=language, color_scheme=colours, java_script_enabled=True
    )
    page = context.new_page()
    console: list[str] = []
    page.on("console", lambda message: console.append(message.text))
    for path in PAGES:
        page.goto(f"{address}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
    assert [text for text in console if "Content Security Policy" in text] == []
    context.close()


def test_a_report_is_sent_by_keyboard_alone(chromium: Browser, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    context = chromium.new_context(locale="es", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/report")
    page.locator("#service").focus()
    page.keyboard.type("Alumbrado")
    page.keyboard.press("Tab")
    page.keyboard.type("Plaza de Lavapiés 3")
    page.keyboard.press("Tab")
    page.keyboard.type("La farola lleva un mes fundida")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/case/**")
    assert page.locator("[role=status]").first.inner_text().startswith("Hemos recibido su aviso.")
    context.close()
