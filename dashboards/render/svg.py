"""Render Vega-Lite as SVG that is safe to inline in a page.

The SVG has no script, no style element and no external reference.
"""

from hashlib import blake2b
from html import escape
from typing import Any
from xml.etree import ElementTree

import orjson
import vl_convert
from babel.numbers import get_decimal_symbol, get_group_symbol

from core.runtime.one_filler import one_filler

INK = "#17212b"
SOFT = "#4a5866"
LINE = "#c9d2da"
MAIN = "#0b4f6c"
PALE = "#eef4f7"
"""Colours of the desk."""
FONT = "DejaVu Sans, Verdana, Noto Sans, sans-serif"
"""Texts are measured with the first font on Debian; Verdana has the same width."""

CONFIG: dict[str, Any] = {
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": SOFT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "domainColor": LINE,
        "tickColor": LINE,
        "gridColor": "#e3e8ec",
        "labelLimit": 260,
        "labelPadding": 6,
    },
    "header": {"labelColor": INK, "labelFontSize": 12},
    "title": {"color": INK, "font": FONT, "fontSize": 15, "subtitleColor": SOFT, "subtitleFont": FONT, "subtitleFontSize": 12},
    "legend": {
        "labelColor": INK,
        "labelFontSize": 12,
        "title": None,
        "orient": "top",
        "direction": "vertical",
        "symbolSize": 90,
        "labelLimit": 0,
    },
    "text": {"color": INK, "fontSize": 12, "font": FONT},
}

_SVG = "{http://www.w3.org/2000/svg}"
_ALLOWED_TAGS = frozenset({"g", "path", "line", "rect", "text", "tspan"})
_ALLOWED_ATTRIBUTES = frozenset(
    """
    d x y x1 x2 y1 y2 width height transform fill fill-opacity opacity stroke stroke-width stroke-opacity stroke-dasharray
    stroke-linecap stroke-linejoin stroke-miterlimit text-anchor font-family font-size font-weight font-style
    """.split()
)
_DROPPED_ATTRIBUTES = frozenset({"class", "role", "aria-label", "aria-hidden", "aria-roledescription", "pointer-events"})
"""Dropped, so that the chart is one image to a screen reader: it would announce each mark, and the table is easier to follow."""


def _config(language: str) -> dict[str, Any]:
    """Return the look of charts with the number format of a language."""
    decimal, thousands = get_decimal_symbol(language), get_group_symbol(language)
    numbers = {"decimal": decimal, "thousands": thousands, "grouping": [3], "currency": ["", ""]}
    return {**CONFIG, "locale": {"number": numbers}}


class UnsafePictureError(Exception):
    """Report an SVG that a strict page would refuse; a bug."""


def draw(spec: dict[str, Any], title: str, description: str, language: str = "en") -> str:
    """Render a chart as inline SVG; results are cached by specification."""
    return _draw(orjson.dumps({"config": _config(language), **spec}), title, description)


@one_filler(maxsize=256)
def _draw(spec: bytes, title: str, description: str) -> str:
    return _inline(vl_convert.vegalite_to_svg(spec.decode(), allowed_base_urls=[]), title, description)


def png(spec: dict[str, Any], language: str = "en") -> bytes:
    """Render a chart as PNG, for e-mails and inspection."""
    white = {"config": {**_config(language), "background": "white"}, **spec}
    image: bytes = vl_convert.vegalite_to_png(orjson.dumps(white).decode(), scale=2, allowed_base_urls=[])
    return image


def png_of(svg: str) -> bytes:
    """Render an SVG as PNG, for programs that draw no SVG.

    Raises:
        ValueError: it is not an SVG that can be drawn.
    """
    try:
        image: bytes = vl_convert.svg_to_png(svg, scale=2)
    except (RuntimeError, ValueError) as error:
        raise ValueError(str(error).partition("\n")[0]) from None
    return image


def _inline(svg: str, title: str, description: str) -> str:
    """Keep only allowed elements and attributes; add title and description."""
    root = ElementTree.fromstring(svg)  # noqa: S314  output of our rendering engine
    # Ids are unique on a page even if two charts have the same title.
    mark = blake2b(svg.encode() + title.encode(), digest_size=6).hexdigest()
    size = " ".join(f'{name}="{root.attrib[name]}"' for name in ("width", "height", "viewBox"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="t{mark} d{mark}">'
        f'<title id="t{mark}">{escape(title)}</title><desc id="d{mark}">{escape(description)}</desc>'
        f"{''.join(_element(child) for child in root)}</svg>"
    )


def _element(element: ElementTree.Element) -> str:
    tag = element.tag.removeprefix(_SVG)
    if element.get("display") == "none" or (tag == "g" and len(element) == 0):
        return ""
    unknown = element.attrib.keys() - _ALLOWED_ATTRIBUTES - _DROPPED_ATTRIBUTES
    if tag not in _ALLOWED_TAGS or unknown or any("(" in element.get(name, "") for name in ("fill", "stroke")):
        raise UnsafePictureError(f"<{tag} {sorted(element.items())}> is not allowed on a page with a strict content security policy")
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in element.items() if name in _ALLOWED_ATTRIBUTES)
    inside = "".join(_element(child) for child in element)
    return f"<{tag}{attributes}>{escape(element.text or '')}{inside}</{tag}>"
