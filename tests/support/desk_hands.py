"""Work the desk in a browser with the mouse or the keyboard, counted."""

from typing import Literal

from playwright.sync_api import Locator, Page

from tests.support.desk_client import PASSWORDS

MOST_TABS = 250
"""Presses of Tab after which a control counts as out of reach."""


class Hands:
    """Operate controls with one device, and count how many.

    With the keyboard, Tab walks to the control and Enter uses it; Space ticks a box. The walk is not counted, as moving a mouse is not.
    """

    def __init__(self, page: Page, device: Literal["mouse", "keyboard"] = "mouse") -> None:
        self.page, self.device, self.made = page, device, 0

    def on(self, what: Locator) -> None:
        if self.device == "mouse":
            what.click()
        else:
            self._walk_to(what)
            self.page.keyboard.press("Space" if what.get_attribute("type") == "checkbox" else "Enter")
        self.page.wait_for_timeout(150)  # the answer to the request begins
        self.page.wait_for_load_state()
        self.made += 1

    def _walk_to(self, what: Locator) -> None:
        what.wait_for()
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if what.evaluate("(one) => one === document.activeElement"):
                return
        raise AssertionError(f"{what} is not reached with {MOST_TABS} presses of Tab")


def as_ben(page: Page, address: str) -> Page:
    """Log in the agent of `people`."""
    page.goto(address + "/login")
    page.get_by_label("Name").fill("ben")
    page.get_by_label("Password").fill(PASSWORDS["ben"])
    page.keyboard.press("Enter")
    page.wait_for_url(address + "/")
    return page
