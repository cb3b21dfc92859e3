"""List proposals by service, district and supporters, and praise by service."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from core.i18n.display_names import display_name
from core.quotes import quote
from core.records.annotation import TOPICS
from core.spreadsheet import csv_line
from desk.rendering import PAGE_SIZE, language_of, page, page_number
from desk.state import Desk
from ledger import read
from ledger.read import PRAISE, PROPOSALS
from pipeline import export

COLUMNS = ("post_id", "created_at", "service", "district", "place", "posts", "supporters", "source", "text")


def proposals(request: Request) -> Response:
    """Show the proposals, the most supported first."""
    return _list(request, "proposals.html", PROPOSALS)


def thanks(request: Request) -> Response:
    """Show praise and thanks by the service they are for."""
    return _list(request, "thanks.html", PRAISE)


def proposals_file(request: Request) -> Response:
    """Send the listed proposals as CSV; the export is audited.

    The text of a letter is left out.
    """
    desk: Desk = request.app.state.desk
    asked, language, zone = _asked(request), language_of(request), desk.context.city.zone
    export.audit_export(desk.context, request.state.user.name, "proposals", f"csv {request.url.query}"[:500].strip())
    found = read.listed(desk.context.ledger, PROPOSALS, **asked)
    words = {one.post_id: quote(one) for one in read.records_of(desk.context.ledger, [one.post_id for one in found])}
    rows = [
        (
            one.post_id,
            f"{one.created_at.astimezone(zone):%Y-%m-%d %H:%M}",
            display_name("topic", one.topic, language) if one.topic else "",
            one.district or "",
            one.place or "",
            one.posts,
            one.supporters,
            display_name("source", one.source, language),
            words.get(one.post_id),
        )
        for one in found
    ]
    headers = {"content-disposition": 'attachment; filename="escucha-proposals.csv"'}
    return Response("".join(map(csv_line, [COLUMNS, *rows])), media_type="text/csv; charset=utf-8", headers=headers)


def _list(request: Request, template: str, kinds: tuple[str, ...]) -> Response:
    desk: Desk = request.app.state.desk
    ledger, asked, number = desk.context.ledger, _asked(request), page_number(request)
    every, found = read.count_listed(ledger, kinds), read.count_listed(ledger, kinds, **asked)
    topics: dict[str, int] = {}
    for (topic, _), count in every.items():
        topics[topic or "other"] = topics.get(topic or "other", 0) + count
    first = (number - 1) * PAGE_SIZE
    return page(
        request,
        template,
        items=read.listed(ledger, kinds, limit=PAGE_SIZE, offset=first, **asked),
        total=sum(found.values()),
        number_of_page=number,
        pages=max(1, -(-sum(found.values()) // PAGE_SIZE)),
        topics=sorted(topics.items(), key=lambda one: (-one[1], one[0])),
        districts=sorted({district for _, district in every if district}),
        asked=asked,
        file_query=f"?{urlencode(given)}" if (given := {name: value for name, value in asked.items() if value}) else "",
        as_cases=desk.context.city.triage.proposals == "case",
    )


def _asked(request: Request) -> dict[str, Any]:
    """Return the filters of the address; unknown services ask for nothing."""
    topic, district = request.query_params.get("topic") or None, request.query_params.get("district") or None
    return {"topic": topic if topic in TOPICS else None, "district": district[:80] if district else None}
