"""Label posts in a real browser by keyboard alone; the pages are accessible at each width."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from desk.app import create_app
from ledger import read
from pipeline.context import Context
from pipeline.proof import sampling
from tests.support.page_checks import CHROMIUM, launched
from tests.support.seeded import open_seeded
from tests.support.served_pages import served_at

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)")]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}


@pytest.fixture
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = open_seeded(tmp_path_factory.mktemp("home"), 60, datetime.now(UTC) - timedelta(minutes=5))
    yield context
    context.ledger.close()


@pytest.fixture
def address(context: Context) -> Iterator[str]:
    with served_at(create_app(context)) as address:
        yield address


@pytest.fixture
def chromium() -> Iterator[Browser]:
    yield from launched()


def pressed(page: Page, *keys: str) -> None:
    """Press keys; the last one opens the next page."""
    *first, last = keys
    for key in first:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press(last)


def test_posts_are_labelled_by_keyboard_alone(context: Context, address: str, chromium: Browser) -> None:
    sampling.draw(context, 3, "ana", seed="abcd")
    page = chromium.new_context(locale="en-GB").new_page()
    page.goto(f"{address}/gold")
    pressed(page, "Enter")
    assert page.locator(":checked").count() == 0
    pressed(page, "y", "q", "5", "1", "-", "Enter")
    assert "1 of 3 posts done" in page.inner_text("main")
    page.locator("input[name=actionable][value=false]").check()  # by mouse: the keys go on working
    pressed(page, "w", "9", "2", "4", "Enter")
    sample = read.gold_sample(context.ledger)
    assert sample is not None
    one, two = (label.answers for label in read.gold_labels(context.ledger, sample.number))
    assert one == {"actionable": True, "topic": "culture_sports_events", "intent": "complaint", "sentiment": "negative", "places": []}
    assert two == {"actionable": False, "topic": "border", "intent": "news", "sentiment": "border"}
    pressed(page, "x")
    assert "1 of 3 posts done" in page.inner_text("main")
    pressed(page, "s")
    pressed(page, "s")
    assert "Every post of the sample is done." in page.inner_text("main")
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_an_incomplete_answer_is_not_sent(context: Context, address: str, chromium: Browser) -> None:
    sampling.draw(context, 1, "ana")
    page = chromium.new_context(locale="en-GB").new_page()
    page.goto(f"{address}/gold")
    pressed(page, "Enter")
    page.keyboard.press("y")
    page.keyboard.press("Enter")
    assert page.locator("input[name=topic]:invalid").count() > 0
    assert page.get_by_role("button", name="Save, next post").is_visible()
    page.get_by_role("button", name="Skip").focus()
    pressed(page, "Enter")  # of the button with the focus, not of "Save"
    assert [one.answers for one in read.gold_labels(context.ledger, 1)] == [{}]


@pytest.mark.parametrize(("width", "language", "colours"), [(1440, "es-ES", "light"), (1024, "en-GB", "dark"), (390, "ca-ES", "light")])
def test_the_pages_are_accessible_and_fit(
    context: Context, address: str, chromium: Browser, width: int, language: str, colours: str
) -> None:
    page = chromium.new_context(
        viewport={"width": width, "height": 900}, locale=language, color_scheme="dark" if colours == "dark" else "light"
    ).new_page()
    broken = {}

    def look(name: str) -> None:
        found = Axe().run(page, options=RULES).response["violations"]
        broken.update({name: [one["id"] for one in found]} if found else {})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name

    page.goto(f"{address}/gold")
    look("empty")
    sampling.draw(context, 40, "ana", seed="abcd")
    sample = read.gold_sample(context.ledger)
    assert sample is not None
    answers = {"topic": "noise", "intent": "complaint", "sentiment": "negative"}
    for n, post_id in enumerate(sample.post_ids[:36]):
        said = sampling.checked("", {"actionable": "true" if n % 3 else "border", **answers}, None)
        for who in ("ana", "ben")[: 1 + (n < 4)]:
            sampling.answer(context, sample.number, post_id, who, said)
    page.goto(f"{address}/gold")
    look("proof")
    pressed(page, "Enter")
    look("post")
    assert broken == {}
