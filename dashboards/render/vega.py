"""Draw each form of panel in Vega-Lite.

No meaning depends on colour alone: every bar, dot and cell shows its number.
"""

from collections.abc import Sequence
from typing import Any

from babel.numbers import get_group_symbol

from dashboards.render.svg import INK, MAIN, PALE, SOFT

Json = dict[str, Any]
Line = tuple[str, ...]

WIDTH = 470
WIDE = 960
STEP = 24
"""Height of a line in px; text is 12 px."""
DAY_HEIGHT = 64
DATE_WIDTH = 80
"""Width in px that a day's name takes below a chart."""
ROOM_FOR_LETTERS = 1.4
"""Height of a strip whose days are marked, in heights of its longest bar."""
MARKED = "#f7e3b5"
CHARACTER_WIDTH = 6.8
"""Mean width in px of a character at 12 px."""
COSINE_40 = 0.77
FIT: Json = {"type": "fit-x", "contains": "padding"}
DARK_TEXT_UP_TO = 0.72
"""Up to this share of the maximum, black text has a better contrast than white: 4.5:1 for both there (tested)."""


def shade(part: float) -> str:
    """Return a cell's fill colour for its share of the maximum.

    >>> shade(0.0), shade(1.0)
    ('#eef4f7', '#0b4f6c')
    """
    pale, main = (_channels(PALE), _channels(MAIN))
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in zip(pale, main, strict=True))


def ink_on(part: float) -> str:
    """Return the text colour on a cell with that fill."""
    return "#000000" if part <= DARK_TEXT_UP_TO else "#ffffff"


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[n : n + 2], 16) for n in (1, 3, 5))


