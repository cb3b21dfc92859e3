"""Show the dashboards as charts and tables, with the panels of Kibana."""

import logging
from datetime import timedelta
from typing import Any

from babel.dates import format_date
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import ConfigurationError, EscuchaError, UnavailableError
from core.i18n.display_names import display_name
from core.i18n.names import NAMES
from core.i18n.translate import translator
from core.periods import FOUR_WEEKS
from dashboards.filters import OF_POSTS_ONLY
from dashboards.panels import DASHBOARDS, Dashboard, Panel
from dashboards.render.charts import Chart, pixels
from dashboards.render.csv_table import csv_table
from dashboards.window import Window
from desk.lens import DIMENSIONS, Lens
from desk.pages.analysis.events import events_of
from desk.panel_links import rows_url
from desk.rendering import DAY, language_of, page
from desk.shell import LensBar
from desk.state import Desk
from ledger import read
from pipeline.context import now

log = logging.getLogger("escucha")

NOT_COUNTED = (
    "The search engine does not answer, and there are too many posts to count this panel in the database. Posts and cases are safe "
    "there; please try again when the engine answers."
)

BAR = LensBar("28d", compares=True, periods=("today", "7d", "week", "last_week", "28d", "30d", "month", "last_month"))
FIELDS = (*DIMENSIONS, "barrio")
"""Parts of the lens that are fields of posts or cases."""
MOST_WITHIN = 10_000
"""Posts of an area that a query of a panel can name."""

PNG_FORMS = frozenset({"days", "bars", "change", "grid", "span", "share"})


def dashboards(_request: Request) -> Response:
    """Redirect to the first dashboard."""
    return RedirectResponse(f"/dashboards/{DASHBOARDS[0].key}", status_code=303)


def dashboard(request: Request) -> Response:
    """Show one dashboard."""
    return show(request, _chosen(request), request.state.lens, f"/dashboards/{request.path_params['key']}")


def show(
    request: Request, chosen: Dashboard, lens: Lens, path: str, template: str = "dashboard.html", bar: LensBar = BAR, **more: Any
) -> Response:
    """Show a dashboard under a lens.

    Args:
        request: of the page.
        chosen: the dashboard.
        lens: narrows all panels.
        path: of the page; the files of its panels are below it.
        template: of the page.
        bar: what the lens bar offers.
        more: values for the template.
    """
    desk: Desk = request.app.state.desk
    window, shown = window_of(request, lens)
    charts, by_search = _charts(request, chosen, window)
    counted = {one.key: one for one in charts}
    return page(
        request,
        template,
        chosen=chosen,
        chosen_title=chosen.title_in(language_of(request)),
        chosen_description=chosen.description_in(language_of(request)),
        dashboards=[(one.key, one.title_in(language_of(request))) for one in DASHBOARDS],
        lens_bar=bar,
        shown=shown,
        charts=[(counted[panel.key], panel) for panel in chosen.panels if panel.key in counted],
        engine_down=not by_search,
        not_counted=[one.title_in(language_of(request)) for one in chosen.panels if one.key not in counted],
        rows_url=lambda panel, keys=(), at=0: _rows_url(panel, window, keys, lens.area, at),
        files=path,
        dates=window.dates,
        events=events_of(desk, lens, window.dates[0], window.dates[-1]),
        narrows_posts_only=any(name in OF_POSTS_ONLY for name, _ in window.filters),
        compares=window.before is not None,
        zone=desk.context.city.zone.key,
        any_replay=read.any_replay(desk.context.ledger),
        any_example=read.any_example(desk.context.ledger),
        **more,
    )


def panel_file(request: Request) -> Response:
    """Send one panel as PNG or CSV."""
    return send(request, _chosen(request), request.state.lens)


def send(request: Request, chosen: Dashboard, lens: Lens) -> Response:
    """Send a panel under a lens as PNG or CSV."""
    language = language_of(request)
    key, _dot, kind = request.path_params["file"].rpartition(".")
    panel = next((one for one in chosen.panels if one.key == key), None)
    if panel is None or kind not in ("png", "csv") or (kind == "png" and panel.form not in PNG_FORMS):
        raise HTTPException(404)
    window, shown = window_of(request, lens)
    charts, _ = _charts(request, chosen, window)
    rows = next((one.found for one in charts if one.key == key), None)
    if rows is None:
        raise UnavailableError(NOT_COUNTED)
    name = {"content-disposition": f'attachment; filename="{key}.{kind}"'}
    if kind == "csv":
        return Response(csv_table(panel, rows, language), media_type="text/csv; charset=utf-8", headers=name)
    under = counted(panel, window, shown, request.app.state.desk.context.city.name, language)
    return Response(pixels(panel, rows, language, under), media_type="image/png", headers=name)


