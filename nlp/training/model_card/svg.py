"""Draws on a white sheet, as SVG text: shapes, words and the two axes of a chart; every sheet also says in words what it shows."""

import re
from collections.abc import Iterable
from textwrap import wrap
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

SVG = "http://www.w3.org/2000/svg"
INK, GREY, FAINT, WHITE, BLACK = "#1a1a1a", "#595959", "#d9d9d9", "#ffffff", "#000000"
BLUE, ORANGE = "#0072b2", "#d55e00"
"""Of Okabe and Ito's palette: told apart with every kind of colour vision."""
DEEP = (8, 48, 107)
"""Red, green and blue of a cell that holds its whole row; an empty one is white."""
SMALL, LARGE = 12, 16
"""Sizes of letters, in pixels."""
LETTER = 0.6
"""Width of a letter, in sizes: that of a wide typeface, since nobody knows which one the reader has."""
SIDE, LEFT, TOP = 380, 70, 72
"""The square that a chart is drawn in: its side, and where on the sheet it begins."""
MARGIN, LINE = 16, 20
WIDTH, LEGEND = LEFT + SIDE + 30, TOP + SIDE + 66
"""How wide the sheet of a chart is, and how far down the first line of its legend."""
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot carry, not even escaped."""


def sheet(title: str, said: str, width: float, height: float, parts: Iterable[str]) -> str:
    """The whole picture: its title, what it says in words, and its parts on white, which stays white on a dark page."""
    lines = wrap(title, int((width - 2 * MARGIN) / text_width("m", LARGE)))
    lower = LINE * max(len(lines) - 1, 0)
    size = {"width": width, "height": height + lower}
    root = {"xmlns": SVG, "role": "img", "viewBox": f"0 0 {plain(width)} {plain(height + lower)}"} | size
    content = (
        element("title", title),
        element("desc", said),
        element("rect", **size, fill=WHITE),
        *(words(MARGIN, 28 + LINE * n, text, font_size=LARGE, font_weight="bold") for n, text in enumerate(lines)),
        f'<g transform="translate(0 {lower})">',
        *parts,
        "</g>",
    )
    opened = element("svg", **root, font_family="sans-serif", font_size=SMALL, fill=INK).replace("/>", ">")
    return "\n".join((opened, *content, "</svg>\n"))


def words_of(picture: str) -> str:
    """Title and description of a picture, for the `alt` of a page that shows it: from there nobody hears what is inside."""
    root = ElementTree.fromstring(picture)  # noqa: S314  drawn here
    return ". ".join(root.findtext(f"{{{SVG}}}{name}", "") for name in ("title", "desc"))


def element(name: str, text: str = "", /, **attributes: str | float) -> str:
    """One element; `font_size` is written font-size."""
    given = "".join(f" {key.replace('_', '-')}={quoteattr(plain(value))}" for key, value in attributes.items())
    return f"<{name}{given}>{escape(plain(text))}</{name}>" if text else f"<{name}{given}/>"


def plain(value: str | float) -> str:
    """Text without characters that XML forbids; numbers to a tenth of a pixel."""
    return FORBIDDEN.sub("\ufffd", value) if isinstance(value, str) else f"{round(float(value), 1):g}"


def posts(count: int) -> str:
    """A number of posts in words."""
    return f"{count:,} post{'' if count == 1 else 's'}"


def words(x: float, y: float, text: str, **attributes: str | float) -> str:
    """Text whose base line begins at this point."""
    return element("text", text, x=x, y=y, **attributes)


def turned(x: float, y: float, text: str, degrees: int, **attributes: str | float) -> str:
    """Text turned round this point."""
    return words(x, y, text, transform=f"rotate({degrees} {plain(x)} {plain(y)})", **attributes)


def line(start: tuple[float, float], end: tuple[float, float], colour: str, **attributes: str | float) -> str:
    """A straight line between two points."""
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], stroke=colour, **attributes)


def circle(x: float, y: float) -> str:
    """A full dark dot."""
    return element("circle", cx=x, cy=y, r=5, fill=INK, stroke=WHITE)


def diamond(x: float, y: float) -> str:
    """A hollow orange diamond, so large that a dot in the same place is seen inside it."""
    return element(
        "path", d=f"M{plain(x)} {plain(y - 10)}l10 10l-10 10l-10 -10z", fill="none", stroke=ORANGE, stroke_width=3
    )


def shade(share: float) -> tuple[str, str]:
    """The colour of a cell that holds this share of its row, and the ink, black or white, that is read best on it."""
    mixed = [round(255 + (deep - 255) * share) for deep in DEEP]
    linear = [((part / 255 + 0.055) / 1.055) ** 2.4 if part > 10 else part / 255 / 12.92 for part in mixed]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    # Of WCAG 2: the contrast is (lighter + .05) / (darker + .05), so that black and white are even at sqrt(1.05 * .05) - .05.
    return "#{:02x}{:02x}{:02x}".format(*mixed), BLACK if luminance > 0.179 else WHITE


def text_width(text: str, size: int = SMALL) -> float:
    """How much room the text needs."""
    return len(text) * size * LETTER


def across(share: float) -> float:
    """Where on the sheet this share, 0 to 1, of the horizontal axis is."""
    return LEFT + SIDE * share


def up(share: float) -> float:
    """Where on the sheet this share, 0 to 1, of the vertical axis is."""
    return TOP + SIDE * (1 - share)


def axes(horizontal: str, vertical: str) -> list[str]:
    """Both axes from 0 to 1 with a faint grid, numbers and what they mean."""
    parts = []
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts += [
            line((across(share), up(0)), (across(share), up(1)), FAINT),
            line((across(0), up(share)), (across(1), up(share)), FAINT),
            words(across(share), up(0) + 18, f"{share:.1f}", text_anchor="middle"),
            words(across(0) - 8, up(share) + 4, f"{share:.1f}", text_anchor="end"),
        ]
    return [
        *parts,
        line((across(0), up(0)), (across(1), up(0)), GREY),
        line((across(0), up(0)), (across(0), up(1)), GREY),
        words(across(0.5), up(0) + 38, horizontal, text_anchor="middle"),
        turned(LEFT - 42, up(0.5), vertical, -90, text_anchor="middle"),
    ]
