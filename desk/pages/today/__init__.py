"""Show the first page: what people say, what waits, what changed."""

from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.records.read_models import CaseRecord
from desk.pages.analysis.events import events_of
from desk.pages.analysis.warnings import open_warnings
from desk.pages.cases.listing import case_filters
from desk.pages.today.figures import BAR, figures, timeline
from desk.rendering import language_of, page
from desk.state import Desk
from gazetteer.city_map import draw_city
from ledger import read
from ledger.read import Ledger
from pipeline.city.set_up import set_up
from pipeline.context import now

QUEUE = 5
"""Cases of the user's queue on the page."""
FIRST_STEPS = ("city", "sources", "users")
"""Steps of the set-up that a new installation needs first."""


def home(request: Request) -> Response:
    """Show the first page."""
    desk: Desk = request.app.state.desk
    ledger, moment = desk.context.ledger, now()
    lens, user = request.state.lens.over(BAR.period), request.state.user.name
    found, days = figures(desk, lens, moment), timeline(desk, lens, moment)
    newest = next(iter(read.messages(ledger, of="all", limit=1)), None)
    start = moment.astimezone(desk.context.city.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    of_lens = case_filters(request.state.lens.changed(period=None), desk, moment)
    return page(
        request,
        "today.html",
        lens_bar=BAR,
        wide=True,
        shown=lens,
        found=found,
        days=days,
        events=events_of(desk, lens, days[0].on, days[-1].on),
        outlines=draw_city(desk.context.city, ()),
        waiting=read.waiting(ledger),
        today=moment,
        cases=_cases(ledger, of_lens, user, moment, start),
        queue=_queue(ledger, of_lens, user, moment),
        moment=moment,
        warnings=open_warnings(desk, language_of(request)),
        reviews=read.count_review_queue(ledger),
        any_example=read.any_example(ledger),
        any_replay=read.any_replay(ledger),
        newest=newest,
        first_steps=[one for one in set_up(desk.context).steps if one.step.name in FIRST_STEPS] if newest is None else [],
    )


def _cases(ledger: Ledger, lens: read.CaseFilters, user: str, moment: datetime, start: datetime) -> dict[str, int]:
    """Count the open cases of each linked view.

    `start` is the beginning of today.
    """
    tomorrow = start + timedelta(days=1)
    views: dict[str, read.CaseFilters] = {
        "waiting": read.CaseFilters(),
        "overdue": read.CaseFilters(overdue_at=moment),
        "due": read.CaseFilters(waiting_only=True, replay=False, due_from=start, due_before=tomorrow),
        "unassigned": read.CaseFilters(unassigned=True),
        "mine": read.CaseFilters(assignee=user),
    }
    found = {}
    for name, view in views.items():
        filters: read.CaseFilters = {**lens, **view, "open_only": True}
        found[name] = read.count_cases(ledger, **filters)
    return found


def _queue(ledger: Ledger, lens: read.CaseFilters, user: str, moment: datetime) -> list[CaseRecord]:
    """Return the first cases of the user's queue, most harm first."""
    filters: read.CaseFilters = {**lens, **read.queue_of(ledger, user, moment)}
    return list(read.case_records(ledger, order="priority", limit=QUEUE, **filters))


def progress(request: Request) -> Response:
    """Return the progress of the pipeline as JSON, for the page's script."""
    found = read.waiting(request.app.state.desk.context.ledger)
    return JSONResponse({"processing": found.processing, "indexing": found.index_pending})
