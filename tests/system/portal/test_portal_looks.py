"""Every page of the portal: by the rules of accessibility, in each language, three widths, light and dark."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ledger.database import open_ledger
from portal.app import create_app
from portal.rendering import LANGUAGES
from tests.support import page_checks
from tests.support.ledger_facts import SALT
from tests.support.page_checks import CHROMIUM, COLOURS, WIDTHS, Found
from tests.support.portal_facts import portal_context
from tests.support.portal_pages import ALWAYS_THERE, PAGES, WRONG
from tests.support.served_pages import served_at

pytest_plugins = ("tests.support.portal_fixtures",)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)"),
]
MOST = ("es", "en")
"""Languages looked at in all widths; the others, whose words are longer or shorter, in the narrowest."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    yield from page_checks.launched()


@pytest.fixture(scope="module", params=sorted(LANGUAGES))
def found(request: pytest.FixtureRequest, chromium: Browser, address: str, of_a_report: list[str]) -> Found:
    """Look at every page in one language."""
    receipt, _, mails = of_a_report
    paths = [one.format(receipt=receipt, mails=mails) for one in PAGES]
    widths = WIDTHS if request.param in MOST else WIDTHS[-1:]
    found = page_checks.check(page_checks.opened(chromium, request.param), address, paths, widths)
    assert found.runs == len(PAGES) * len(widths) * len(COLOURS)
    return found


def test_every_page_is_accessible_and_fits(found: Found) -> None:
    page_checks.assert_nothing_wrong(found)


def test_every_page_is_accessible_and_fits_without_a_case(chromium: Browser, tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    with served_at(create_app(portal_context(tmp_path, ledger))) as address:
        found = page_checks.check(page_checks.opened(chromium, "es"), address, ALWAYS_THERE)
    ledger.close()
    page_checks.assert_nothing_wrong(found)


def test_what_is_not_there_is_said_on_a_page_that_is_accessible(chromium: Browser, address: str) -> None:
    page_checks.assert_nothing_wrong(page_checks.check(page_checks.opened(chromium, "es"), address, WRONG))


@pytest.mark.parametrize("path", ["/", "/open", "/times"])
def test_a_page_looks_the_same_resized_as_loaded_anew(chromium: Browser, address: str, path: str) -> None:
    page = page_checks.opened(chromium, "es")
    page_checks.look(page, 1440, "light")
    page_checks.load(page, address + path)
    page_checks.look(page, 390, "dark")
    resized = page_checks.drawing(page)
    page_checks.load(page, address + path)
    assert resized == page_checks.drawing(page)
