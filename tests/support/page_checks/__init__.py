"""Check a page in a browser in every size and colour scheme, loaded once.

The style of desk and portal depends on the size and the colour scheme by media queries alone, so a page need not be loaded again to be
looked at in another one (`drawing` compares both ways).
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, sync_playwright

Colours = Literal["light", "dark"]
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""Rules of axe that hold on every page."""
WIDTHS = (1440, 1024, 390)
NARROW = (640, 320)
"""Widths at which a page must fit too: zoom of 200 % and 400 % at 1280 px (WCAG 1.4.10)."""
HEIGHT = 900
PATIENCE_MS = 90_000
COLOURS: tuple[Colours, ...] = ("light", "dark")
SCRIPT = (Path(__file__).parent / "checks.js").read_text(encoding="utf-8")


@dataclass
class Found:
    """Hold what is wrong on pages: by page and look, the places."""

    broken: dict[str, list[str]] = field(default_factory=dict)
    """Rules of accessibility."""
    wide: dict[str, list[str]] = field(default_factory=dict)
    small: dict[str, list[str]] = field(default_factory=dict)
    unfocused: dict[str, list[str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    """Servers that the pages asked something of."""
    refused: list[str] = field(default_factory=list)
    """Errors of the console; a breach of the security policy is one."""
    loads: int = 0
    runs: int = 0
    """How often axe ran."""


def launched() -> Iterator[Browser]:
    """Start Chromium; close it afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, timeout=PATIENCE_MS)
        for name in ("new_context", "new_page"):
            setattr(browser, name, _patient(getattr(browser, name)))
        yield browser
        browser.close()


def _patient(made: Callable[..., Any]) -> Callable[..., Any]:
    """Let what a browser opens wait longer than Playwright's 30 s: CI runs two lanes on two cores."""

    def open_patiently(*arguments: Any, **named: Any) -> Any:
        opened = made(*arguments, **named)
        opened.set_default_timeout(PATIENCE_MS)
        return opened

    return open_patiently


def opened(browser: Browser, language: str, width: int = 1280, colours: Colours = "light") -> Page:
    """Open an empty page of a visitor without animations: colours in the middle of a fade have another contrast."""
    viewport = {"width": width, "height": HEIGHT}
    made = browser.new_context(viewport=viewport, locale=language, color_scheme=colours, reduced_motion="reduce")  # type: ignore[arg-type]
    return made.new_page()


def look(page: Page, width: int, colours: Colours) -> None:
    """Give the page another size and colour scheme."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme=colours)


def load(page: Page, address: str) -> None:
    """Load a page with the checks."""
    page.goto(address)
    page.evaluate(AXE_SCRIPT)
    page.evaluate(SCRIPT)


def check(page: Page, address: str, paths: Sequence[str], widths: Sequence[int] = WIDTHS) -> Found:
    """Load each page once and look at it in every width and colour scheme."""
    found = Found()
    page.on("request", lambda request: found.asked.add("/".join(request.url.split("/")[:3])))
    page.on("console", lambda message: found.refused.append(f"{page.url}: {message.text}") if message.type == "error" else None)
    for path in paths:
        look(page, widths[0], "light")
        load(page, address + path)
        found.loads += 1
        for width in widths:
            for colours in COLOURS:
                look(page, width, colours)
                _note(found.broken, path, f"{width} {colours}", page.evaluate("(tags) => pageChecks.broken(tags)", TAGS))
                found.runs += 1
            for kind in ("wide", "small", "unfocused"):
                _note(getattr(found, kind), path, str(width), page.evaluate(f"pageChecks.{kind}()"))
        for width in NARROW:
            look(page, width, "light")
            _note(found.wide, path, str(width), page.evaluate("pageChecks.wide()"))
    return found


def assert_nothing_wrong(found: Found) -> None:
    """Fail where a page breaks a rule, or asks something of another server."""
    assert found.broken == {}
    assert found.wide == {}
    assert found.small == {}
    assert found.unfocused == {}
    assert len(found.asked) == 1
    assert [said for said in found.refused if "Content Security Policy" in said] == []


def _note(kind: dict[str, list[str]], path: str, shown: str, wrong: list[str]) -> None:
    if wrong:
        kind[f"{path} ({shown})"] = wrong[:3]


def drawing(page: Page) -> list[str]:
    """Return place, size and colours of every element."""
    found: list[str] = page.evaluate("pageChecks.drawing()")
    return found
