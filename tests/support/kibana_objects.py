"""Export the dashboards of Madrid for Kibana."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from core.config.city import load_city
from dashboards.kibana import export as kibana
from dashboards.panels import Window
from tests.support.lens_compiler import Json

ROOT = Path(__file__).parents[2]
CITY = load_city(ROOT / "cities" / "madrid.toml")
VIEW = Window(now=datetime(2026, 11, 10, 17, 30, tzinfo=UTC), zone=ZoneInfo("Europe/Madrid"))


def saved(language: str = "es") -> list[Json]:
    return [json.loads(line) for line in kibana.ndjson(CITY, language).splitlines()]


def panels_of(dashboard: Json) -> list[Json]:
    found: list[Json] = json.loads(dashboard["attributes"]["panelsJSON"])
    return found
