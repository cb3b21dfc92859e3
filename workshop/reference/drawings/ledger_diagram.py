"""Draw the ledger's tables with keys and references.

Tables of one file are kept in one column where they fit.
"""

from typing import NamedTuple

from sqlalchemy import Table

from ledger.schema import metadata
from workshop.reference.drawings import svg
from workshop.reference.tables.comments import Group, read_comments

FIRST = ("runs", "posts", "incident_posts", "cases")
"""Files with these tables come first, in this order, so that most references connect neighbours."""
WIDTH, ROW, GAP, BETWEEN, TOP = 190, 15, 16, 66, 44


class Box(NamedTuple):
    """Describe the position of a table in the diagram."""

    x: int
    y: int
    height: int


def picture() -> str:
    """Return docs/img/ledger.svg."""
    groups = _columns(read_comments().groups)
    boxes: dict[str, Box] = {}
    for at, names in enumerate(groups):
        y = TOP
        for name in names:
            height = 26 + ROW * (len(_keys(metadata.tables[name])) + 1)
            boxes[name] = Box(20 + at * (WIDTH + BETWEEN), y, height)
            y += height + GAP
    parts = [line for name in boxes for line in _references(name, boxes)]
    parts += [line for name, one in boxes.items() for line in _box(metadata.tables[name], one)]
    width = 40 + len(groups) * (WIDTH + BETWEEN) - BETWEEN
    parts.insert(0, svg.label(20, 26, "An arrow leads from a foreign key to the table it names.", 12, fill=svg.LINE))
    return svg.picture(width, max(one.y + one.height for one in boxes.values()) + 20, "Tables of the ledger", parts)


def _columns(groups: tuple[Group, ...]) -> list[list[str]]:
    """Distribute the tables over columns of similar height, by file."""
    columns: list[list[str]] = [[]]
    tallest = 620
    for group in sorted(groups, key=_rank):
        for name in group.tables:
            height = sum(26 + GAP + ROW * (len(_keys(metadata.tables[one])) + 1) for one in [*columns[-1], name])
            if height > tallest:
                columns.append([])
            columns[-1].append(name)
    return columns


def _rank(group: Group) -> int:
    return next((at for at, name in enumerate(FIRST) if name in group.tables), len(FIRST))


def _keys(of: Table) -> list[str]:
    """Return the primary and foreign key columns."""
    return [one.name for one in of.columns if one.primary_key or one.foreign_keys]


def _box(of: Table, at: Box) -> list[str]:
    keys = _keys(of)
    lines = [svg.box(at.x, at.y, WIDTH, at.height), svg.label(at.x + 8, at.y + 17, of.name, 13, bold=True, fill=svg.ACCENT)]
    for number, name in enumerate(keys):
        mark = "●" if of.columns[name].primary_key else "○"
        lines.append(svg.label(at.x + 8, at.y + 33 + ROW * number, f"{mark} {name}", 11))
    others = len(of.columns) - len(keys)
    if others:
        lines.append(svg.label(at.x + 8, at.y + 33 + ROW * len(keys), f"and {others} more", 10, fill=svg.LINE))
    return lines


def _references(name: str, boxes: dict[str, Box]) -> list[str]:
    of, lines = metadata.tables[name], []
    keys = _keys(of)
    for column in of.columns:
        for key in sorted(column.foreign_keys, key=str):
            start, end = boxes[name], boxes[key.column.table.name]
            y = start.y + 29 + ROW * keys.index(column.name)
            if end.x > start.x:
                lines.append(svg.curve(start.x + WIDTH, y, end.x, end.y + 12, 40))
            elif end.x < start.x:
                lines.append(svg.curve(start.x, y, end.x + WIDTH, end.y + 12, -40))
            else:
                lines.append(svg.curve(start.x + WIDTH, y, end.x + WIDTH, end.y + 12, 40))
    return lines
