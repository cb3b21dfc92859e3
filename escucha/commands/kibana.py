"""Export the dashboards for Kibana, or set Kibana up.

A push writes spaces, role, data views, map, dashboards and rules, and the outlines of the districts.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.config.city import City
from core.config.settings import Settings
from core.config.word_lists import city_folder
from core.errors import ConfigurationError
from dashboards.kibana import export as files
from dashboards.kibana.client import KibanaClient
from dashboards.kibana.push import push as push_objects
from gazetteer.loading.outlines import outlines
from search.connection.engine import connect
from search.index.districts import DISTRICTS, plan_districts, write_districts

NO_ENGINE = (
    "the outlines of the districts are not written, and Kibana's map stays empty: set ESCUCHA_ELASTICSEARCH_URL to the engine "
    "that Kibana reads"
)


def export(city: City, settings: Settings, folder: Path) -> Iterator[str]:
    """Write the files that are imported by hand, and yield their names."""
    yield from map(str, files.export(city, folder, settings.desk_address))


def push(city: City, settings: Settings, kibana: str | None, overwrite: bool, dry_run: bool) -> Iterator[str]:
    """Set Kibana up; yield what was done or, with `dry_run`, would be.

    Raises:
        ConfigurationError: no address is set, or an address or login is wrong.
        UnavailableError: Kibana or the search engine does not answer now.
    """
    url = kibana or settings.kibana_url
    if not url:
        raise ConfigurationError("dashboards push: give --kibana URL or set ESCUCHA_KIBANA_URL")
    with KibanaClient(url, city, settings) as client:
        steps = push_objects(client, city, settings.home, settings.desk_address, overwrite, dry_run)
    yield from (str(step) for step in steps if step.what != "same")
    yield from _push_districts(city, settings, dry_run)
    yield json.dumps(Counter(step.what for step in steps))


def _push_districts(city: City, settings: Settings, dry_run: bool) -> Iterator[str]:
    """Write the outlines that the map shows, where the city has any."""
    areas = outlines(city_folder(city), "district")
    if not areas:
        return
    if not settings.elasticsearch_url:
        yield NO_ENGINE
        return
    engine = connect(settings, start_embedded=False)
    change = plan_districts(engine, areas)
    if change:
        what = "create" if change.is_new else "update"
        yield f"{what}: index {DISTRICTS} ({len(change.write)} outlines written, {len(change.delete)} deleted)"
    if not dry_run:
        write_districts(engine, change)
