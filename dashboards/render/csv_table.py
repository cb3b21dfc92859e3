"""Write the rows of a panel as CSV."""

from collections.abc import Sequence

from core.i18n.translate import translator
from core.spreadsheet import csv_line
from dashboards.spec.panel import Panel, Row


def csv_table(panel: Panel, rows: Sequence[Row], language: str) -> str:
    """Return one line per number: its labels, then the number.

    The decimal separator is a point.

    No cell can be run as a formula (`core.spreadsheet`).
    """
    _ = translator(language, "dashboards")
    if panel.latest is not None:
        heads = [_(header) for _field, header in panel.latest.columns]
        return "".join(map(csv_line, [heads, *rows]))
    axes = panel.axes
    count = "" if panel.layers[0].measure else _(panel.layers[0].name.capitalize())
    lines: list[list[object]] = [[*(axis.header_in(language) for axis in axes), count]]
    lines += [[*(axis.label(str(key), language) for axis, key in zip(axes, row, strict=False)), row[-1]] for row in rows]
    return "".join(map(csv_line, lines))
