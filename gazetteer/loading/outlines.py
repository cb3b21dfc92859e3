"""Load the outlines of a city's districts and barrios for a map.

Nothing is fetched from the network.
"""

import json
from pathlib import Path

Ring = list[tuple[float, float]]
"""Vertices as longitude and latitude."""


def district_outlines(folder: Path | None) -> dict[str, list[Ring]]:
    """Return the rings of each district by its name.

    Empty where the city has no gazetteer, or one without outlines.
    """
    return _outlines(folder, "districts.json")


def barrio_outlines(folder: Path | None) -> dict[str, list[Ring]]:
    """Return the rings of each barrio by its name, likewise."""
    return _outlines(folder, "barrios.json")


def _outlines(folder: Path | None, name: str) -> dict[str, list[Ring]]:
    if folder is None or not (folder / name).exists():
        return {}
    rows = json.loads((folder / name).read_text(encoding="utf-8"))
    return {
        row["name"]: [[(lon, lat) for lon, lat, *_ in ring] for ring in row["polygon"]]
        for row in rows
        if row.get("polygon")
    }
