"""Parse an extract of OpenStreetMap as PBF.

Needs the package `osmium`, which is not a requirement of Escucha.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from core.errors import ConfigurationError
from gazetteer.importing.found import Extract
from gazetteer.importing.osm import HOW_TO_EXPORT, take_features


def read_pbf(path: Path, found: Extract) -> None:
    """Take areas, streets, stops and landmarks out of a PBF.

    Raises:
        ConfigurationError: `osmium` is not installed, or the file is not PBF; the message has the cure.
    """
    try:
        osmium = import_module("osmium")
    except ImportError:
        raise ConfigurationError(
            f"{path}: PBF needs an extra package: `.venv/bin/python -m pip install osmium`; or give GeoJSON ({HOW_TO_EXPORT})"
        ) from None
    take_features(path, _features(path, osmium), found)


def _features(path: Path, osmium: Any) -> Iterator[dict[str, Any]]:
    try:
        processor = osmium.FileProcessor(str(path)).with_areas()
        for filter_ in (osmium.filter.EmptyTagFilter(), osmium.filter.GeoInterfaceFilter()):
            processor = processor.with_filter(filter_)
        for one in processor:
            shape = one.__geo_interface__
            yield {"properties": {tag.k: tag.v for tag in one.tags}, "geometry": shape.get("geometry", shape)}
    except RuntimeError as error:
        raise ConfigurationError(f"{path}: cannot be read as PBF ({error}): fetch it again, or give GeoJSON ({HOW_TO_EXPORT})") from None
