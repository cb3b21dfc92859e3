"""Describe the open data: Frictionless data package and CSVW.

Sources: specs.frictionlessdata.io (Data Package v1), www.w3.org/TR/tabular-metadata. The catalogue is in `open_data_catalogue`, the
changes of the format in `open_data_changes`.
"""

from typing import Any

from core.config.city import City
from core.parquet import Kind
from reports.output.open_data_changes import CHANGES

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
DESCRIPTION = {
    "kind": "What the row is about: all, month, service, district or channel",
    "name": "Name of the month (year.month of the report), service (topic code), district or channel (source code)",
    "cases": "Cases reported in the last year; empty: too few to publish",
    "answered": "Cases with a first answer; empty: too few to publish",
    "median_hours": "Median of the elapsed hours from the first report to the first answer",
    "p90_hours": "90th percentile of the same hours",
    "in_time": "Share answered by the due date, of those answered by it or past it (0 to 1)",
    "replies": "Citizens' replies to the question whether the problem is solved",
    "solved": "Share of these replies that say yes (0 to 1)",
    "unanswered": "Cases without any answer until now; empty: too few to publish",
    "target_hours": "Median of the elapsed hours from the first report to the due date",
    "label": "The name for people, in the city's first language",
}
"""Meaning of each column of `open_data.COLUMNS`."""
TYPES: dict[str, Kind] = {
    "kind": "string",
    "name": "string",
    "cases": "integer",
    "answered": "integer",
    "median_hours": "number",
    "p90_hours": "number",
    "in_time": "number",
    "replies": "integer",
    "solved": "number",
    "unanswered": "integer",
    "target_hours": "number",
    "label": "string",
}


def title(city: City) -> str:
    """Return the title of the data set."""
    return f"Response times to citizens' reports, {city.name}"


def data_package(city: City) -> dict[str, Any]:
    """Return the Frictionless descriptor `datapackage.json`."""
    fields = [{"name": name, "type": TYPES[name], "description": words} for name, words in DESCRIPTION.items()]
    resource = {
        "name": "response-times",
        "path": "response-times.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "profile": "tabular-data-resource",
        "schema": {"fields": fields, "missingValues": [""], "primaryKey": ["kind", "name"]},
    }
    return {
        "profile": "tabular-data-package",
        "name": "response-times",
        "title": title(city),
        "version": CHANGES[0].version,
        "licenses": [{"name": "CC-BY-4.0", "path": LICENCE}],
        "resources": [resource],
    }


def csvw(city: City, url: str) -> dict[str, Any]:
    """Return the CSVW metadata of the table at `url`."""
    kinds = {"string": "string", "integer": "integer", "number": "double"}
    columns = [
        {"name": name, "titles": name, "datatype": kinds[TYPES[name]], "dc:description": words, "null": [""]}
        for name, words in DESCRIPTION.items()
    ]
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": url,
        "dc:title": title(city),
        "dc:license": {"@id": LICENCE},
        "tableSchema": {"columns": columns, "primaryKey": ["kind", "name"]},
    }
