"""The two pages for citizens: how fast the city answers, and who reads what they write in public, why and how long."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.score_redaction import measured
from desk.desk import Desk
from desk.view import page
from escucha.house import now
from reports import open_data


def public(request: Request) -> Response:
    """The city's response times, by service, district and channel."""
    desk: Desk = request.app.state.desk
    return page(request, "public.html", times=open_data.response_times(desk.house.city, desk.house.ledger, now()))


def data(request: Request) -> Response:
    """The same numbers as open data."""
    desk: Desk = request.app.state.desk
    form = request.path_params["form"]
    if form not in ("csv", "json"):
        raise HTTPException(404)
    times = open_data.response_times(desk.house.city, desk.house.ledger, now())
    body, kind = (
        (open_data.as_csv(times), "text/csv") if form == "csv" else (open_data.as_json(times), "application/json")
    )
    return Response(body, media_type=f"{kind}; charset=utf-8")


def notice(request: Request) -> Response:
    """The notice to citizens (GDPR Art. 14), written from the profile."""
    desk: Desk = request.app.state.desk
    return page(
        request,
        "notice.html",
        sources=sorted(desk.house.sources),
        days=desk.house.city.retention.days,
        measured=measured(),
    )
