"""Draw the map of packages from import-linter's layers."""

import tomllib
from pathlib import Path
from typing import Any

from workshop.reference.drawings import svg

ROOT = Path(__file__).resolve().parents[3]
WIDTH, HEIGHT, STEP = 760, 44, 70


def picture() -> str:
    """Return docs/img/rooms.svg."""
    layers = _layers()
    parts = []
    for number, rooms in enumerate(layers):
        y, wide = 20 + number * STEP, (WIDTH - 10 * (len(rooms) - 1)) // len(rooms)
        for at, room in enumerate(rooms):
            x = 20 + at * (wide + 10)
            parts += [svg.box(x, y, wide, HEIGHT), svg.label(x + wide // 2, y + 27, room, 13, True, svg.ACCENT, "middle")]
        if number + 1 < len(layers):
            parts.append(svg.arrow(20 + WIDTH // 2, y + HEIGHT + 2, 20 + WIDTH // 2, y + STEP - 3))
    return svg.picture(WIDTH + 40, 10 + len(layers) * STEP, "Rooms: each may import the rooms below it only", parts)


def _layers() -> list[list[str]]:
    contracts: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers")
    return [[room.strip() for room in layer.split("|")] for layer in layers]