def days(
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float]]],
    fills: Sequence[str] | None = None,
    language: str = "en",
    marked: Sequence[str | None] | None = None,
    width: int = WIDTH,
) -> Json:
    """Draw one strip of bars per series, on one scale.

    The peak shows its number. `fills`: a colour per series; None: one colour. `marked`: of each day None, or the letters of what is
    shown behind it, empty where they stand on an earlier day. `width`: of the chart in px.
    """
    letters = marked or [None] * len(labels)
    values = [
        {"series": name, "day": label, "n": n, "fill": fill, "marked": letter is not None}
        | _texts_over(n, is_peak=at == list(numbers).index(max(numbers)), letter=letter or "", language=language)
        for (name, numbers), fill in zip(series, fills or [MAIN] * len(series), strict=True)
        for at, (label, n, letter) in enumerate(zip(labels, numbers, letters, strict=True))
    ]
    every = max(1, -(-len(labels) // ((width - 60) // DATE_WIDTH)))
    no_lines = {"domain": False, "ticks": False}
    shown = {"values": list(labels[::every]), "labelAngle": 0, "labelAlign": "left", "labelOffset": -4, **no_lines}
    x = {"field": "day", "type": "ordinal", "sort": None, "title": None, "axis": shown}
    y = {"field": "n", "type": "quantitative", "title": None, "axis": {"tickCount": 3, "format": ",d", **no_lines}}
    header = {"labelAngle": 0, "labelAlign": "left", "labelOrient": "top", "labelAnchor": "start", "labelPadding": 2}
    rows = {"field": "series", "type": "nominal", "sort": [name for name, _ in series], "title": None, "header": header}
    peak = {"x": x, "y": y, "text": {"field": "peak", "type": "nominal"}}
    given_fill = {"field": "fill", "type": "nominal", "scale": None, "legend": None}
    strip = [
        {"mark": "bar", "encoding": {"x": x, "y": y, "fill": given_fill}},
        {"mark": {"type": "text", "dy": -7, "fontSize": 11}, "encoding": peak},
    ]
    if any(letter is not None for letter in letters):
        most = max((n for _, numbers in series for n in numbers), default=0)
        x["scale"] = {"domain": list(labels), "paddingInner": 0.1, "paddingOuter": 0.05}  # not that of the marked days
        y["scale"] = {"domain": [0, (most or 1) * ROOM_FOR_LETTERS], "nice": False}
        behind = {"mark": {"type": "rect", "color": MARKED}, "transform": [{"filter": "datum.marked"}], "encoding": {"x": x}}
        named = {"x": x, "y": {"value": 8}, "text": {"field": "letters", "type": "nominal"}}
        strip = [behind, *strip, {"mark": {"type": "text", "fontSize": 11, "fontWeight": "bold"}, "encoding": named}]
    return {
        "data": {"values": values},
        "facet": {"row": rows},
        "spacing": 6,
        "spec": {"width": width - 60, "height": DAY_HEIGHT, "layer": strip},
    }


def _texts_over(n: float, *, is_peak: bool, letter: str, language: str) -> Json:
    """Return the number and letters over a bar.

    On a peak the letters are beside its number, else in a line above the bars.
    """
    if n and is_peak:
        return {"peak": f"{letter} {_number(n, language)}".strip(), "letters": ""}
    return {"peak": "", "letters": letter}


def bars(lines: Sequence[tuple[str, float, str]], of: float | None = None, width: int = WIDTH) -> Json:
    """Draw one bar per line with its number.

    `of` is the value of a full bar; None: the largest.
    """
    longest = of or max((n for _, n, _ in lines), default=0)
    return {
        "data": {"values": [{"name": name, "n": n, "text": text} for name, n, text in lines]},
        "width": width,
        "height": {"step": STEP},
        "autosize": FIT,
        "encoding": {
            "y": _names(),
            "x": {"field": "n", "type": "quantitative", "axis": None, "scale": {"domain": [0, longest * 1.25 or 1]}},
        },
        "layer": [
            {"mark": {"type": "bar", "color": MAIN, "height": {"band": 0.62}}},
            {"mark": {"type": "text", "align": "left", "dx": 5}, "encoding": {"text": {"field": "text", "type": "nominal"}}},
        ],
    }


def spans(lines: Sequence[tuple[str, float, float, str]], names: tuple[str, str], width: int = WIDTH) -> Json:
    """Draw an open circle and a filled square per line, joined.

    The text of the line is behind the outer one.
    """
    longest = max((max(first, second) for _, first, second, _ in lines), default=0)
    ends = [{"name": name, "first": a, "second": b, "outer": max(a, b), "text": text} for name, a, b, text in lines]
    dots = [{"name": name, "n": n, "which": names[at]} for name, *both, _ in lines for at, n in enumerate(both)]
    axis = {"tickCount": 4, "domain": False, "ticks": False}
    scale = {"domain": [0, longest * 1.5 or 1], "nice": False}
    from_first = {"field": "first", "type": "quantitative", "scale": scale, "title": None, "axis": axis}
    which = {"field": "which", "type": "nominal", "sort": None}
    return {
        "width": width,
        "height": {"step": STEP + 2},
        "autosize": FIT,
        "encoding": {"y": _names()},
        "layer": [
            {"data": {"values": ends}, "mark": {"type": "rule", "color": SOFT}, "encoding": {"x": from_first, "x2": {"field": "second"}}},
            {
                "data": {"values": dots},
                "mark": {"type": "point", "size": 80, "strokeWidth": 2, "opacity": 1},
                "encoding": {
                    "x": {"field": "n", "type": "quantitative", "title": None},
                    "shape": {**which, "scale": {"domain": list(names), "range": ["circle", "square"]}, "legend": {}},
                    "fill": {**which, "scale": {"domain": list(names), "range": ["#ffffff", MAIN]}, "legend": {}},
                    "stroke": {**which, "scale": {"domain": list(names), "range": [INK, MAIN]}, "legend": {}},
                },
            },
            {
                "data": {"values": ends},
                "mark": {"type": "text", "align": "left", "dx": 10},
                "encoding": {"x": {"field": "outer", "type": "quantitative"}, "text": {"field": "text", "type": "nominal"}},
            },
        ],
    }


def grid(names: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[float]], wide: bool, language: str = "en") -> Json:
    """Draw a heat map with numbers; a cell of zero is empty."""
    most = max((n for line in cells for n in line), default=0) or 1
    values = [
        {"name": name, "column": column, "fill": shade(n / most), "ink": ink_on(n / most), "text": _number(n, language) if n else ""}
        for name, line in zip(names, cells, strict=True)
        for column, n in zip(columns, line, strict=True)
    ]
    width = WIDE if wide else WIDTH
    cell = (width - CHARACTER_WIDTH * max(map(len, names), default=0)) / max(1, len(columns))
    is_turned = any(CHARACTER_WIDTH * len(column) > cell for column in columns)
    axis = {"orient": "top", "domain": False, "ticks": False, "labelAngle": 0}
    if is_turned:
        axis |= {"labelAngle": -40, "labelAlign": "left", "labelLimit": 220}
    # The rendering engine ignores the width of the last rotated label.
    overhang = max(0.0, CHARACTER_WIDTH * len(columns[-1]) * COSINE_40 - cell / 2) if is_turned else 0.0
    return {
        "data": {"values": values},
        "width": width,
        "height": {"step": STEP},
        "autosize": FIT,
        "padding": {"left": 5, "top": 5, "bottom": 5, "right": 5 + overhang},
        "encoding": {"y": _names(), "x": {"field": "column", "type": "nominal", "sort": None, "title": None, "axis": axis}},
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "#ffffff"},
                "encoding": {"fill": {"field": "fill", "type": "nominal", "scale": None, "legend": None}},
            },
            {
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {
                    "text": {"field": "text", "type": "nominal"},
                    "color": {"field": "ink", "type": "nominal", "scale": None, "legend": None},
                },
            },
        ],
    }


def _number(n: float, language: str) -> str:
    """Format a count with the separator of a language.

    >>> _number(1234, "es"), _number(1234, "en")
    ('1.234', '1,234')
    """
    return f"{n:,.0f}".replace(",", get_group_symbol(language))


def _names() -> Json:
    return {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"domain": False, "ticks": False}}
