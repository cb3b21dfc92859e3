"""Place the panels of a dashboard in Kibana's grid."""

from collections.abc import Iterator
from typing import Any

from dashboards.panels import Dashboard, Panel

Json = dict[str, Any]

COLUMNS, HALF, HEIGHT, TILE_HEIGHT = 48, 24, 15, 6
"""Size of Kibana's grid and of a panel in it."""
FROM, TO = "now-27d/d", "now"
"""Period of a dashboard that is opened."""
REFRESH_MS = 300_000


def placed(dashboard: Dashboard, top: int) -> Iterator[tuple[Json, Panel]]:
    """Place the tiles in one row, then two panels per row.

    A wide panel fills its row. `top`: the first row that is free.
    """
    tiles = [panel for panel in dashboard.panels if panel.form == "tile"]
    for at, panel in enumerate(tiles):
        width = COLUMNS // len(tiles)
        yield {"x": at * width, "y": top, "w": width, "h": TILE_HEIGHT}, panel
    x, y = 0, top + (TILE_HEIGHT if tiles else 0)
    for panel in dashboard.panels:
        if panel.form == "tile":
            continue
        if panel.wide and x:
            x, y = 0, y + HEIGHT
        width = COLUMNS if panel.wide else HALF
        yield {"x": x, "y": y, "w": width, "h": HEIGHT}, panel
        x += width
        if x >= COLUMNS:
            x, y = 0, y + HEIGHT
