"""List cases by filter and order, with counts of the usual views."""

from datetime import datetime, timedelta
from functools import partial
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from core.i18n.display_names import display_point
from core.records.case import STATES
from core.records.kind import CASE_KINDS
from desk.lens import NAMES as LENS_NAMES, PLACES, Lens
from desk.rendering import PAGE_SIZE, language_of, page, page_number
from desk.shell import LensBar
from desk.state import Desk
from ledger import read
from pipeline.context import now

REOPENED = 2
"""Reopenings from which a case is listed as repeatedly reopened."""
ORDERS: tuple[read.Order, ...] = get_args(read.Order)
FILTERS = ("kind", "state", "department")
"""Parameters that are filters of the ledger by the same name."""
BAR = LensBar("all", ("topic", "district", "source", *PLACES))
VIEWS: dict[str, dict[str, str]] = {
    "open": {}, "mine": {"whose": "mine"}, "unassigned": {"whose": "none"}, "due_today": {"due": "today"}, "overdue": {"overdue": "1"},
    "answered": {"state": "answered"}, "asked": {"asked": "1"}, "reopened": {"reopened": str(REOPENED), "all": "1"},
    "all": {"all": "1"}, "example": {"example": "1"},
}  # fmt: skip
"""The usual views, with the parameters of each."""
VIEW_PARAMETERS = frozenset(name for parameters in VIEWS.values() for name in parameters) - set(FILTERS) | {
    "merged",
    "point",
}
"""Parameters that only views and links of dashboards set; the form of the filters keeps them."""


def cases(request: Request) -> Response:
    """List cases, the earliest due first unless another order is asked for."""
    desk: Desk = request.app.state.desk
    ledger, number = desk.context.ledger, page_number(request)
    lens: Lens = request.state.lens
    asked = {name: value for name, value in request.query_params.items() if value and name not in LENS_NAMES}
    order: read.Order = next((one for one in ORDERS if one == asked.get("sort")), "due")
    filters = _filters(desk, lens, request.state.user.name, asked)
    total = read.count_cases(ledger, **filters)
    found = list(read.case_records(ledger, order=order, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE, **filters))
    keys = [one.case_key for one in found]
    return page(
        request,
        "cases.html",
        lens_bar=BAR,
        cases=found,
        made_of=read.priorities(ledger, keys),
        point=partial(display_point, language=language_of(request)),
        reopenings=read.reopening_counts(ledger, keys),
        by_department=read.reopened_by_department(ledger, REOPENED) if "reopened" in asked else [],
        by_topic=_by_topic(ledger, total, filters),
        total=total,
        asked=asked,
        order=order,
        filters={name: asked[name] for name in FILTERS if name in asked},
        views=_views(desk, lens, request.state.user.name, asked),
        view_parameters=VIEW_PARAMETERS,
        number_of_page=number,
        pages=max(1, -(-total // PAGE_SIZE)),
        states=STATES,
        kinds=CASE_KINDS,
        departments=[one.name for one in desk.context.city.departments],
        moment=now(),
    )


def _by_topic(ledger: read.Ledger, total: int, filters: read.CaseFilters) -> dict[str, int]:
    """Count the listed cases by topic, if they fill several pages.

    Many cases about one service then hide no other service.
    """
    if total <= PAGE_SIZE or filters.get("topic"):
        return {}
    return read.count_cases_by_topic(ledger, **filters)


def _views(desk: Desk, lens: Lens, user: str, asked: dict[str, str]) -> list[tuple[str, dict[str, str], int, bool]]:
    """Return each view: name, parameters, number of cases, whether it is shown.

    A view keeps the lens and the filters, but for the state.
    """
    kept = {name: value for name, value in asked.items() if name in (*FILTERS, "sort") and name != "state"}
    chosen = {name: value for name, value in asked.items() if name in VIEW_PARAMETERS or name == "state"}
    found = []
    for name, parameters in VIEWS.items():
        if name == "example" and not read.any_example(desk.context.ledger):
            continue
        whole = {**kept, **parameters}
        count = read.count_cases(desk.context.ledger, **_filters(desk, lens, user, whole))
        found.append((name, whole, count, parameters == chosen))
    return found


def case_filters(lens: Lens, desk: Desk, moment: datetime) -> read.CaseFilters:
    """Return the parts of the lens that apply to cases.

    They are the period of opening, service, place and channel.
    """
    window = lens.window(moment, desk.context.city.zone)
    return read.CaseFilters(
        since=window.since,
        until=window.until,
        topic=lens.topic,
        district=lens.district,
        source=lens.source,
        barrio=lens.barrio,
        area=lens.shape,
    )


def _filters(desk: Desk, lens: Lens, user: str, asked: dict[str, str]) -> read.CaseFilters:
    """Return the ledger's filters for the parameters of a page."""
    ledger = desk.context.ledger
    found = read.CaseFilters(
        open_only="all" not in asked and "state" not in asked,
        kind=asked.get("kind"),
        state=asked.get("state"),
        located={"yes": True, "no": False}.get(asked.get("point", "")),
        merged=False if asked.get("merged") == "no" else None,
        department=asked.get("department"),
        **case_filters(lens, desk, now()),
        example=True if asked.get("example") == "1" else None,
        assignee=user if asked.get("whose") == "mine" else None,
        unassigned=asked.get("whose") == "none",
        overdue_at=now() if "overdue" in asked else None,
        reopened_at_least=REOPENED if asked.get("reopened") == str(REOPENED) else None,
    )
    if asked.get("due") == "today":
        start = _midnight(desk)
        found |= read.CaseFilters(due_from=start, due_before=start + timedelta(days=1), waiting_only=True, replay=False)
    if "asked" in asked:
        waiting = {key for key, each in read.askings(ledger).items() if each[-1].replied_at is None}
        found |= read.CaseFilters(case_keys=waiting)
    return found


def _midnight(desk: Desk) -> datetime:
    """Return the beginning of today by the city's clock."""
    return now().astimezone(desk.context.city.zone).replace(hour=0, minute=0, second=0, microsecond=0)
