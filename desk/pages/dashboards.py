"""The dashboards as pictures with their tables: the same panels as in Kibana, asked of the search engine."""

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import EscuchaError, UnavailableError
from dashboards.panels import DASHBOARDS
from desk.rendering import language_of, page
from desk.state import Desk
from ledger import read
from pipeline.context import now

log = logging.getLogger("escucha")

ENGINE_AWAY = (
    "The search engine does not answer, so there are no dashboards now. Posts and cases are safe in the ledger; "
    "collection and the case book go on."
)


def dashboards(_request: Request) -> Response:
    """Straight to the first dashboard."""
    return RedirectResponse(f"/dashboards/{DASHBOARDS[0].key}", status_code=303)


def dashboard(request: Request) -> Response:
    """One dashboard."""
    desk: Desk = request.app.state.desk
    chosen = next((one for one in DASHBOARDS if one.key == request.path_params["key"]), None)
    if chosen is None:
        raise HTTPException(404)
    try:
        charts = desk.charts(chosen, language_of(request), now())
    except EscuchaError as error:  # what an administrator can do about it stands in the log
        log.info("desk: %s", error)
        raise UnavailableError(ENGINE_AWAY) from None
    return page(
        request,
        "board.html",
        chosen=chosen,
        dashboards=[(one.key, one.title_in(language_of(request))) for one in DASHBOARDS],
        charts=charts,
        any_replay=read.any_replay(desk.context.ledger),
        any_example=read.any_example(desk.context.ledger),
    )
