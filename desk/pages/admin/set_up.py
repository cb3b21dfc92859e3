"""Show how far the city's set-up is, step by step.

The forms are those of the settings; a step adds why it matters, what lacks, a trial, and that it may be left out.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.config.department_sets import SIZES, departments_of
from core.config.overlay import LIST_KEYS
from core.working_hours import public_holidays
from desk.pages.admin.settings.fields import FIELDS, shown_values
from desk.pages.admin.settings.sections import models_of
from desk.pages.input.revision import revision
from desk.rendering import language_of, page
from desk.state import Desk
from pipeline.city import gazetteer_upload, profile, set_up
from pipeline.context import now
from pipeline.health.source_check import Finding, price_of

NO_MORE: Mapping[str, Any] = {"holidays": (), "sources": (), "departments": (), "sets": {}, "seen": 0, "used": None, "most": 0}
"""What only one step shows, on the others."""


def overview(request: Request) -> Response:
    """List the steps with their state, the next one first in words."""
    desk: Desk = request.app.state.desk
    return page(request, "set_up.html", found=set_up.set_up(desk.context), file=desk.context.city_path.name)


def step(request: Request) -> Response:
    """Show one step: why, what lacks, its form, a trial."""
    return _page(request, str(request.path_params["step"]))


def change(request: Request, form: FormData) -> Response:
    """Leave a step out, resume it, try it, or begin departments."""
    desk: Desk = request.app.state.desk
    name, who = str(request.path_params["step"]), request.state.user.name
    match request.path_params["action"]:
        case "skip":
            set_up.skip(desk.context, name, who)
            following = set_up.set_up(desk.context).following
            return RedirectResponse(f"/settings/setup/{following.step.name}" if following else "/settings/setup", status_code=303)
        case "resume":
            set_up.resume(desk.context, name, who)
        case "begin" if name == "departments" and form.get("size") in SIZES:
            set_up.begin_departments(desk.context, str(form["size"]), revision(form.get("seen")), who)
            return RedirectResponse(f"/settings/setup/{name}?saved=1", status_code=303)
        case "try":
            return _page(request, name, set_up.try_out(desk.context, name, str(form.get("source", ""))))
        case _:
            raise HTTPException(404)
    return RedirectResponse(f"/settings/setup/{name}", status_code=303)


def _page(request: Request, name: str, tried: Finding | None = None) -> Response:
    desk: Desk = request.app.state.desk
    found = set_up.set_up(desk.context)
    names = [one.step.name for one in found.steps]
    if name not in names:
        raise HTTPException(404)
    at = names.index(name)
    progress, language = found.steps[at], language_of(request)
    return page(
        request,
        "set_up_step.html",
        progress=progress,
        at=at + 1,
        steps=found.steps,
        before=names[at - 1] if at else "",
        after=names[at + 1] if at + 1 < len(names) else "",
        form=_form(desk, progress.step.sections, language),
        lists=[one for one in progress.step.sections if one in LIST_KEYS],
        tried=tried,
        file=desk.context.city_path.name,
        **{**NO_MORE, **_more(desk, name, language)},
    )


def _form(desk: Desk, sections: tuple[str, ...], language: str) -> Mapping[str, Any] | None:
    """Return the form of the section that is no list.

    None: there is none.
    """
    section = next((one for one in sections if one not in LIST_KEYS and one != gazetteer_upload.SECTION), None)
    if section is None:
        return None
    shown = shown_values(section, models_of(desk, section)[""], language)
    return {"section": section, "fields": FIELDS[section], "shown": shown, "seen": profile.revision_of(desk.context, section)}


def _more(desk: Desk, name: str, language: str) -> dict[str, Any]:
    """Return what only one step shows."""
    context = desk.context
    if name == "calendar":
        return {"holidays": _holidays(desk, language, now().astimezone(context.city.zone).date())}
    if name == "sources":
        return {"sources": [(one, price_of(context, one.name)) for one in context.sources.values()]}
    if name == "gazetteer":
        return {"used": gazetteer_upload.in_use(context), "most": gazetteer_upload.LARGEST // 1_000_000}
    if name == "departments":
        sets = {size: departments_of(size) for size in SIZES}
        return {"departments": context.city.departments, "sets": sets, "seen": profile.revision_of(context, "departments")}
    return {}


def _holidays(desk: Desk, language: str, today: date) -> list[tuple[date, str]]:
    """Return the public holidays of the next twelve months, with their names."""
    hours = desk.context.city.working_hours
    found = [*public_holidays(hours, today.year, language), *public_holidays(hours, today.year + 1, language)]
    return sorted((day, name) for day, name in found if today <= day < date(today.year + 1, today.month, 1))
