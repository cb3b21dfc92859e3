"""Let a click on a chart open the documents behind it."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from core.i18n.translate import translator
from dashboards.spec.panel import Panel

Json = dict[str, Any]


def to_discover(panel: Panel, language: str) -> Json:
    """Return the panel's drill-down to Discover.

    There cases and posts link to the desk.

    Every licence of Kibana has it; drill-downs to a URL need a paid one.
    """
    name = translator(language, "dashboards")("Open the records")
    action = {"factoryId": "OPEN_IN_DISCOVER_DRILLDOWN", "name": name, "config": {"openInNewTab": False}}
    event_id = str(uuid5(NAMESPACE_URL, f"escucha:{panel.key}:{language}"))
    return {"dynamicActions": {"events": [{"eventId": event_id, "triggers": ["FILTER_TRIGGER"], "action": action}]}}
