"""Describe the open data: Frictionless data package, CSVW, DCAT-AP catalogue.

Sources: specs.frictionlessdata.io (Data Package v1), www.w3.org/TR/tabular-metadata, DCAT-AP-ES 1.0 (datos.gob.es).
"""

from typing import Any

from core.config.city import City

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
AUTHORITY = "http://publications.europa.eu/resource/authority"
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
TYPES = {
    "kind": "string", "name": "string", "cases": "integer", "answered": "integer", "median_hours": "number",
    "p90_hours": "number", "in_time": "number", "replies": "integer", "solved": "number",
    "unanswered": "integer", "target_hours": "number", "label": "string",
}  # fmt: skip


def title(city: City) -> str:
    """Return the title of the data set."""
    return f"Response times to citizens' reports, {city.name}"


def data_package(city: City) -> dict[str, Any]:
    """Return the Frictionless descriptor `datapackage.json`."""
    fields = [{"name": name, "type": TYPES[name], "description": words} for name, words in DESCRIPTION.items()]
    resource = {
        "name": "response-times", "path": "response-times.csv", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8",
        "profile": "tabular-data-resource", "schema": {"fields": fields, "missingValues": [""], "primaryKey": ["kind", "name"]},
    }  # fmt: skip
    return {
        "profile": "tabular-data-package", "name": "response-times", "title": title(city),
        "licenses": [{"name": "CC-BY-4.0", "path": LICENCE}], "resources": [resource],
    }  # fmt: skip


def csvw(city: City, url: str) -> dict[str, Any]:
    """Return the CSVW metadata of the table at `url`."""
    kinds = {"string": "string", "integer": "integer", "number": "double"}
    columns = [
        {"name": name, "titles": name, "datatype": kinds[TYPES[name]], "dc:description": words, "null": [""]}
        for name, words in DESCRIPTION.items()
    ]
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}], "url": url, "dc:title": title(city),
        "dc:license": {"@id": LICENCE}, "tableSchema": {"columns": columns, "primaryKey": ["kind", "name"]},
    }  # fmt: skip


def dcat_catalogue(city: City, root: str) -> dict[str, Any]:
    """Return the catalogue in JSON-LD, by DCAT-AP.

    Args:
        city: the publisher.
        root: address of the folder of the files.
    """
    publisher = {"@id": f"{root}/publisher", "@type": "foaf:Agent", "foaf:name": city.notice.controller}
    distributions = [
        _distribution(root, "response-times.csv", "CSV", "text/csv"),
        _distribution(root, "response-times.json", "JSON", "application/json"),
    ]
    dataset = {
        "@id": f"{root}/response-times", "@type": "dcat:Dataset", "dct:title": {"@value": title(city), "@language": "en"},
        "dct:description": {"@value": DESCRIPTION["median_hours"], "@language": "en"}, "dct:publisher": {"@id": publisher["@id"]},
        "dct:accrualPeriodicity": {"@id": f"{AUTHORITY}/frequency/UPDATE_CONT"}, "dcat:theme": {"@id": f"{AUTHORITY}/data-theme/GOVE"},
        "dcat:contactPoint": {"@type": "vcard:Kind", "vcard:fn": city.notice.controller, "vcard:hasEmail": city.notice.contact},
        "dcat:distribution": distributions,
    }  # fmt: skip
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
            "vcard": "http://www.w3.org/2006/vcard/ns#",
        },
        "@graph": [
            publisher,
            {
                "@id": f"{root}/catalog", "@type": "dcat:Catalog", "dct:title": {"@value": f"Open data of {city.name}", "@language": "en"},
                "dct:publisher": {"@id": publisher["@id"]}, "dcat:dataset": {"@id": dataset["@id"]},
            },
            dataset,
        ],
    }  # fmt: skip


def _distribution(root: str, name: str, form: str, media: str) -> dict[str, Any]:
    return {
        "@id": f"{root}/{name}", "@type": "dcat:Distribution", "dcat:accessURL": {"@id": f"{root}/{name}"},
        "dcat:downloadURL": {"@id": f"{root}/{name}"}, "dct:license": {"@id": LICENCE},
        "dct:format": {"@id": f"{AUTHORITY}/file-type/{form}"},
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media}"},
    }  # fmt: skip
