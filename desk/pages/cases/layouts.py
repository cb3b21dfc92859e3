"""Show the listed cases as list, board or map."""

from core.records.case import OPEN, STATES
from core.records.read_models import CaseRecord
from desk.pages.cases.sketch import Sketch, sketch
from desk.state import Desk
from ledger import read

LAYOUTS = ("list", "board", "map")
IN_A_COLUMN = 12
"""Cases that a column of the board shows."""
MOST_DRAWN = 300
"""Cases that the map shows, the first of the list: more would overlap."""


def board(desk: Desk, order: read.Order, filters: read.CaseFilters) -> list[tuple[str, int, list[CaseRecord]]]:
    """Return each state with its number of cases, and the first ones."""
    ledger, found = desk.context.ledger, []
    states = [filters["state"]] if filters.get("state") else [one for one in STATES if one in OPEN or not filters["open_only"]]
    for state in states:
        some: read.CaseFilters = {**filters, "state": state}
        cases = list(read.case_records(ledger, order=order, limit=IN_A_COLUMN, **some))
        found.append((str(state), read.count_cases(ledger, **some), cases))
    return found


def drawing(desk: Desk, order: read.Order, filters: read.CaseFilters) -> Sketch | None:
    """Draw the first cases of the list; None: none has a point."""
    return sketch(desk.context.city, list(read.case_records(desk.context.ledger, order=order, limit=MOST_DRAWN, **filters)))