def counted(panel: Panel, window: Window, lens: Lens, city: str, language: str) -> str:
    """Name the city, days and filters of a panel's picture."""
    first, last = (format_date(one, DAY, locale=language) for one in (window.dates[0], window.dates[-1]))
    is_of_last_day = panel.form == "change" or any(layer.window is None for layer in panel.layers)
    days = last if is_of_last_day or first == last else f"{first} – {last}"
    filters = [display_name(name, value, language) if name in NAMES else value for name, value in window.filters]
    area = [translator(language, "desk")("area on the map")] if lens.shape else []
    return " · ".join((city, days, *filters, *area))


def _chosen(request: Request) -> Dashboard:
    chosen = next((one for one in DASHBOARDS if one.key == request.path_params["key"]), None)
    if chosen is None:
        raise HTTPException(404)
    return chosen


def window_of(request: Request, lens: Lens) -> tuple[Window, Lens]:
    """Return the window of a lens, and the lens that shows it.

    A period that dashboards do not offer becomes the default one; a range without a first day has as many days as that one.
    """
    if lens.days and lens.days[0] is None and lens.days[1]:
        lens = lens.changed(days=(lens.days[1] - timedelta(days=FOUR_WEEKS - 1), lens.days[1]))
    if lens.period not in (*BAR.periods, "custom"):
        lens = lens.changed(period=BAR.period)
    desk: Desk = request.app.state.desk
    zone, moment = desk.context.city.zone, now()
    bounds = lens.window(moment, zone)
    if (bounds.since or moment) >= min(bounds.until or moment, moment):  # a range of one's own may lie in the future
        lens = lens.changed(period=BAR.period)
        bounds = lens.window(moment, zone)
    since, end = bounds.since or moment, min(bounds.until or moment, moment)
    first, last = (one.astimezone(zone).date() for one in (since, end - timedelta(microseconds=1)))
    before = lens.compared(moment, zone)
    window = Window(
        now=end,
        zone=zone,
        since=since,
        days=(last - first).days + 1,
        compare=lens.compare,
        earlier=None if before.since is None or before.until is None else (before.since, before.until),
        filters=tuple((name, value) for name, value in lens.parameters.items() if name in FIELDS),
        within=_within(desk, lens),
    )
    return window, lens


def _within(desk: Desk, lens: Lens) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return the posts and cases of the area of the lens.

    Raises:
        ConfigurationError: they are too many for a query.
    """
    area = lens.shape
    if area is None:
        return None
    ledger = desk.context.ledger
    posts = read.message_ids(ledger, of="all", limit=MOST_WITHIN + 1, area=area)
    cases = [one.case_key for one in read.case_points(ledger, area=area)]
    if max(len(posts), len(cases)) > MOST_WITHIN:
        raise ConfigurationError("There are too many posts in this area for the dashboards. Draw a smaller one on the map.")
    return frozenset(posts), frozenset(cases)


def _rows_url(panel: Panel, window: Window, keys: tuple[str, ...], area: str | None, at: int) -> str:
    """Return the page of a mark's rows.

    Pages list the cases that wait now: for a period that has ended, there is no link to that.
    """
    ended = now() - window.now > timedelta(minutes=1)
    if ended and panel.index == "cases" and panel.layers and panel.layers[0].window is None:
        return ""
    return rows_url(panel, window, keys, area, at)


def _charts(request: Request, chosen: Dashboard, window: Window) -> tuple[list[Chart], bool]:
    """Return the dashboard's charts, and whether the search engine counted them.

    While it does not answer, these are the charts that the ledger can count.
    """
    desk: Desk = request.app.state.desk
    try:
        return desk.charts(chosen, language_of(request), now(), view=window), True
    except EscuchaError as error:  # the log tells the administrator what to do
        log.info("desk: %s", error)
        return desk.charts_of_ledger(chosen, language_of(request), now(), window), False
