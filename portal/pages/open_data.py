"""Publish the response times as files.

Described by Frictionless and CSVW metadata and a DCAT catalogue; with a change log, and versions that never change.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.i18n.translate import translator
from portal import versions
from portal.rendering import kept_page, language_of, site_of
from portal.site import FRESH_S, Site
from reports.output import open_data
from reports.output.open_data_catalogue import dcat_catalogue
from reports.output.open_data_changes import CHANGES, change_log
from reports.output.open_data_description import csvw, data_package

Builder = Callable[[Site], bytes]
VERSION_S = 365 * 86400
"""A version never changes: caches may keep it for a year."""


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _root(site: Site) -> str:
    return f"{site.context.settings.portal_address}/data"


TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "jsonld": "application/ld+json",
}
FILES: dict[str, Builder] = {
    "response-times.csv": lambda site: open_data.as_csv(site.times()).encode(),
    "response-times.json": lambda site: open_data.as_json(site.times()).encode(),
    "response-times.parquet": lambda site: open_data.as_parquet(site.times()),
    "response-times.csv-metadata.json": lambda site: _json(csvw(site.context.city, f"{_root(site)}/response-times.csv")),
    "datapackage.json": lambda site: _json(data_package(site.context.city)),
    "catalog.jsonld": lambda site: _json(dcat_catalogue(site.context.city, _root(site), site.times())),
    "changes.json": lambda _: _json(change_log()),
    versions.INDEX: lambda site: versions.index_file(site.context.settings, _root(site)),
}
"""Builder of each file under /data/."""


def media_type(name: str) -> str:
    """Return the media type of a file by its name."""
    return "application/csvm+json" if name.endswith(".csv-metadata.json") else TYPES[name.rpartition(".")[2]]


def index(request: Request) -> Response:
    """List the files, the changes and the versions."""
    settings, words = site_of(request).context.settings, translator(language_of(request), "reports")
    return kept_page(
        request,
        "data.html",
        tables=[name for name in FILES if name.startswith("response-times.") and "metadata" not in name],
        descriptions=[name for name in FILES if not name.startswith("response-times.") or "metadata" in name],
        changes=[(one.version, one.day, words(one.what)) for one in CHANGES],
        versions=lambda: versions.days(settings),
        forms=versions.FORMS,
    )


def file(request: Request) -> Response:
    """Return one file, or 304 when the client has it already."""
    site, name = site_of(request), request.path_params["file"]
    if name not in FILES:
        raise HTTPException(404)
    body = site.pages.get(("data", name), lambda: FILES[name](site))
    headers = {"Cache-Control": f"public, max-age={FRESH_S:.0f}"}
    if name.endswith(".csv"):
        headers["Link"] = f'</data/{name}-metadata.json>; rel="describedby"; type="application/csvm+json"'
    return _sent(request, name, body, headers)


def version(request: Request) -> Response:
    """Return one file of a monthly version."""
    settings = site_of(request).context.settings
    name = request.path_params["file"]
    body = versions.read_version(settings, request.path_params["day"], name)
    if body is None:
        raise HTTPException(404)
    return _sent(request, name, body, {"Cache-Control": f"public, max-age={VERSION_S}, immutable"})


def _sent(request: Request, name: str, body: bytes, headers: dict[str, str]) -> Response:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**headers, "ETag": tag, "Access-Control-Allow-Origin": "*"}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type(name), headers=headers)
