"""Take the files of a gazetteer and show what was understood."""

import csv
from collections.abc import Iterator
from pathlib import Path

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk.pages.input.revision import revision
from desk.rendering import page
from desk.state import Desk
from gazetteer.city_map import draw_outlines
from gazetteer.lines import streets_on
from gazetteer.loading.outlines import outlines
from pipeline.city import gazetteer_upload, profile
from pipeline.city.gazetteer_upload import SECTION, Upload

ZONES = tuple(map(str, range(27, 32)))
MOST_DOTS = 4_000
"""Places that the map shows; of more, evenly chosen ones."""
LONGEST_TOWN = 100


def upload(request: Request, form: FormData) -> Response:
    """Read the files, then show what was understood."""
    desk: Desk = request.app.state.desk
    files = [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]
    zone = str(form.get("zone", "30"))
    draft = gazetteer_upload.take(
        desk.context,
        [Upload(str(one.filename), one.file) for one in files],
        request.state.user.name,
        int(zone) if zone in ZONES else 30,
        str(form.get("within", "")).strip()[:LONGEST_TOWN],
    )
    return RedirectResponse(f"/settings/setup/gazetteer/{draft.id}", status_code=303)


def preview(request: Request) -> Response:
    """Show what an upload has, lacks and looks like on the map."""
    desk: Desk = request.app.state.desk
    key = str(request.path_params["draft"])
    draft = gazetteer_upload.find(desk.context, key)
    if draft is None:
        raise HTTPException(404)
    folder = gazetteer_upload.folder_of(desk.context, key)
    dots = [*_dots(folder)]
    areas = outlines(folder, "district")
    drawn = draw_outlines(areas, [] if areas else [(lon, lat) for _, lat, lon, _ in dots])
    shown = dots[:: max(1, -(-len(dots) // MOST_DOTS))]
    return page(
        request,
        "gazetteer_upload.html",
        draft=draft,
        drawn=drawn,
        streets=None if drawn is None else streets_on(folder, drawn),
        dots=[] if drawn is None else [(name, *drawn.place(lon, lat), is_inside) for name, lat, lon, is_inside in shown],
        has_areas=bool(areas),
        seen=profile.revision_of(desk.context, SECTION),
        used=gazetteer_upload.in_use(desk.context),
        attribution=desk.context.city.attribution,
    )


def decide(request: Request, form: FormData) -> Response:
    """Use an upload from now on, or throw it away."""
    desk: Desk = request.app.state.desk
    key, action = str(request.path_params["draft"]), request.path_params["action"]
    if action == "discard":
        gazetteer_upload.discard(desk.context, key)
    elif action == "use":
        gazetteer_upload.use(desk.context, key, str(form.get("attribution", "")), revision(form.get("seen")), request.state.user.name)
    else:
        raise HTTPException(404)
    return RedirectResponse("/settings/setup/gazetteer?saved=1" if action == "use" else "/settings/setup/gazetteer", status_code=303)


def _dots(folder: Path) -> Iterator[tuple[str, float, float, bool]]:
    """Yield name, latitude and longitude of each place.

    Last: whether a district holds it.
    """
    for name, column in (("streets.csv", "districts"), ("stops.csv", "district"), ("landmarks.csv", "district")):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["lat"]:
                    yield row["name"], float(row["lat"]), float(row["lon"]), bool(row[column])
