"""One dashboard of the desk: all its panels asked in one request, each as a picture with its table."""

from datetime import datetime

from core.config.city import City
from dashboards import es_query
from dashboards.panels import Dashboard, Window
from dashboards.render import vega
from dashboards.render.charts import Chart, chart, draw
from dashboards.spec.panel import Row
from search import queries
from search.queries import Engine


def draw_dashboard(
    engine: Engine, city: City, dashboard: Dashboard, language: str, now: datetime, replay: bool = True
) -> list[Chart]:
    """The charts of a dashboard, in its order.

    Raises:
        UnavailableError: the search engine does not answer now.
    """
    return draw_rows(ask_dashboard(engine, city, dashboard, now, replay), city, dashboard, language)


def ask_dashboard(
    engine: Engine, city: City, dashboard: Dashboard, now: datetime, replay: bool = True
) -> list[list[Row]]:
    """The rows of its panels, in one request; errors as in `draw_dashboard`."""
    view = Window(now=now, zone=city.zone, replay=replay)
    answers = queries.run_many(engine, [(panel.index, es_query.body(panel, view)) for panel in dashboard.panels])
    with queries.reading(engine):
        return [es_query.rows(panel, answer, view) for panel, answer in zip(dashboard.panels, answers, strict=True)]


def draw_rows(rows: list[list[Row]], city: City, dashboard: Dashboard, language: str) -> list[Chart]:
    """The charts of rows that are known: this part takes no search engine."""
    return [chart(panel, found, language, city.zone) for panel, found in zip(dashboard.panels, rows, strict=True)]


def warm_up() -> None:
    """Draw something once: the drawing engine takes half a second to start, which no reader should wait for."""
    draw(vega.bars([("", 1.0, "")]), "", "")
