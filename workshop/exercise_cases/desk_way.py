"""Work the cases on the desk."""

from dataclasses import dataclass

from playwright.sync_api import Page

from ledger import read
from pipeline.context import Context
from workshop.exercise_cases.hands import Hands

TEMPLATE = "Recibido"
ROUTED = 5
"""One case in this number is sent to another department than the one chosen automatically."""
ELSEWHERE = "Atención a la ciudadanía"


@dataclass(frozen=True)
class Todo:
    """Describe the work on one case."""

    key: str
    twin: str | None
    """Key of the case about the same thing; None: there is none."""
    is_routed: bool


def todos(context: Context) -> list[Todo]:
    """Return the work, the earliest due case first."""
    cases = list(read.case_records(context.ledger, order="due", limit=200))
    by_problem = {(one.topic, one.place): one.case_key for one in cases if "," not in (one.place or "")}
    found, number = [], 0
    for one in cases:
        is_again = "," in (one.place or "")
        twin = by_problem.get((one.topic, _street(one.place))) if is_again else None
        number += not is_again
        found.append(Todo(one.case_key, twin, not is_again and number % ROUTED == 0))
    return sorted(found, key=lambda one: one.twin is None)  # merged first, as their twin is answered then


def _street(place: str | None) -> str:
    return (place or "").partition(",")[0]


def work(hands: Hands, page: Page, address: str, one: Todo) -> None:
    """Work one case, from the list of cases on."""
    page.goto(f"{address}/cases", wait_until="load")
    with hands.work("read"):
        hands.click(page.locator(f'a[href="/cases/{one.key}"]').first, loads=True)
        page.locator("article.post .text").first.inner_text()
    if one.twin is not None:
        with hands.work("merge"):
            _merge(hands, page, one.twin)
        return
    with hands.work("route"):
        if one.is_routed:
            form = page.locator('form[action$="/assign"]')
            hands.click(page.locator("#more > summary"))
            hands.click(page.locator("#more details", has=form).locator("summary"))
            hands.choose(form.locator("select"), ELSEWHERE)
            hands.click(form.locator("button"), loads=True)
    with hands.work("answer"):
        hands.choose(page.locator("select#template"), TEMPLATE)
        hands.click(page.locator("form.inline:has(select#template) button"), loads=True)
        hands.click(page.locator("form.answer-form button[name=approve]"), loads=True)


def _merge(hands: Hands, page: Page, twin: str) -> None:
    hands.click(page.locator('.near a[href$="/like"]'), loads=True)
    form = page.locator(f'form:has(input[name="into"][value="{twin}"])')
    if form.count():
        hands.click(form.locator("button").first, loads=True)
        return
    page.go_back(wait_until="load")  # not among the three that are listed: its key is typed
    form = page.locator('form[action$="/merge"]')
    hands.click(page.locator("#more > summary"))
    hands.click(page.locator("#more details", has=form).locator("summary"))
    field = form.locator('input[name="into"]')
    hands.click(field)
    hands.type(field, twin)
    hands.click(form.locator("button"), loads=True)
