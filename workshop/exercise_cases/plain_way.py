"""Work the posts by hand, with copy and paste, in three tabs."""

from dataclasses import dataclass

from playwright.sync_api import Page

from workshop.exercise_cases.hands import Hands
from workshop.exercise_cases.plain_pages import DEPARTMENTS, STATES


@dataclass(frozen=True)
class Said:
    """Hold one post of the network."""

    number: int
    street: str
    topic: str
    row: int | None
    """Row of the table that is about the same thing; None: a new one."""


@dataclass(frozen=True)
class Tabs:
    """Hold the three tabs that are open all the time."""

    network: Page
    table: Page
    texts: Page


def work(hands: Hands, tabs: Tabs, said: Said, case: int) -> None:
    """Work one post from the network to the answer.

    Look whether it is known, write it down or add it, answer, and note the answer.

    Args:
        hands: counts.
        tabs: the open tabs.
        said: the post.
        case: number of its row in the table.
    """
    with hands.work("read"):
        hands.look_at(tabs.network)
        hands.copy(tabs.network.locator(f"#p{said.number}"))
        hands.look_at(tabs.table)
        search = tabs.table.locator("input[name=q]")
        hands.click(search)
        hands.type(search, said.street)
        hands.enter(search)
    if said.row is None:
        with hands.work("route"):
            _new_row(hands, tabs.table, said)
    else:
        with hands.work("merge"):
            hands.click(tabs.table.locator(f"#e{said.row}"), loads=True)
            hands.paste(tabs.table.locator("textarea"))
            hands.click(tabs.table.locator("button"), loads=True)
    with hands.work("answer"):
        _answer(hands, tabs, said, case)


def _new_row(hands: Hands, table: Page, said: Said) -> None:
    hands.click(table.locator("#new"), loads=True)
    hands.paste(table.locator("textarea"))
    place = table.locator("input[name=place]")
    hands.click(place)
    hands.type(place, said.street)
    hands.choose(table.locator("select[name=department]"), DEPARTMENTS[1 + hash_of(said.topic) % (len(DEPARTMENTS) - 1)])
    hands.click(table.locator("button"), loads=True)


def _answer(hands: Hands, tabs: Tabs, said: Said, case: int) -> None:
    hands.look_at(tabs.texts)
    hands.copy(tabs.texts.locator("#text"))
    hands.look_at(tabs.network)
    hands.click(tabs.network.locator(f"#r{said.number}"), loads=True)
    text = tabs.network.locator("textarea")
    hands.paste(text)
    hands.type(text, str(case))
    hands.click(tabs.network.locator("button"), loads=True)
    if said.row is None:
        hands.look_at(tabs.table)
        hands.click(tabs.table.locator(f"#e{case}"), loads=True)
        hands.choose(tabs.table.locator("select[name=state]"), STATES[1])
        hands.click(tabs.table.locator("button"), loads=True)


def hash_of(text: str) -> int:
    """Return a number that is the same in every run.

    >>> hash_of("noise")
    542
    """
    return sum(map(ord, text))
