"""Link the dashboards to each other by a panel at the top."""

from typing import Any

from dashboards.kibana import lens
from dashboards.spec.panel import Dashboard

Json = dict[str, Any]

PANEL = "links"
HEIGHT = 3
"""Rows of Kibana's grid that the panel fills."""


def links_panel(dashboards: tuple[Dashboard, ...], language: str, columns: int) -> tuple[Json, list[Json]]:
    """Return the panel and its references to the dashboards. It keeps period and filters."""
    options = {"openInNewTab": False, "useCurrentDateRange": True, "useCurrentFilters": True}
    links = [
        {
            "type": "dashboardLink",
            "id": one.key,
            "order": order,
            "label": one.title_in(language),
            "options": options,
            "destinationRefName": f"link_{one.key}_dashboard",
        }
        for order, one in enumerate(dashboards)
    ]
    references = [
        {"type": "dashboard", "id": lens.object_id(one.key, language), "name": f"{PANEL}:link_{one.key}_dashboard"} for one in dashboards
    ]
    panel = {
        "type": "links",
        "panelIndex": PANEL,
        "gridData": {"x": 0, "y": 0, "w": columns, "h": HEIGHT, "i": PANEL},
        "embeddableConfig": {"attributes": {"layout": "horizontal", "links": links}, "enhancements": {}},
    }
    return panel, references
