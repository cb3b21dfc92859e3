"""Show sources and health: counts, gaps, rejections and services."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from desk.rendering import explain_overdue, language_of, page
from desk.state import Desk
from ledger import read
from pipeline.context import Source, now
from pipeline.health.freshness import quiet_since
from pipeline.health.heartbeat import overdue_tasks

LATEST = 50


def _quiet(source: Source, state: read.SourceState | None) -> datetime | None:
    """Return since when a source is silent for too long, or None."""
    return None if state is None or source.off else quiet_since(source, state.heard_at, now())


def sources(request: Request) -> Response:
    """Show the state of sources and services."""
    desk: Desk = request.app.state.desk
    ledger = desk.context.ledger
    engine = desk.engine()
    known = {state.source: state for state in read.sources(ledger)}
    return page(
        request,
        "sources.html",
        silent=[
            explain_overdue(one, language_of(request), desk.context.city.zone)
            for one in overdue_tasks(desk.context, now())
        ],
        sources=[
            (name, one.off, known.get(name), _quiet(one, known.get(name))) for name, one in desk.context.sources.items()
        ],
        money={name: read.spent(ledger, name, now()).month_usd for name in desk.context.sources},
        gaps=read.gaps(ledger),
        rejects=read.rejects(ledger, limit=LATEST),
        runs=read.runs(ledger, limit=LATEST),
        steps=read.steps(ledger),
        engine=engine,
        model=read.model_in_use(ledger),
        system=desk.context.city.contact_centre.system,
        problems=read.delivery_problems(ledger),
    )
