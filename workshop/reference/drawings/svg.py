"""Draw boxes, lines and text as SVG.

No font metrics and no library are used, so the bytes are the same on every machine.
"""

from html import escape

FONT = 'font-family="DejaVu Sans, Verdana, sans-serif"'
INK, PAPER, SOFT, LINE, ACCENT = "#1b2a38", "#ffffff", "#eef3f7", "#6b7f90", "#0b5a8a"


def picture(width: int, height: int, title: str, parts: list[str]) -> str:
    """Return a complete SVG with a title for screen readers."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="t">'
    arrow = (
        '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 8 4 0 8z" fill="{LINE}"/></marker></defs>'
    )
    paper = f'<rect width="{width}" height="{height}" fill="{PAPER}"/>'
    return "\n".join([head, f'<title id="t">{escape(title)}</title>', arrow, paper, *parts, "</svg>"]) + "\n"


def box(x: int, y: int, width: int, height: int, fill: str = SOFT) -> str:
    """Return a rectangle with rounded corners."""
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="5" fill="{fill}" stroke="{LINE}"/>'


def label(x: int, y: int, text: str, size: int = 12, bold: bool = False, fill: str = INK, anchor: str = "start") -> str:
    """Return one line of text; `y` is its base line."""
    look = f'{FONT} font-size="{size}"' + (' font-weight="bold"' if bold else "")
    return f'<text x="{x}" y="{y}" {look} fill="{fill}" text-anchor="{anchor}">{escape(text)}</text>'


def arrow(x1: int, y1: int, x2: int, y2: int) -> str:
    """Return a straight arrow."""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{LINE}" stroke-width="1.4" marker-end="url(#a)"/>'


def curve(x1: int, y1: int, x2: int, y2: int, bend: int) -> str:
    """Return a curved arrow with horizontal ends."""
    path = f"M{x1} {y1}C{x1 + bend} {y1} {x2 + (bend if x1 == x2 else -bend)} {y2} {x2} {y2}"
    return f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.1" marker-end="url(#a)"/>'
