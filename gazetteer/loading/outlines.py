"""Load the outlines of a city's districts for a map without tiles.

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
    if folder is None or not (folder / "districts.json").exists():
        return {}
    rows = json.loads((folder / "districts.json").read_text(encoding="utf-8"))
    return {
        row["name"]: [[(lon, lat) for lon, lat, *_ in ring] for ring in row["polygon"]]
        for row in rows
        if row.get("polygon")
    }
