"""Work the queue and the review with keys alone, and count them."""

import statistics
from dataclasses import dataclass, field

from playwright.sync_api import Page

from ledger import read
from pipeline.context import Context

MOST_KEYS = 4
"""Inputs that half of the cases may take at most."""
MOST_REVIEW_KEYS = 20
"""Keys that twenty looks of the review may take."""


@dataclass
class Keys:
    """Count the keys pressed on a page, by piece of work."""

    page: Page
    counts: list[int] = field(default_factory=list)

    def press(self, key: str, opens: bool = False) -> None:
        """Send one key; `opens`: wait for the page that it opens."""
        self.counts[-1] += 1
        if not opens:
            self.page.keyboard.press(key)
            return
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type a text: each letter is a key."""
        self.counts[-1] += len(text)
        self.page.keyboard.type(text)

    @property
    def median(self) -> float:
        """Return how many keys half of the pieces took at most."""
        return statistics.median(self.counts)


def work_queue(page: Page, address: str, context: Context, limit: int) -> Keys:
    """Work cases of the queue as a person would decide.

    A case that is like another one is merged, every fifth of the others goes to another department, every seventh is left for later, and
    the rest is answered with a template.
    """
    keys = Keys(page)
    page.goto(f"{address}/cases?whose=queue", wait_until="load")
    page.keyboard.press("q")
    page.wait_for_url("**/cases/C-*")
    for number in range(limit):
        if "/cases/C-" not in page.url:
            break
        keys.counts.append(0)
        page.locator("article.post .text").first.inner_text()
        case = read.case_record(context.ledger, page.url.partition("/cases/")[2].partition("?")[0])
        if case is not None and "," in (case.place or ""):
            _merge(keys)
        elif number % 5 == 4:
            keys.press("a")  # assign: the list of departments has the focus
            keys.press("ArrowDown")
            keys.press("Tab")
            keys.press("Tab")
            keys.press("Enter", opens=True)
        elif number % 7 == 6:
            keys.press("n", opens=True)
        else:
            keys.press("1" if number % 2 else "2", opens=True)  # a template: its text is on the page
            keys.press("Enter", opens=True)  # keep and approve
    return keys


def _merge(keys: Keys) -> None:
    """Merge the case into the likest one; without any, go on."""
    keys.press("m", opens=True)
    if keys.page.locator("[data-key='1']").count():
        keys.press("1", opens=True)
        return
    with keys.page.expect_navigation(wait_until="load"):
        keys.counts[-1] += 1
        keys.page.go_back()
    keys.press("n", opens=True)


def review(page: Page, address: str, limit: int) -> Keys:
    """Decide looks of the review, one key each."""
    keys = Keys(page)
    page.goto(f"{address}/review", wait_until="load")
    for number in range(limit):
        if not page.locator(".doubtful").count():
            break
        keys.counts.append(0)
        keys.press("n" if number % 3 else "a", opens=True)
    return keys
