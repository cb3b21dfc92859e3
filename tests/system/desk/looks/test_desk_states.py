"""Every page of the desk without a post, and while things are broken: rules of accessibility, three widths, light and dark."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from desk.app import create_app
from pipeline.context import Context
from search.connection.engine import stop_embedded
from tests.support import page_checks
from tests.support.desk_client import people
from tests.support.desk_hands import as_ben
from tests.support.desk_pages import ALWAYS_THERE, wrong_addresses
from tests.support.seeded import open_seeded
from tests.support.served_pages import served_at

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(page_checks.CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)"),
]
SEARCHED = ("/", "/posts", "/posts?q=farola", "/search?q=farola", "/dashboards/now", "/profiles/service/noise", "/sources")
"""Pages that say so when the search engine is down."""
REFUSED = (
    "/posts?period=custom&first=tomorrow",
    "/settings/triage?try=1&act=7&review=x",
    "/users",
    "/posts?q=%22",
    "/posts?q=eye:x+district:Uzera",
)
"""Addresses that are wrong, or not for an agent."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    yield from page_checks.launched()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 0, datetime.now(UTC))
    yield context
    context.ledger.close()
    stop_embedded(context.settings)


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Context]:
    """A filled desk whose search engine is down, with users."""
    context = open_seeded(tmp_path, 30, datetime.now(UTC) - timedelta(minutes=5))
    context.settings = context.settings.model_copy(update={"elasticsearch_url": "http://127.0.0.1:1"})
    people(context)
    yield context
    context.ledger.close()


def test_no_page_without_a_post_breaks_a_rule_of_accessibility(empty: Context, chromium: Browser) -> None:
    with served_at(create_app(empty)) as address:
        found = page_checks.check(page_checks.opened(chromium, "es-ES"), address, ALWAYS_THERE)
    page_checks.assert_nothing_wrong(found)


def test_no_page_breaks_a_rule_of_accessibility_while_things_are_broken(broken: Context, chromium: Browser) -> None:
    app = create_app(broken)
    with served_at(app) as address:
        page = as_ben(page_checks.opened(chromium, "en-GB"), address)
        page.goto(address + "/posts?q=farola")
        assert "The search engine does not answer" in page.locator("main").inner_text()
        found = page_checks.check(page, address, [*SEARCHED, *REFUSED, *wrong_addresses(app)])
    page_checks.assert_nothing_wrong(found)
