"""From a Vega-Lite description to an SVG that may stand inline on a page: no script, no style, nothing from outside."""

from functools import lru_cache
from hashlib import blake2b
from html import escape
from typing import Any
from xml.etree import ElementTree

import orjson
import vl_convert

INK = "#17212b"
SOFT = "#4a5866"
LINE = "#c9d2da"
MAIN = "#0b4f6c"
PALE = "#eef4f7"
"""The desk's own colours."""
FONT = "DejaVu Sans, Verdana, Noto Sans, sans-serif"
"""The first is what texts are measured with on Debian; Verdana is as wide."""

CONFIG: dict[str, Any] = {
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK, "titleColor": SOFT, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
        "domainColor": LINE, "tickColor": LINE, "gridColor": "#e3e8ec", "labelLimit": 260, "labelPadding": 6,
    },
    "header": {"labelColor": INK, "labelFontSize": 12},
    "legend": {
        "labelColor": INK, "labelFontSize": 12, "title": None, "orient": "top", "direction": "vertical", "symbolSize": 90,
        "labelLimit": 0,
    },
    "text": {"color": INK, "fontSize": 12, "font": FONT},
}  # fmt: skip

_SVG = "{http://www.w3.org/2000/svg}"
_DRAWN = frozenset({"g", "path", "line", "rect", "text", "tspan"})
_KEPT = frozenset(
    {"d", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "transform", "fill", "fill-opacity", "opacity", "stroke",
     "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit",
     "text-anchor", "font-family", "font-size", "font-weight", "font-style"}
)  # fmt: skip
_DROPPED = frozenset({"class", "role", "aria-label", "aria-hidden", "aria-roledescription", "pointer-events"})
"""One image to a screen reader: the words on its marks would be read one by one, and the table says them better."""


class UnsafePictureError(Exception):
    """A picture holds what a strict page would refuse; a fault of ours."""


def draw(spec: dict[str, Any], title: str, description: str) -> str:
    """The picture as inline SVG; the same description is drawn once."""
    return _draw(orjson.dumps({"config": CONFIG, **spec}), title, description)


@lru_cache(maxsize=256)
def _draw(spec: bytes, title: str, description: str) -> str:
    return _made_inline(vl_convert.vegalite_to_svg(spec.decode(), allowed_base_urls=[]), title, description)


def png(spec: dict[str, Any]) -> bytes:
    """The same as pixels, for mails and for looking at it."""
    white = {"config": {**CONFIG, "background": "white"}, **spec}
    made: bytes = vl_convert.vegalite_to_png(orjson.dumps(white).decode(), scale=2, allowed_base_urls=[])
    return made


def _made_inline(svg: str, title: str, description: str) -> str:
    """Only the elements and attributes we know are harmless, with a title and a description in front."""
    root = ElementTree.fromstring(svg)  # noqa: S314  our own drawing engine's output
    # Ids are unique on a page even where two pictures show the same title.
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
    unknown = element.attrib.keys() - _KEPT - _DROPPED
    if tag not in _DRAWN or unknown or any("(" in element.get(name, "") for name in ("fill", "stroke")):
        raise UnsafePictureError(
            f"<{tag} {sorted(element.items())}> does not belong on a page with a strict content policy"
        )
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in element.items() if name in _KEPT)
    inside = "".join(_element(child) for child in element)
    return f"<{tag}{attributes}>{escape(element.text or '')}{inside}</{tag}>"
