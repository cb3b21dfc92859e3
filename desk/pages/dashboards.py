"""Show the dashboards as charts and tables, with the panels of Kibana."""

import logging
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import EscuchaError, UnavailableError
from dashboards.panels import DASHBOARDS, Dashboard, Panel
from dashboards.render.charts import Chart, pixels
from dashboards.render.csv_table import csv_table
from dashboards.window import Window
from desk.lens import Lens
from desk.panel_links import rows_url
from desk.rendering import language_of, page
from desk.shell import LensBar
from desk.state import Desk
from ledger import read
from pipeline.context import now

log = logging.getLogger("escucha")

ENGINE_DOWN = (
    "The search engine does not answer, so the dashboards are not available now. Posts and cases are safe in the database; "
    "collection and the case book continue."
)

BAR = LensBar("28d", (), periods=("today", "7d", "week", "last_week", "28d", "30d", "month", "last_month"))


PNG_FORMS = frozenset({"days", "bars", "change", "grid", "span", "share"})


def dashboards(_request: Request) -> Response:
    """Redirect to the first dashboard."""
    return RedirectResponse(f"/dashboards/{DASHBOARDS[0].key}", status_code=303)


def dashboard(request: Request) -> Response:
    """Show one dashboard."""
    desk: Desk = request.app.state.desk
    chosen = _chosen(request)
    window, shown = _window(request)
    charts = _charts(request, chosen, window)
    return page(
        request,
        "dashboard.html",
        chosen=chosen,
        chosen_title=chosen.title_in(language_of(request)),
        chosen_description=chosen.description_in(language_of(request)),
        dashboards=[(one.key, one.title_in(language_of(request))) for one in DASHBOARDS],
        lens_bar=BAR,
        lens=shown,
        charts=[(one, panel) for one, panel in zip(charts, chosen.panels, strict=True)],
        rows_url=lambda panel, keys=(): _rows_url(panel, window, keys),
        zone=desk.context.city.zone.key,
        any_replay=read.any_replay(desk.context.ledger),
        any_example=read.any_example(desk.context.ledger),
    )


def panel_file(request: Request) -> Response:
    """Send one panel as PNG or CSV."""
    chosen, language = _chosen(request), language_of(request)
    key, _dot, kind = request.path_params["file"].rpartition(".")
    found = next(((panel, at) for at, panel in enumerate(chosen.panels) if panel.key == key), None)
    if found is None or kind not in ("png", "csv") or (kind == "png" and found[0].form not in PNG_FORMS):
        raise HTTPException(404)
    panel, at = found
    rows = _charts(request, chosen, _window(request)[0])[at].found
    name = {"content-disposition": f'attachment; filename="{key}.{kind}"'}
    if kind == "csv":
        return Response(csv_table(panel, rows, language), media_type="text/csv; charset=utf-8", headers=name)
    return Response(pixels(panel, rows, language), media_type="image/png", headers=name)


def _chosen(request: Request) -> Dashboard:
    chosen = next((one for one in DASHBOARDS if one.key == request.path_params["key"]), None)
    if chosen is None:
        raise HTTPException(404)
    return chosen


def _window(request: Request) -> tuple[Window, Lens]:
    """Return the period of the request and the lens that shows it.

    A period that dashboards do not offer becomes the default one.
    """
    lens: Lens = request.state.lens
    if lens.period not in (*BAR.periods, "custom"):
        lens = lens.changed(period=BAR.period)
    zone, moment = request.app.state.desk.context.city.zone, now()
    bounds = lens.window(moment, zone)
    since, end = bounds.since or moment, min(bounds.until or moment, moment)
    if since >= end:  # a range of one's own may lie in the future
        return Window(now=moment, zone=zone), lens.changed(period=BAR.period)
    first, last = (one.astimezone(zone).date() for one in (since, end - timedelta(microseconds=1)))
    return Window(now=end, zone=zone, days=(last - first).days + 1), lens


def _rows_url(panel: Panel, window: Window, keys: tuple[str, ...]) -> str:
    """Return the page of a mark's rows.

    Pages list what waits now: for a period that has ended, there is no link to that.
    """
    ended = now() - window.now > timedelta(minutes=1)
    return "" if ended and panel.layers and panel.layers[0].window is None else rows_url(panel, window, keys)


def _charts(request: Request, chosen: Dashboard, window: Window) -> list[Chart]:
    """Return the dashboard's charts, for the period of the request."""
    desk: Desk = request.app.state.desk
    try:
        return desk.charts(chosen, language_of(request), now(), view=window)
    except EscuchaError as error:  # the log tells the administrator what to do
        log.info("desk: %s", error)
        raise UnavailableError(ENGINE_DOWN) from None
