"""The desk in a real browser: accessible by WCAG 2.1 AA, worked by keyboard alone, at home on a narrow screen, and keeping to itself."""

import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Literal

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from core.config.profile.reports import Scope
from core.records.marked_event import EventFields
from desk.app import create_app
from ledger import read
from pipeline import all_steps as steps, marked_events
from pipeline.context import Context, Source
from search.connection.engine import stop_embedded
from tests.support.played import PlayedOptions
from tests.support.report_numbers import write_numbers
from tests.support.seeded import open_seeded

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)"),
]

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
TRIED = "/settings/triage?try=1&act=0.9&review=0.2&reach=0.95&review_per_day=60&pooled=0.8&same_days=21&similar=&reopen_days=14"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = open_seeded(tmp_path_factory.mktemp("home"), 60, datetime.now(UTC) - timedelta(minutes=5), replay=True)
    context.sources["archive"] = Source("archive", SimpleNamespace(), PlayedOptions(every=60), None, [])
    steps.index(context)
    steps.report(context, "weekly")
    today = datetime.now(UTC).date()
    strike = EventFields(name="Huelga", first_day=today - timedelta(days=4), last_day=today - timedelta(days=2))
    marked_events.add(context, strike, "ana")
    assert context.annotator.model  # loaded before the browser's clock runs
    yield context
    context.ledger.close()
    stop_embedded(context.settings)


@pytest.fixture(scope="module")
def address(context: Context) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(context), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def pages(context: Context) -> list[str]:
    """Every page of the desk, with one post and one case."""
    post = next(read.post_records(context.ledger)).post_id
    case = next(read.case_records(context.ledger)).case_key
    return [
        "/", "/posts", "/posts?q=farola", f"/posts?open={post}", "/posts?topic=noise&period=today", "/search?q=farola", "/shortcuts",
        f"/posts/{post}", f"/posts/{post}/words", "/cases", f"/cases/{case}", "/map", "/review",
        "/cases?layout=board", "/cases?layout=map", "/cases?whose=department", "/views", "/review?layout=list",
        "/dashboards/now", "/dashboards/service", "/dashboards/conversation", "/dashboards/cases", "/reports",
        write_numbers(context, Scope(), datetime.now(UTC)), "/sources", "/notice", "/warnings", "/forecast", "/subscriptions",
        "/subscriptions?topic=noise",
        "/settings", TRIED, "/settings/working_hours", "/settings/departments", "/settings/departments?new=1", "/settings/templates",
        "/map?by=barrio&show=change", "/map?district=Salamanca", "/map?area=40.4,-3.75,40.45,-3.7,40.42,-3.65&step=3",
        "/profiles", "/profiles/service/waste_cleaning", "/profiles/district/Salamanca", "/events", "/events/1",
        "/settings/templates?item=Recibido%2Fes", "/settings/answers", "/settings/warnings", "/sources/archive/refused",
        "/login", "/account", "/users", "/tokens", "/audit", "/nothing",
    ]  # fmt: skip


def opened(chromium: Browser, language: str, width: int = 1280, colours: Literal["light", "dark"] = "light") -> Page:
    viewport: ViewportSize = {"width": width, "height": 900}
    return chromium.new_context(viewport=viewport, locale=language, color_scheme=colours).new_page()


@pytest.mark.parametrize(
    ("language", "width", "colours"), [("es-ES", 1440, "light"), ("en-GB", 1024, "dark"), ("es-ES", 390, "dark")]
)
def test_no_page_breaks_an_accessibility_rule(
    context: Context, address: str, chromium: Browser, language: str, width: int, colours: Literal["light", "dark"]
) -> None:
    page = opened(chromium, language, width, colours)
    broken = {}
    for path in pages(context):
        page.goto(address + path)
        found = Axe().run(page, options=RULES).response["violations"]
        if found:
            broken[path] = [(one["id"], one["nodes"][0]["html"][:200]) for one in found]
    assert broken == {}


def test_no_page_asks_anything_of_another_server_or_breaks_the_security_policy(
    context: Context, address: str, chromium: Browser
) -> None:
    page = opened(chromium, "es-ES")
    asked: set[str] = set()
    said: list[str] = []
    page.on("request", lambda request: asked.add("/".join(request.url.split("/")[:3])))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    for path in pages(context)[:-1]:
        page.goto(address + path)
    assert asked == {address}
    assert said == []


@pytest.mark.parametrize(
    ("language", "width"),
    [("es-ES", 320), ("ca-ES", 320), ("es-ES", 640)],
    ids=["320 px", "320 px in Catalan", "200 % zoom of 1280 px"],
)
def test_no_page_scrolls_sideways_on_a_narrow_screen(
    context: Context, address: str, chromium: Browser, language: str, width: int
) -> None:
    page = opened(chromium, language, width)
    wide = []
    for path in pages(context):
        page.goto(address + path)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(path)
    assert wide == []


def focus(page: Page, wanted: str) -> None:
    """Press Tab until the element with this text or label has the focus."""
    for _ in range(200):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "(() => { const e = document.activeElement; return (e.labels && e.labels[0] ? e.labels[0].innerText : e.innerText) || '' })()"
        )
        if " ".join(here.split()) == wanted:
            return
    raise AssertionError(f"'{wanted}' cannot be reached with the Tab key on {page.url}")


def test_by_keyboard_alone_a_post_is_found_a_label_corrected_and_a_case_resolved(
    context: Context, address: str, chromium: Browser
) -> None:
    page = opened(chromium, "en-GB")
    page.goto(address + "/")
    focus(page, "Posts")
    page.keyboard.press("Enter")
    page.wait_for_url("**/posts")
    focus(page, "Words")
    page.keyboard.type("farola fundida")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=farola*")
    page.locator(".row a.into").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**open=*")
    focus(page, "Whole page and answer")
    page.keyboard.press("Enter")
    page.wait_for_url("**/posts/*")
    focus(page, "Correct Sentiment")
    page.keyboard.press("Enter")
    focus(page, "Correct answer")
    page.keyboard.type("neutral")
    focus(page, "Save")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert page.locator("tr", has_text="Sentiment").first.inner_text().split("\t")[1].startswith("neutral")
    page.locator("a[href^='/cases/C-']").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/C-*")
    focus(page, "Resolve")
    page.keyboard.press("Enter")
    focus(page, "Why (optional)")
    page.keyboard.type("mended")
    focus(page, "Resolve")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert "mended" in page.locator("ol.history").inner_text()
