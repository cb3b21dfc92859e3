"""List cases by filter and order, with counts of the usual views."""

from datetime import datetime
from functools import partial
from typing import get_args

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.i18n.display_names import display_name, display_points
from core.records.annotation import TOPICS
from core.records.case import STATES
from core.records.kind import CASE_KINDS
from core.records.read_models import CaseRecord
from core.web.own_paths import own_path
from desk.lens import NAMES as LENS_NAMES, PLACES, Lens
from desk.lens.typed import moved, refused, search_field
from desk.pages.cases.following import QUEUE, SERVICE, done
from desk.pages.cases.layouts import LAYOUTS, MOST_DRAWN, board, drawing
from desk.pages.views import saved_bar
from desk.rendering import PAGE_SIZE, language_of, page, page_number
from desk.shell import LensBar
from desk.state import Desk
from ledger import read
from pipeline.access import accounts
from pipeline.casework import ownership
from pipeline.casework.services import service_questions
from pipeline.context import now
from search.queries import TypedSearchError

ORDERS: tuple[read.Order, ...] = get_args(read.Order)
FILTERS = ("kind", "state", "department")
"""Parameters that are filters of the ledger by the same name."""
BAR = LensBar("all", ("topic", "district", "source", *PLACES))
VIEWS: dict[str, dict[str, str]] = {
    "open": {},
    "queue": {"whose": "queue"},
    "mine": {"whose": "mine"},
    "unassigned": {"whose": "none"},
    "department": {"whose": "department"},
    "which_service": {"service": "asked"},
    "due_today": {"due": "today"},
    "overdue": {"overdue": "1"},
    "answered": {"state": "answered"},
    "asked": {"asked": "1"},
    "reopened": {"reopened": str(read.REOPENED), "all": "1"},
    "all": {"all": "1"},
    "example": {"example": "1"},
}
"""The usual views, with the parameters of each."""
VIEW_PARAMETERS = frozenset(name for parameters in VIEWS.values() for name in parameters) - set(FILTERS) | {
    "merged",
    "point",
    "waits",
    "aside",
}
"""Parameters that only views and links of dashboards set; the form of the filters keeps them."""


def view_parameters(lens: Lens, given: QueryParams) -> dict[str, str]:
    """Return the parameters of an address that a saved view keeps."""
    known = (*FILTERS, *VIEW_PARAMETERS, "q", "sort", "layout")
    own = {name: value for name, value in given.items() if name in known and value}
    return lens.over(BAR.period).parameters | own


def cases(request: Request) -> Response:
    """List cases, the earliest due first unless another order is asked for."""
    desk: Desk = request.app.state.desk
    try:
        elsewhere = moved(request, "cases")
    except TypedSearchError as error:
        return refused(request, "cases", error)
    if elsewhere is not None:
        return elsewhere
    ledger, number = desk.context.ledger, page_number(request)
    lens: Lens = request.state.lens
    asked = _asked(request)
    usual: read.Order = "priority" if asked.get("whose") == "queue" else "due"
    order = next((one for one in ORDERS if one == asked.get("sort")), usual)
    filters = filters_of(request)
    total = read.count_cases(ledger, **filters)
    layout = next((one for one in LAYOUTS if one == asked.get("layout")), "list")
    found: list[CaseRecord] = []
    if layout == "list":
        found = list(read.case_records(ledger, order=order, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE, **filters))
    keys = [one.case_key for one in found]
    revisions = read.case_revisions(ledger, keys)  # a case that changes in between makes its tick stale
    found = list(read.case_records(ledger, order=order, case_keys=keys)) if keys else []
    return page(
        request,
        "cases.html",
        lens_bar=BAR,
        wide=True,
        cases=found,
        layout=layout,
        layouts=LAYOUTS,
        revisions=revisions,
        board=board(desk, order, filters) if layout == "board" else [],
        drawing=drawing(desk, order, filters) if layout == "map" else None,
        most_drawn=MOST_DRAWN,
        colleagues=ownership.colleagues(desk.context),
        account=read.user(ledger, request.state.user.name),
        made_of=read.priorities(ledger, keys),
        guesses=read.topic_guesses(ledger, keys),
        questions=service_questions(desk.context, keys) if asked.get("service") == "asked" else {},
        done=done(request),
        after=QUEUE if asked.get("whose") == "queue" else SERVICE if asked.get("service") == "asked" else "",
        sends=desk.sending_channels,
        topics=TOPICS,
        points=partial(display_points, language=language_of(request)),
        reopenings=read.reopening_counts(ledger, keys),
        put_aside=len(read.put_aside(ledger, now())) if asked.get("whose") == "queue" else 0,
        by_department=read.reopened_by_department(ledger, read.REOPENED) if "reopened" in asked else [],
        by_topic=_by_topic(ledger, total, filters),
        total=total,
        asked=asked,
        search=search_field(request, "cases", lens, asked),
        order=order,
        filters={name: asked[name] for name in FILTERS if name in asked},
        views=_views(desk, lens, request.state.user.name, asked),
        view_parameters=VIEW_PARAMETERS,
        number_of_page=number,
        pages=max(1, -(-total // PAGE_SIZE)) if layout == "list" else 1,
        states=STATES,
        kinds=CASE_KINDS,
        departments=[one.name for one in desk.context.city.departments],
        moment=now(),
        saved=saved_bar(request, "cases", view_parameters(lens, request.query_params), _view_name(request, asked)),
    )


def filters_of(request: Request) -> read.CaseFilters:
    """Return the ledger's filters for the address of a list of cases."""
    return _filters(request.app.state.desk, request.state.lens, request.state.user.name, _asked(request))


def _asked(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.query_params.items() if value and name not in LENS_NAMES and name != "done"}


def _view_name(request: Request, asked: dict[str, str]) -> str:
    """Return the name of the shown view; empty for all open."""
    chosen = {name: value for name, value in asked.items() if name in VIEW_PARAMETERS or name == "state"}
    shown = next((name for name, parameters in VIEWS.items() if parameters and parameters == chosen), None)
    return "" if shown is None or shown == "answered" else display_name("case_view", shown, language_of(request))


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
    kept = {name: value for name, value in asked.items() if name in (*FILTERS, "sort", "q", "layout") and name != "state"}
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
    moment, context = now(), desk.context
    own = read.case_query(context.ledger, asked, user, moment, context.city.zone)
    return {**own, **case_filters(lens, desk, moment)}


def choose_department(request: Request, form: FormData) -> Response:
    """Store which department the reader works in."""
    desk: Desk = request.app.state.desk
    accounts.choose_department(desk.context, request.state.user.name, str(form.get("department", "")))
    return RedirectResponse(own_path(str(form.get("back", "/cases?whose=department"))), status_code=303)
