"""The checks of pages find what they look for."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support import page_checks

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(page_checks.CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)"),
]
PAGE = """data:text/html,<!doctype html><html lang=es><meta name=viewport content='width=device-width'><title>x</title>
<style>@media (prefers-color-scheme: dark) { p { color: rgb(120, 120, 120); background: rgb(100, 100, 100) } }</style>
<main><h1>x</h1>BODY</main>"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    yield from page_checks.launched()


def shown(chromium: Browser, body: str) -> page_checks.Found:
    page: Page = page_checks.opened(chromium, "es-ES")
    return page_checks.check(page, "", [PAGE.replace("BODY", body)], (390,))


def looks(found: dict[str, list[str]]) -> list[str]:
    return [one.rpartition("(")[2].rstrip(")") for one in found]


def test_a_good_page_has_no_fault(chromium: Browser) -> None:
    found = shown(chromium, "<a href=/y>word</a>")
    assert (found.broken, found.wide, found.small, found.unfocused, found.runs) == ({}, {}, {}, {}, 2)


def test_a_colour_that_is_hard_to_read_in_the_dark_is_found(chromium: Browser) -> None:
    assert looks(shown(chromium, "<p>word</p>").broken) == ["390 dark"]


def test_content_that_sticks_out_is_found_in_the_widths_where_it_does(chromium: Browser) -> None:
    assert looks(shown(chromium, "<div style='width:350px'>word</div>").wide) == ["320"]


def test_small_text_is_found(chromium: Browser) -> None:
    assert looks(shown(chromium, "<b style='font-size:10px'>word</b>").small) == ["390"]


@pytest.mark.parametrize(
    "body",
    ["<a href=/y style='outline:none'>word</a>", "<div style='position:fixed;inset:0'></div><a href=/y>word</a>"],
    ids=["no mark", "under a bar"],
)
def test_a_focus_that_is_not_seen_is_found(chromium: Browser, body: str) -> None:
    assert looks(shown(chromium, body).unfocused) == ["390"]
