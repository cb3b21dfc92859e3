"""Link marks of panels to exactly the rows they count.

A mark whose rows no page can list has no link.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from dashboards.boards.answers import WAITING
from dashboards.boards.parts import ACTIONABLE, CITIZENS, OVERDUE, SPAM, UNMERGED
from dashboards.filters import OF_POSTS_ONLY, Condition, Is
from dashboards.spec.days import Days
from dashboards.spec.groups import Groups
from dashboards.spec.panel import Panel
from dashboards.spec.periods import NOW, Periods
from dashboards.spec.split import NOT_KNOWN, Split
from dashboards.spec.terms import Terms
from dashboards.window import Window

PAGES = {"posts": "/posts", "cases": "/cases"}
PARAMETERS = {
    "posts": ("source", "case_kind", "sentiment", "intent", "topic", "district", "barrio", "language", "decision"),
    "cases": ("kind", "state", "department", "district", "barrio", "topic", "source"),
}
"""Fields that are parameters of the page of the index, by the same name."""
LISTED_BY = {"posts": "created_at", "cases": "opened_at"}
"""Time by which the page of the index limits its rows."""
POPULATIONS: dict[str, tuple[Condition, ...]] = {"citizens": CITIZENS, "spam": SPAM}
"""Conditions of the populations that the page of posts lists."""
IS_OPEN = Is(field="is_open", value=True)


def rows_url(panel: Panel, window: Window, keys: tuple[str, ...] = (), area: str | None = None, at: int = 0) -> str:
    """Return the page that lists what a mark counts; empty: none does.

    Args:
        panel: what is counted.
        window: of the dashboard.
        keys: those of the mark, in the order of the panel's splits.
        area: of the lens; its records are those of `window.within`.
        at: the layer that counts them.
    """
    layer = panel.layers[at] if panel.layers else None
    if layer is None or layer.window not in (None, LISTED_BY[panel.index]):
        return ""
    asked = _of_posts(layer.where) if panel.index == "posts" else _of_cases(layer.where)
    if asked is None:
        return ""
    days = None if layer.window is None else (str(window.dates[0]), str(window.dates[-1]))
    for split, key in zip(layer.split, keys, strict=False):
        if isinstance(split, Days) and split.field == layer.window:
            days = (key, key)
            continue
        if isinstance(split, Periods) and key == NOW and split.field == LISTED_BY[panel.index]:
            days = (str(window.dates[0]), str(window.dates[-1]))
            continue
        found = _of_key(split, key)
        if found is None or found[0] not in PARAMETERS[panel.index]:
            return ""
        asked[found[0]] = found[1]
    for field, value in window.filters:
        if panel.index == "cases" and field in OF_POSTS_ONLY:
            continue
        if asked.setdefault(field, value) != value:  # the mark counts nothing: no page has two values of a field
            return ""
    if area:
        asked["area"] = area
    if days is not None:
        asked |= {"first": days[0], "last": days[1]}
    elif panel.index == "posts":
        asked["period"] = "all"
    return f"{PAGES[panel.index]}?{urlencode(asked)}" if asked else PAGES[panel.index]


def _of_posts(where: Sequence[Condition]) -> dict[str, str] | None:
    if all(one in where for one in ACTIONABLE):
        found = _of_posts([one for one in where if one not in ACTIONABLE])
        return None if found is None else {**found, "asks_action": "yes"}
    for name, conditions in POPULATIONS.items():
        if all(one in where for one in conditions):
            found = _of_conditions("posts", [one for one in where if one not in conditions])
            return found if found is None or name == "citizens" else {**found, "of": name}
    found = _of_conditions("posts", where)
    return None if found is None else {**found, "of": "all"}


def _of_cases(where: Sequence[Condition]) -> dict[str, str] | None:
    if all(one in where for one in OVERDUE):
        found = _of_conditions("cases", [one for one in where if one not in OVERDUE])
        return None if found is None else {**found, "overdue": "1"}
    if all(one in where for one in WAITING):
        found = _of_conditions("cases", [one for one in where if one not in WAITING])
        return None if found is None else {**found, "waits": "1"}
    found = _of_conditions("cases", [one for one in where if one not in (IS_OPEN, UNMERGED)])
    if found is None or IS_OPEN in where:
        return found
    return {**found, "all": "1", **({"merged": "no"} if UNMERGED in where else {})}


def _of_conditions(index: str, where: Sequence[Condition]) -> dict[str, str] | None:
    """Return the parameters of conditions; None: one cannot be asked for."""
    if not all(isinstance(one, Is) and one.field in PARAMETERS[index] for one in where):
        return None
    return {one.field: str(one.value) for one in where if isinstance(one, Is)}


def _of_key(split: Split, key: str) -> tuple[str, str] | None:
    """Return field and value of one part; None: not a single value."""
    match split:
        case Terms():
            return None if key == NOT_KNOWN else (split.field, key)
        case Groups():
            condition = next(group.condition for group in split.groups if group.key == key)
            return (condition.field, str(condition.value)) if isinstance(condition, Is) else None
        case _:
            return None
