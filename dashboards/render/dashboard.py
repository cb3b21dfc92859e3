"""Query all panels of a dashboard in one request and render them."""

from collections.abc import Sequence
from typing import NamedTuple

from dashboards import es_query
from dashboards.panels import Dashboard, Window
from dashboards.render import vega
from dashboards.render.charts import Chart, Totals, chart, draw
from dashboards.spec.panel import Panel, Row
from search import queries
from search.queries import Engine


class PanelNumbers(NamedTuple):
    """Hold the numbers of one panel."""

    rows: list[Row]
    totals: Totals | None


def ask_dashboard(engine: Engine, dashboard: Dashboard, view: Window) -> list[PanelNumbers]:
    """Query the numbers of all panels in one request.

    Raises:
        UnavailableError: the search engine does not answer now.
    """
    answers = queries.run_many(engine, [(panel.index, es_query.body(panel, view)) for panel in dashboard.panels])
    with queries.parsing(engine):
        return [
            PanelNumbers(es_query.rows(panel, answer, view), es_query.totals(panel, answer, view))
            for panel, answer in zip(dashboard.panels, answers, strict=True)
        ]


def draw_rows(counted: list[PanelNumbers], panels: Sequence[Panel], language: str, view: Window) -> list[Chart]:
    """Render charts from known numbers, without the search engine."""
    before = (view.before.dates[0], view.before.dates[-1]) if view.earlier and view.before else None
    return [
        chart(panel, found.rows, language, view.zone, found.totals, view.shift_days, before)
        for panel, found in zip(panels, counted, strict=True)
    ]


def warm_up() -> None:
    """Render a small chart once.

    The rendering engine takes half a second to start, and no user should wait for it.
    """
    draw(vega.bars([("", 1.0, "")]), "", "")
