"""Bind colours to values, so that a value has one colour everywhere.

Readers with any of the three colour-vision deficiencies can distinguish them (tested), and each contrasts with white by 3:1.
No meaning depends on colour alone: every mark carries its name and number.
"""

from dashboards.spec.groups import Groups
from dashboards.spec.panel import LayerNames
from dashboards.spec.split import NOT_KNOWN, Axis
from dashboards.spec.terms import Terms

ORANGE, BLUE, GREY, GREEN, PURPLE, PALE_GREY = "#b8480a", "#0b6fa4", "#6b7680", "#00795b", "#8a4d9e", "#858f98"

BY_VALUE: dict[str, dict[str, str]] = {
    "sentiment": {"negative": ORANGE, "neutral": GREY, "positive": BLUE, NOT_KNOWN: PALE_GREY},
    "Answer": {"in_time": BLUE, "late": ORANGE},
    "layers": {
        "opened": ORANGE,
        "resolved": BLUE,
        "received": ORANGE,
        "answered": BLUE,
        "complaints": ORANGE,
        "praise": BLUE,
        "same": BLUE,
        "other": ORANGE,
    },
    "Checked by people": {"same": BLUE, "other": ORANGE},
}
"""Colour of each value, by field; of groups, by header; of layers, by key."""


def colours(axis: Axis) -> dict[str, str]:
    """Return the colours of an axis's values; empty: one colour."""
    match axis:
        case Terms():
            return BY_VALUE.get(axis.field, {})
        case Groups():
            return BY_VALUE.get(axis.header, {})
        case LayerNames():
            known = BY_VALUE["layers"]
            return {layer.key: known[layer.key] for layer in axis.layers if layer.key in known}
        case _:
            return {}
