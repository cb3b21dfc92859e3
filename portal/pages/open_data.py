"""Publish the response times as files.

Described by Frictionless and CSVW metadata and a DCAT catalogue.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.rendering import kept_page, site_of
from portal.site import FRESH_S, Site
from reports.output import open_data
from reports.output.open_data_description import csvw, data_package, dcat_catalogue

Builder = Callable[[Site], bytes]


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _root(site: Site) -> str:
    return f"{site.context.settings.portal_address}/data"


FILES: dict[str, tuple[str, Builder]] = {
    "response-times.csv": ("text/csv", lambda site: open_data.as_csv(site.times()).encode()),
    "response-times.json": ("application/json", lambda site: open_data.as_json(site.times()).encode()),
    "response-times.csv-metadata.json": (
        "application/csvm+json", lambda site: _json(csvw(site.context.city, f"{_root(site)}/response-times.csv"))
    ),
    "datapackage.json": ("application/json", lambda site: _json(data_package(site.context.city))),
    "catalog.jsonld": ("application/ld+json", lambda site: _json(dcat_catalogue(site.context.city, _root(site)))),
}  # fmt: skip
"""Media type and builder of each file under /data/."""


def index(request: Request) -> Response:
    """List the files and explain them."""
    return kept_page(request, "data.html", files=lambda: list(FILES))


def file(request: Request) -> Response:
    """Return one file, or 304 when the client has it already."""
    site, name = site_of(request), request.path_params["file"]
    if name not in FILES:
        raise HTTPException(404)
    kind, build = FILES[name]
    body = site.pages.get(("data", name), lambda: build(site))
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": f"public, max-age={FRESH_S:.0f}", "ETag": tag, "Access-Control-Allow-Origin": "*"}
    if name.endswith(".csv"):
        headers["Link"] = f'<{_root(site)}/{name}-metadata.json>; rel="describedby"; type="application/csvm+json"'
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=f"{kind}; charset=utf-8", headers=headers)
