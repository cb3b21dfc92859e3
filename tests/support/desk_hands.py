"""Work the desk in a browser with the mouse or the keyboard, counted."""

import time
from typing import Literal

from playwright.sync_api import Error, Locator, Page

from tests.support.desk_client import PASSWORDS

MOST_TABS = 60
"""Presses of a key after which a control counts as out of reach."""
OPENS = "(one) => one.matches('a[href]:not([href*=export]), form button:not([type=button])')"
"""Whether a control opens another page."""
TYPING = "document.activeElement.closest('input:not([type=checkbox], [type=radio]), textarea, select') !== null"

MOST_WAITING_S = 90.0
"""Seconds after which a condition of the page counts as never met."""
FORGOTTEN_MS = 1_500
"""Pause after which a menu takes the next letter for a first one."""


def wait_until(page: Page, condition: str) -> None:
    """Wait until an expression of the page is true.

    Playwright's own `wait_for_function` asks again from inside the page, where the desk's policy refuses to evaluate a string: it passes
    only where the first answer is true.

    Raises:
        AssertionError: the condition is not met within `MOST_WAITING_S`.
    """
    end = time.monotonic() + MOST_WAITING_S
    while time.monotonic() < end:
        try:
            if page.evaluate(condition):
                return
        except Error as error:
            if "context was destroyed" not in str(error):
                raise
        page.wait_for_timeout(50)
    raise AssertionError(f"not met in {MOST_WAITING_S:.0f} s: {condition}")


class Hands:
    """Operate controls with one device; count controls and keys.

    With the keyboard, each control is reached as the desk offers it: by its own shortcut, by J in a list, by the link that skips to the
    content, else by Tab alone; Enter uses it, Space ticks a box. Every press counts.
    """

    def __init__(self, page: Page, device: Literal["mouse", "keyboard"] = "mouse") -> None:
        self.page, self.device, self.made, self.keys = page, device, 0, 0

    def on(self, what: Locator) -> None:
        """Click a control, or reach and use it with keys; wait for what it opens."""
        opens = what.evaluate(OPENS)
        self.page.evaluate("window.isLeft = false")
        if self.device == "mouse":
            what.click()
        elif not self._shortcut(what):
            self._walk_to(what)
            self._use(what)
        if opens:
            wait_until(self.page, "window.isLeft === undefined")
        self.page.wait_for_load_state()
        self.made += 1

    def choose(self, what: Locator, option: str) -> None:
        """Choose from a menu; with the keyboard by its first letters."""
        if self.device == "mouse":
            what.select_option(option)
            return
        if not self._shortcut(what):
            self._walk_to(what)
        before = self.keys
        for _ in range(3):  # a browser forgets the letters before one that comes a second later, as on a busy machine
            self.keys = before
            for letter in option:
                self.press(letter)
                if what.locator("option:checked").inner_text() == option:
                    return
            self.page.wait_for_timeout(FORGOTTEN_MS)
        raise AssertionError(f"typing does not choose '{option}'")

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1

    def _shortcut(self, what: Locator) -> bool:
        """Press the shortcut of a control; False without one."""
        keys = what.get_attribute("data-key")
        if keys is None or self.page.evaluate(TYPING):
            return False
        for key in keys.split():
            self.press(key)
        return True

    def _use(self, what: Locator) -> None:
        kind = what.get_attribute("type")
        if kind != "radio":
            self.press("Space" if kind == "checkbox" else "Enter")
            return
        while not what.is_checked():
            self.press("ArrowRight")

    def _walk_to(self, what: Locator) -> None:
        """Move the focus to a control, or into its group of choices."""
        what.wait_for()
        self._skip_to(what)
        name = what.get_attribute("name") if what.get_attribute("type") == "radio" else None
        reached = "(one) => one === document.activeElement"
        if name is not None:
            reached = f"() => document.activeElement.name === {name!r}"
        for _ in range(MOST_TABS):
            if what.evaluate(reached):
                return
            self.press("Tab")
        raise AssertionError(f"{what} is not reached with {MOST_TABS} presses of Tab")

    def _skip_to(self, what: Locator) -> None:
        """Press J until the focus is in the row of a control, or skip what comes before the content."""
        is_in_row = "(one) => one.closest('[data-row]') !== null && !one.closest('[data-row]').contains(document.activeElement)"
        if what.evaluate(is_in_row) and not self.page.evaluate(TYPING):
            for _ in range(MOST_TABS):
                self.press("j")
                if what.evaluate("(one) => one.closest('[data-row]').contains(document.activeElement)"):
                    return
        begins = "(one) => one.closest('main') !== null && document.activeElement === document.body && !location.hash"
        if what.evaluate(begins):
            self.press("Tab")
            self.press("Enter")


def as_ben(page: Page, address: str) -> Page:
    """Log in the agent of `people`."""
    page.goto(address + "/login")
    page.get_by_label("Name").fill("ben")
    page.get_by_label("Password").fill(PASSWORDS["ben"])
    page.keyboard.press("Enter")
    page.wait_for_url(address + "/")
    return page
