"""Export the dashboards as files, one set per language of the city.

Made for Kibana 8.19 and 9.x from its published schemas; no Kibana could be run where this was developed (docs/reference/dashboards.md).
"""

from pathlib import Path
from typing import Any

import orjson

from core.config.city import City
from dashboards.kibana.opensearch import opensearch_objects
from dashboards.kibana.saved_objects import saved_objects


def export(city: City, folder: Path, desk: str = "") -> list[Path]:
    """Write two files per language, for Kibana and for OpenSearch Dashboards."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for language in city.languages:
        path = folder / f"escucha.{language}.ndjson"
        path.write_bytes(ndjson(city, language, desk))
        written.append(path)
        path = folder / f"opensearch.{language}.ndjson"
        path.write_bytes(_lines(opensearch_objects(city, language)))
        written.append(path)
    return written


def ndjson(city: City, language: str, desk: str = "") -> bytes:
    """Return all saved objects of one language, one per line."""
    return _lines(saved_objects(city, language, desk))


def _lines(objects: list[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(one, option=orjson.OPT_SORT_KEYS) + b"\n" for one in objects)
