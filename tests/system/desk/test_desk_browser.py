"""A post is found, a label corrected and a case resolved in a real browser, by keyboard alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import delete

from desk.app import create_app
from ledger import read, schema
from ledger.cases import ownership
from ledger.database.writing import writing
from pipeline import all_steps as steps
from pipeline.context import Context
from search.connection.engine import stop_embedded
from tests.support.page_checks import CHROMIUM, launched, opened
from tests.support.seeded import open_seeded
from tests.support.served_pages import served_at

__all__ = ["CHROMIUM", "opened"]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)")]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = open_seeded(tmp_path_factory.mktemp("home"), 60, datetime.now(UTC) - timedelta(minutes=5), replay=True)
    steps.index(context)
    yield context
    context.ledger.close()
    stop_embedded(context.settings)


@pytest.fixture(scope="module")
def address(context: Context) -> Iterator[str]:
    with served_at(create_app(context)) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    yield from launched()


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


def test_by_keyboard_alone_a_post_is_found_a_label_corrected_and_a_case_resolved(context: Context, address: str, chromium: Browser) -> None:
    page = opened(chromium, "en-GB")
    page.goto(address + "/")
    focus(page, "Posts")
    page.keyboard.press("Enter")
    page.wait_for_url("**/posts")
    focus(page, "Words and fields")
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
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("tr", has_text="Sentiment").first.inner_text().split("\t")[1].startswith("neutral")
    page.locator("a[href^='/cases/C-']").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/C-*")
    focus(page, "More .")
    page.keyboard.press("Enter")
    focus(page, "Resolve E")
    page.keyboard.press("Enter")
    focus(page, "Why (optional)")
    page.keyboard.type("mended")
    focus(page, "Resolve")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "mended" in page.locator("#history + ol").inner_text()


def test_by_keyboard_alone_a_search_with_fields_is_typed_mended_and_found(address: str, chromium: Browser) -> None:
    page = opened(chromium, "en-GB")
    page.goto(address + "/posts")
    page.keyboard.press("w")
    page.keyboard.type("topic:lightning farola")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=topic*")
    wrong = page.locator("#q:focus")
    assert wrong.input_value() == "topic:lightning farola"
    said = wrong.evaluate(
        "(one) => one.getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id).innerText).join(' ')"
    )
    assert "there is no “lightning”. Nearest: Street lighting" in said
    focus(page, 'Search instead: topic:"Street lighting"')
    page.keyboard.press("Enter")
    page.wait_for_url("**topic=street_lighting*")
    assert page.locator("#q").input_value() == 'topic:"Street lighting" farola'
    assert page.locator(".lens .chip.on").inner_text().endswith("Street lighting")


def test_who_has_a_case_open_sees_a_colleague_come_without_loading_it_again(context: Context, address: str, chromium: Browser) -> None:
    case = next(iter(read.case_records(context.ledger))).case_key
    page = opened(chromium, "es-ES")
    page.clock.install()
    page.goto(f"{address}/cases/{case}")
    line = page.locator("#viewers")
    assert not line.is_visible()
    ownership.note_viewer(context.ledger, case, "eva", datetime.now(UTC))
    page.clock.fast_forward(31_000)
    line.wait_for(state="visible")
    assert line.inner_text() == "También lo tiene abierto ahora: eva"
    with writing(context.ledger) as connection:
        connection.execute(delete(schema.case_viewers).where(schema.case_viewers.c.who == "eva"))
    page.clock.fast_forward(31_000)
    line.wait_for(state="hidden")
