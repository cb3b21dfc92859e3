"""Show sources and health, and collect a source on demand."""

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk.pages.sources.health import sources_health
from desk.rendering import PAGE_SIZE, explain_alarm, language_of, page, page_number
from desk.state import Desk
from ledger import read
from pipeline.context import now
from pipeline.health.alarms import alarms
from pipeline.steps.collect_requested import request_collection, runs_at

LATEST = 50


def sources(request: Request) -> Response:
    """Show the state of sources and services."""
    desk: Desk = request.app.state.desk
    context, ledger, moment, engine = desk.context, desk.context.ledger, now(), desk.engine()
    desk.shell.search.note(engine is not None, moment)
    wrong = [*alarms(context, moment), *desk.shell.search.alarms(moment)]
    return page(
        request,
        "sources.html",
        wrong=[explain_alarm(one, language_of(request), context.city.zone) for one in wrong],
        only_search=all(one.kind == "search" for one in wrong),
        sources=sources_health(desk, moment),
        moment=moment,
        runs_at=runs_at(context, moment),
        beat=read.last_beat(ledger),
        worker_beat=read.last_worker_beat(ledger),
        airflow=context.settings.airflow_address,
        dag_id=context.settings.dag_id,
        kibana=context.settings.kibana_url,
        gaps=read.gaps(ledger),
        runs=read.runs(ledger, limit=LATEST),
        steps=read.steps(ledger),
        engine=engine,
        model=read.model_in_use(ledger),
        system=context.city.contact_centre.system,
        problems=read.delivery_problems(ledger),
        mails=read.outbox_left(ledger, "citizen"),
    )


def refused(request: Request) -> Response:
    """List the refused records of one source, without their texts."""
    desk: Desk = request.app.state.desk
    name, number = request.path_params["name"], page_number(request)
    reason = request.query_params.get("reason") or None
    total, found = read.refused(desk.context.ledger, name, reason, PAGE_SIZE, (number - 1) * PAGE_SIZE)
    if not total and name not in desk.context.sources:
        raise HTTPException(404)
    return page(
        request,
        "sources_refused.html",
        name=name,
        reason_code=reason,
        rejects=found,
        total=total,
        number_of_page=number,
        pages=max(1, -(-total // PAGE_SIZE)),
    )


def collect_now(request: Request, _form: FormData) -> Response:
    """Queue a collection of one source."""
    desk: Desk = request.app.state.desk
    name = request.path_params["name"]
    request_collection(desk.context, name, request.state.user.name)
    return RedirectResponse("/sources?asked=1", status_code=303)
