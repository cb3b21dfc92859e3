"""Load the outlines of a city's districts and barrios for a map.

Nothing is fetched from the network.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from core.runtime.one_filler import one_filler

Ring = list[tuple[float, float]]
"""Vertices as longitude and latitude."""
By = Literal["district", "barrio"]
FILES: Mapping[By, str] = {"district": "districts.json", "barrio": "barrios.json"}


@one_filler(maxsize=8)
def outlines(folder: Path | None, by: By) -> Mapping[str, Sequence[Ring]]:
    """Return the rings of each district or barrio, loaded once.

    Empty where the city has no gazetteer, or one without outlines.
    """
    return {
        name: [[(lon, lat) for lon, lat, *_ in ring] for ring in row["polygon"]]
        for name, row in _areas(folder, by).items()
        if row.get("polygon")
    }


@one_filler(maxsize=8)
def has_areas(folder: Path | None, by: By) -> bool:
    """Return whether the city has districts or barrios, with or without outlines."""
    return bool(_areas(folder, by))


def _areas(folder: Path | None, by: By) -> dict[str, dict[str, Any]]:
    if folder is None or not (folder / FILES[by]).exists():
        return {}
    return {row["name"]: row for row in json.loads((folder / FILES[by]).read_text(encoding="utf-8"))}
