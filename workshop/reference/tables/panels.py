"""Generate the page of panels from their definitions."""

from dashboards.panels import DASHBOARDS
from workshop.reference.tables.markdown import GENERATED, code, table

INTRODUCTION = """\
Each panel is one entry of a file in `dashboards/boards/`. The desk, the reports and Kibana show the same panel under the same
key. How they are counted: [dashboards](dashboards.md). How to add one: [add a panel](../how-to/add-a-panel.md).
"""
FORMS = {
    "tile": "a number with its change",
    "days": "bars a day",
    "bars": "bars",
    "change": "two bars: now and before",
    "grid": "a grid of numbers",
    "span": "median and 90 %",
    "share": "a share",
    "list": "a list",
}


def page() -> str:
    """Return docs/reference/panels.md."""
    lines = [GENERATED, "# Panels\n", INTRODUCTION]
    for dashboard in DASHBOARDS:
        rows = [
            (code(one.key), one.title, one.index if one.latest is None else "posts", FORMS.get(one.form, one.form), one.note or "")
            for one in dashboard.panels
        ]
        lines += [f"## {dashboard.title}: `{dashboard.key}`\n", f"{dashboard.description}\n"]
        lines.append(table(("key", "title", "counts", "form", "note"), rows))
    return "\n".join(lines)
