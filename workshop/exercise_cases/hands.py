"""Use a browser page like a person, and count every action."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page


@dataclass
class Count:
    """Hold what one kind of work took."""

    clicks: int = 0
    keys: int = 0
    pages: int = 0
    seconds: float = 0.0
    times: int = 0
    """How often this work was done."""

    def add(self, other: "Count") -> None:
        """Add another count to this one."""
        for name in ("clicks", "keys", "pages", "seconds", "times"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Hands:
    """Count clicks, keys, pages and seconds.

    A list of choices takes two clicks, a triple click three, a key with Control two keys.
    """

    total: dict[str, Count] = field(default_factory=dict)
    now: Count = field(default_factory=Count)

    @contextmanager
    def work(self, name: str) -> Iterator[None]:
        """Count what happens inside as one piece of this work.

        The seconds are those of browser and server.
        """
        self.now, start = Count(times=1), time.perf_counter()
        yield
        self.now.seconds = time.perf_counter() - start
        self.total.setdefault(name, Count()).add(self.now)

    def click(self, target: Locator, loads: bool = False) -> None:
        """Send one click to an element.

        `loads`: it opens a page, whose loading is waited for.
        """
        self.now.clicks += 1
        if loads:
            self.now.pages += 1
            with target.page.expect_navigation(wait_until="load"):
                target.click()
        else:
            target.click()

    def look_at(self, page: Page) -> None:
        """Change to another tab of the browser."""
        self.now.clicks += 1
        page.bring_to_front()

    def choose(self, target: Locator, value: str) -> None:
        """Open a list and choose from it."""
        self.now.clicks += 2
        target.select_option(value)

    def type(self, target: Locator, text: str) -> None:
        """Type at the end of a field that has the focus."""
        self.now.keys += len(text)
        target.press("End")
        target.press_sequentially(text)

    def copy(self, target: Locator) -> None:
        """Select a paragraph with a triple click and copy it."""
        self.now.clicks += 3
        self.now.keys += 2
        target.click(click_count=3)
        target.page.keyboard.press("Control+c")

    def paste(self, target: Locator) -> None:
        """Put the copied text into a field."""
        self.now.clicks += 1
        self.now.keys += 2
        target.click()
        target.page.keyboard.press("Control+v")

    def enter(self, target: Locator) -> None:
        """Send a form with the Enter key, which loads a page."""
        self.now.keys += 1
        self.now.pages += 1
        with target.page.expect_navigation(wait_until="load"):
            target.press("Enter")
