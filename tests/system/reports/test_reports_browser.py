"""The report's page in a real browser: open to everybody, narrow screens too, and nothing in it runs or is loaded."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from core.config.settings import Settings
from ledger.database import open_ledger
from reports.build.statistics import Numbers
from reports.document.sections import build_document
from reports.output.html import render
from reports.publish import NUMBERS, write_report
from tests.support.ledger_facts import SALT
from tests.support.report_facts import CITY, NOW, small_ledger

CHROMIUM = shutil.which("chromium")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)")]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NASTY = ("<script>document.title='run'</script>", "a" * 5000, "שלום ‮evil‬ مرحبا", "👨‍👩‍👧 马德里", "<img src=x onerror=alert(1)>")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A full report, an empty one, and one that quotes what it should not trust; in both languages."""
    full, empty = tmp_path_factory.mktemp("full"), tmp_path_factory.mktemp("empty")
    found: dict[str, Path] = {}
    for name, ledger in (("full", small_ledger(full)), ("empty", open_ledger(f"sqlite:///{empty / 'l.sqlite'}", SALT))):
        home = tmp_path_factory.mktemp(f"home_{name}")
        found |= {f"{name} {one.language}": one.page for one in write_report(CITY, Settings(home=home), ledger, "weekly", NOW)}
        ledger.close()
    numbers = Numbers.model_validate_json((found["full es"].parent / NUMBERS).read_bytes())
    one = numbers.examples[0]
    told = numbers.model_copy(update={"examples": tuple(one.model_copy(update={"text": text}) for text in NASTY)})
    for language in ("es", "en"):
        path = full / f"nasty.{language}.html"
        path.write_text(render(build_document(CITY, "weekly", told, language)), encoding="utf-8")
        found[f"nasty {language}"] = path
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.mark.parametrize("width", [1280, 320])
def test_no_report_breaks_an_accessibility_rule(pages: dict[str, Path], chromium: Browser, width: int) -> None:
    # The test's own script is let in past the policy; the next test holds the policy itself.
    page = chromium.new_context(bypass_csp=True, viewport={"width": width, "height": 900}).new_page()
    broken = {}
    for name, path in pages.items():
        page.goto(path.as_uri())
        found = Axe().run(page, options=RULES).response["violations"]
        if found:
            broken[name] = [(one["id"], one["nodes"][0]["html"][:200]) for one in found]
    assert broken == {}


def test_the_policy_lets_the_style_in_and_nothing_else(pages: dict[str, Path], chromium: Browser) -> None:
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for path in pages.values():
        page.goto(path.as_uri())
        assert page.evaluate("getComputedStyle(document.querySelector('header')).backgroundColor") == "rgb(11, 79, 108)"
        assert page.title() in ("Informe semanal · Madrid", "Weekly report · Madrid")
    assert asked == [path.as_uri() for path in pages.values()]
    assert said == []


@pytest.mark.parametrize("width", [320, 640], ids=["320 px", "200 % zoom of 1280 px"])
def test_no_report_scrolls_sideways_on_a_narrow_screen(pages: dict[str, Path], chromium: Browser, width: int) -> None:
    page = chromium.new_context(viewport={"width": width, "height": 900}).new_page()
    wide = []
    for name, path in pages.items():
        page.goto(path.as_uri())
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(name)
    assert wide == []
