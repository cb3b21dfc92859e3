"""Load the outlines of a city's districts and barrios for a map.

Nothing is fetched from the network.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

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
    if folder is None or not (folder / FILES[by]).exists():
        return {}
    rows = json.loads((folder / FILES[by]).read_text(encoding="utf-8"))
    return {row["name"]: [[(lon, lat) for lon, lat, *_ in ring] for ring in row["polygon"]] for row in rows if row.get("polygon")}
