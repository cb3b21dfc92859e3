"""Count a dashboard from the ledger while the search engine is down."""

from collections.abc import Set
from datetime import datetime, timedelta
from typing import NamedTuple

from core.records.read_models import CaseRecord, PostRecord
from dashboards import expected
from dashboards.render.dashboard import PanelNumbers
from dashboards.spec.panel import Dashboard, Index, Panel
from dashboards.window import Window
from ledger import read

MOST_RECORDS = 20_000
"""Posts, and cases, that are counted one by one: some seconds of work, which all readers of a page share."""
LOOKS_BACK = timedelta(days=35)
"""How far before the end of its window a panel's own conditions look, at the most."""


class Records(NamedTuple):
    """Hold the records of a count; None: they are too many."""

    posts: list[PostRecord] | None
    has_old_posts: bool
    """The posts are all of the ledger, not those alone that were written in the periods of the view."""
    cases: list[CaseRecord] | None


def count_dashboard(ledger: read.Ledger, dashboard: Dashboard, view: Window) -> dict[str, PanelNumbers]:
    """Count the panels that the ledger can answer, by key.

    Their numbers are those of the search engine. Left out are panels that need more than `MOST_RECORDS`.
    """
    found = _records(ledger, view, {panel.index for panel in dashboard.panels})
    posts, cases = found.posts or [], found.cases or []
    return {
        panel.key: PanelNumbers(expected.rows(panel, posts, cases, view), expected.totals(panel, posts, cases, view))
        for panel in dashboard.panels
        if _is_counted(panel, found)
    }


def _records(ledger: read.Ledger, view: Window, wanted: Set[Index]) -> Records:
    few = "cases" in wanted and read.count_cases(ledger) <= MOST_RECORDS
    cases = list(read.case_records(ledger)) if few else None
    if "posts" not in wanted:
        return Records(None, False, cases)
    first_too_old = next(read.post_records(ledger, state="classified", limit=1, offset=MOST_RECORDS), None)
    if first_too_old is None:
        return Records(list(read.post_records(ledger, state="classified")), True, cases)
    oldest = _oldest(view)
    if first_too_old.created_at >= oldest:
        return Records(None, False, cases)
    return Records(list(read.post_records(ledger, state="classified", since=oldest)), False, cases)


def _is_counted(panel: Panel, found: Records) -> bool:
    if panel.index == "cases":
        return found.cases is not None
    # A post may be collected long after it was written.
    by_arrival = any(layer.window == "received_at" for layer in panel.layers)
    return found.posts is not None and (found.has_old_posts or not by_arrival)


def _oldest(view: Window) -> datetime:
    before = view.start if view.before is None else view.before.start
    return min(view.start, before, view.now - LOOKS_BACK)
