"""One dashboard of the desk: all its panels asked in one request, each as a picture with its table."""

from datetime import datetime

from core.city import City
from dashboards import ask, forms
from dashboards.charts import Chart, chart, draw
from dashboards.panels import Dashboard, View
from search import queries
from search.engine import Engine


def draw_dashboard(
    engine: Engine, city: City, dashboard: Dashboard, language: str, now: datetime, replay: bool = True
) -> list[Chart]:
    """The charts of a dashboard, in its order.

    Raises:
        UnavailableError: the search engine does not answer now.
    """
    view = View(now=now, zone=city.zone, replay=replay)
    panels = dashboard.panels
    answers = queries.run_many(engine, [(panel.index, ask.body(panel, view)) for panel in panels])
    return [
        chart(panel, ask.rows(panel, answer, view), language, city.zone)
        for panel, answer in zip(panels, answers, strict=True)
    ]


def warm_up() -> None:
    """Draw something once: the drawing engine takes half a second to start, which no reader should wait for."""
    draw(forms.bars([("", 1.0, "")]), "", "")
