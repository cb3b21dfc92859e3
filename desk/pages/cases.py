"""The case book: which cases are open, for whom and until when; and one case with its posts, history and what can be done."""

from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.case import NEXT, STATES
from core.kind import CASE_KINDS
from desk.pages.refused import Refused, no_longer_there
from desk.rendering import PAGE_SIZE, page, page_number
from desk.state import Desk
from ledger import read
from pipeline.context import CASEBOOK, now

FILTERS = ("kind", "state", "department", "district", "topic")


def cases(request: Request) -> Response:
    """The list: the earliest due first."""
    desk: Desk = request.app.state.desk
    ledger, number = desk.context.ledger, page_number(request)
    asked = {name: request.query_params[name] for name in FILTERS if request.query_params.get(name)}
    open_only = request.query_params.get("all") is None and "state" not in asked
    only_example = request.query_params.get("example") == "1"
    filters = cast(
        read.CaseFilters, {**asked, "open_only": open_only, "example": True if only_example else None}
    )  # FILTERS lists names of the ledger's filters only
    total = read.count_cases(ledger, **filters)
    found = read.case_records(ledger, order="due", limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE, **filters)
    return page(
        request,
        "cases.html",
        cases=list(found),
        total=total,
        filters=asked,
        open_only=open_only,
        only_example=only_example,
        any_example=read.any_example(ledger),
        number_of_page=number,
        pages=max(1, -(-total // PAGE_SIZE)),
        states=STATES,
        kinds=CASE_KINDS,
        departments=[one.name for one in desk.context.city.departments],
        districts=read.values(ledger)["district"],
        moment=now(),
    )


def case(request: Request) -> Response:
    """One case."""
    return case_page(request)


def case_page(request: Request, refused: Refused | None = None) -> Response:
    """The page of a case; after a form that was not accepted, with what changed meanwhile and what was typed."""
    desk: Desk = request.app.state.desk
    ledger, key = desk.context.ledger, request.path_params["case_key"]
    revision = read.case_revision(ledger, key)  # before all else: what changes from here on makes the forms stale
    fact = read.case_record(ledger, key)
    if fact is None:
        if refused is not None:
            return no_longer_there(request, refused)
        raise HTTPException(404)
    ours = fact.system == CASEBOOK
    since = refused.seen if refused is not None else None
    return page(
        request,
        "case.html",
        status=200 if refused is None else refused.status,
        revision=revision,
        refused=refused,
        new_steps=[] if since is None else read.transitions(ledger, key, since),
        new_notes=[] if since is None else read.notes(ledger, key, since),
        case=fact,
        posts=list(read.post_records(ledger, case_key=key, order="oldest")),
        answers=read.read_with(ledger, key),
        transitions=read.transitions(ledger, key),
        notes=read.notes(ledger, key),
        deliveries=read.deliveries(ledger, key),
        actions=_actions(fact.state) if ours else ["note"],
        ours=ours,
        departments=[one.name for one in desk.context.city.departments],
        moment=now(),
    )


def _actions(state: str) -> list[str]:
    """What staff can do with a case in this state, in the order of the work."""
    following = NEXT[state]
    if state in ("resolved", "rejected"):
        return ["reopen", "note"]
    possible = [("assign", "assigned"), ("answer", "answered"), ("resolve", "resolved"), ("reject", "rejected")]
    return [action for action, reached in possible if reached in following] + ["note"]
