"""Draw SVG charts on white: shapes, text and two axes.

Every chart has a title and a description in text.
"""

import re
from collections.abc import Iterable
from textwrap import wrap
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

SVG = "http://www.w3.org/2000/svg"
INK, GREY, FAINT, WHITE, BLACK = "#1a1a1a", "#595959", "#d9d9d9", "#ffffff", "#000000"
BLUE, ORANGE = "#0072b2", "#d55e00"
"""From Okabe and Ito's palette: distinguishable with every kind of colour vision."""
DEEP = (8, 48, 107)
"""RGB of a cell that holds its whole row; an empty one is white."""
SMALL, LARGE = 12, 16
"""Font sizes in pixels."""
CHARACTER_WIDTH = 0.6
"""Width of a character relative to the font size: that of a wide typeface, as the viewer's font is unknown."""
SIDE, LEFT, TOP = 380, 70, 72
"""Plot area in pixels: side of the square, and its offsets in the image."""
MARGIN, LINE = 16, 20
WIDTH, LEGEND = LEFT + SIDE + 30, TOP + SIDE + 66
"""Width of the image, and vertical position of the legend's first line, in pixels."""
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot represent, not even escaped."""


def assemble(title: str, description: str, width: float, height: float, parts: Iterable[str]) -> str:
    """Assemble a chart from title, description and parts.

    The background is white, on a dark page too.
    """
    lines = wrap(title, int((width - 2 * MARGIN) / text_width("m", LARGE)))
    lower = LINE * max(len(lines) - 1, 0)
    size = {"width": width, "height": height + lower}
    root = {"xmlns": SVG, "role": "img", "viewBox": f"0 0 {xml_text(width)} {xml_text(height + lower)}"} | size
    content = (
        element("title", title),
        element("desc", description),
        element("rect", **size, fill=WHITE),
        *(draw_text(MARGIN, 28 + LINE * n, text, font_size=LARGE, font_weight="bold") for n, text in enumerate(lines)),
        f'<g transform="translate(0 {lower})">',
        *parts,
        "</g>",
    )
    opened = element("svg", **root, font_family="sans-serif", font_size=SMALL, fill=INK).replace("/>", ">")
    return "\n".join((opened, *content, "</svg>\n"))


def alt_text(picture: str) -> str:
    """Return title and description of a chart for its `alt` text.

    Screen readers skip the content of an SVG shown as an image.
    """
    root = ElementTree.fromstring(picture)  # noqa: S314  drawn here
    return ". ".join(root.findtext(f"{{{SVG}}}{name}", "") for name in ("title", "desc"))


def element(name: str, text: str = "", /, **attributes: str | float) -> str:
    """Format one element; the attribute `font_size` becomes font-size."""
    given = "".join(f" {key.replace('_', '-')}={quoteattr(xml_text(value))}" for key, value in attributes.items())
    return f"<{name}{given}>{escape(xml_text(text))}</{name}>" if text else f"<{name}{given}/>"


def xml_text(value: str | float) -> str:
    """Replace characters that XML forbids; round numbers to tenths.

    >>> xml_text(3.14159), xml_text("a\\x00b")
    ('3.1', 'a�b')
    """
    return FORBIDDEN.sub("\ufffd", value) if isinstance(value, str) else f"{round(float(value), 1):g}"


def count_posts(count: int) -> str:
    """Format a number of posts.

    >>> count_posts(1), count_posts(1200)
    ('1 post', '1,200 posts')
    """
    return f"{count:,} post{'' if count == 1 else 's'}"


def draw_text(x: float, y: float, text: str, **attributes: str | float) -> str:
    """Draw text whose base line begins at this point."""
    return element("text", text, x=x, y=y, **attributes)


def draw_rotated(x: float, y: float, text: str, degrees: int, **attributes: str | float) -> str:
    """Draw text rotated around this point."""
    return draw_text(x, y, text, transform=f"rotate({degrees} {xml_text(x)} {xml_text(y)})", **attributes)


def draw_line(start: tuple[float, float], end: tuple[float, float], colour: str, **attributes: str | float) -> str:
    """Draw a straight line between two points."""
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], stroke=colour, **attributes)


def draw_circle(x: float, y: float) -> str:
    """Draw a filled dark dot."""
    return element("circle", cx=x, cy=y, r=5, fill=INK, stroke=WHITE)


def draw_diamond(x: float, y: float) -> str:
    """Draw a hollow orange diamond, large enough to show a dot inside."""
    return element("path", d=f"M{xml_text(x)} {xml_text(y - 10)}l10 10l-10 10l-10 -10z", fill="none", stroke=ORANGE, stroke_width=3)


def shade(share: float) -> tuple[str, str]:
    """Return a cell's fill and the text colour with more contrast."""
    mixed = [round(255 + (deep - 255) * share) for deep in DEEP]
    linear = [((part / 255 + 0.055) / 1.055) ** 2.4 if part > 10 else part / 255 / 12.92 for part in mixed]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    # WCAG 2: contrast is (lighter + .05) / (darker + .05); black and white are equal at sqrt(1.05 * .05) - .05 = 0.179
    return "#{:02x}{:02x}{:02x}".format(*mixed), BLACK if luminance > 0.179 else WHITE


def text_width(text: str, size: int = SMALL) -> float:
    """Estimate the width of a text in pixels."""
    return len(text) * size * CHARACTER_WIDTH


def to_x(share: float) -> float:
    """Convert a share, 0 to 1, of the horizontal axis to pixels."""
    return LEFT + SIDE * share


def to_y(share: float) -> float:
    """Convert a share, 0 to 1, of the vertical axis to pixels."""
    return TOP + SIDE * (1 - share)


def draw_axes(horizontal: str, vertical: str) -> list[str]:
    """Draw both axes from 0 to 1 with grid, numbers and titles."""
    parts = []
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts += [
            draw_line((to_x(share), to_y(0)), (to_x(share), to_y(1)), FAINT),
            draw_line((to_x(0), to_y(share)), (to_x(1), to_y(share)), FAINT),
            draw_text(to_x(share), to_y(0) + 18, f"{share:.1f}", text_anchor="middle"),
            draw_text(to_x(0) - 8, to_y(share) + 4, f"{share:.1f}", text_anchor="end"),
        ]
    return [
        *parts,
        draw_line((to_x(0), to_y(0)), (to_x(1), to_y(0)), GREY),
        draw_line((to_x(0), to_y(0)), (to_x(0), to_y(1)), GREY),
        draw_text(to_x(0.5), to_y(0) + 38, horizontal, text_anchor="middle"),
        draw_rotated(LEFT - 42, to_y(0.5), vertical, -90, text_anchor="middle"),
    ]
