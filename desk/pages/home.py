"""Now: what is being said this week, what waits for somebody, and how far the reading has got."""

from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.kind import COUNTED_ONLY
from desk.rendering import page
from desk.state import Desk
from ledger import read
from ledger.read import Ledger
from pipeline.context import now

LATEST = 10
WEEK = timedelta(days=7)


def home(request: Request) -> Response:
    """The first page of the day."""
    desk: Desk = request.app.state.desk
    ledger = desk.context.ledger
    moment = now()
    spam = read.count_posts(ledger, since=moment - WEEK, spam=True)
    spam_before = read.count_posts(ledger, since=moment - 2 * WEEK, until=moment - WEEK, spam=True)
    week = read.count_posts(ledger, since=moment - WEEK) - spam
    before = read.count_posts(ledger, since=moment - 2 * WEEK, until=moment - WEEK) - spam_before
    return page(
        request,
        "now.html",
        steps=read.steps(ledger),
        week=week,
        spam=spam,
        before=before,
        complaints=read.count_posts(ledger, since=moment - WEEK, intent="complaint")
        - read.count_posts(ledger, since=moment - WEEK, intent="complaint", spam=True),
        counted={kind: read.count_posts(ledger, since=moment - WEEK, case_kind=kind) for kind in COUNTED_ONLY},
        waiting_cases=read.count_cases(ledger, open_only=True),
        overdue=read.count_cases(ledger, open_only=True, due_before=moment),
        latest=list(read.post_records(ledger, decision="in_case", order="newest", limit=LATEST)),
        rising=read.rising_topics(ledger, moment),
        any_replay=read.any_replay(ledger),
        examples=examples(ledger, moment - WEEK) if read.any_example(ledger) else None,
    )


def examples(ledger: Ledger, since: datetime) -> dict[str, int]:
    """Count which part of the figures on this page was written as an example."""
    return {
        "posts": read.count_posts(ledger, since=since, example=True),
        "cases": read.count_cases(ledger, open_only=True, example=True),
        "reviews": read.count_posts(ledger, decision="in_review", example=True),
    }


def progress(request: Request) -> Response:
    """How far the pass has got, for the line on the page that follows it."""
    steps = read.steps(request.app.state.desk.context.ledger)
    return JSONResponse({"waiting": steps.pending + steps.untriaged + steps.index_pending, **steps.model_dump()})
