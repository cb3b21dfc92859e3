"""List all dashboards and panels of the desk, the reports and Kibana."""

from dashboards.boards import answers, campaign, cases, conversation, district, health, now, service, trust
from dashboards.boards.parts import ACTIONABLE, CITIZENS
from dashboards.spec.panel import Dashboard, Panel
from dashboards.window import Window

__all__ = ["ACTIONABLE", "CITIZENS", "DASHBOARDS", "PANELS", "Dashboard", "Panel", "Window"]

DASHBOARDS: tuple[Dashboard, ...] = tuple(
    one.BOARD for one in (now, service, district, conversation, cases, answers, health, campaign, trust)
)
PANELS: dict[str, Panel] = {panel.key: panel for dashboard in DASHBOARDS for panel in dashboard.panels}
