"""Show and change the settings of the city, by section.

`fields` says what a form shows, `sections` reads the profile, `trying` tries thresholds; `pipeline.city.profile` checks, stores and undoes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from core.config.overlay import LIST_KEYS, SECTIONS
from core.config.thresholds import load_joining_prices
from core.errors import ConfigurationError
from desk.pages.admin.settings.fields import FIELDS, Shown, shown_values, typed_values
from desk.pages.admin.settings.sections import blank, item_of, models_of, section_of, wanted, without
from desk.pages.admin.settings.trying import TRIED, cutoffs_in_force, query_of, rehearse
from desk.pages.input.kept import status_of
from desk.pages.input.revision import revision
from desk.rendering import explain_error, language_of, page
from desk.state import Desk
from pipeline import export
from pipeline.casework import looks
from pipeline.city import profile
from pipeline.city.set_up import STEPS


@dataclass(frozen=True)
class Refused:
    """Hold why values were not saved."""

    message: str
    """In the language of the reader."""
    status: int


def settings(request: Request) -> Response:
    """List the sections, and what differs from the profile's file."""
    desk: Desk = request.app.state.desk
    return page(
        request,
        "settings.html",
        sections=[(section, profile.history(desk.context, section)[:1]) for section in SECTIONS],
        changed={section: profile.changed_keys(desk.context, section) for section in SECTIONS},
        problems=desk.context.overlay_problems,
        file=desk.context.city_path.name,
    )


def section(request: Request) -> Response:
    """Show a section: its form, its items, or one of them.

    Values to try come in the address.
    """
    desk: Desk = request.app.state.desk
    name = section_of(request)
    if TRIED not in request.query_params or name != "triage":
        return _page(request, name)
    typed = typed_values(name, request.query_params)
    try:
        found = rehearse(desk, typed, language_of(request))
    except ConfigurationError as error:
        return _page(request, name, typed, Refused(explain_error(request, error), status_of(error)))
    return _page(request, name, typed, rehearsal=found, tried_query=query_of(typed))


def _page(
    request: Request,
    name: str,
    typed: Mapping[str, Shown] | None = None,
    refused: Refused | None = None,
    rehearsal: Any = None,
    tried_query: str = "",
) -> Response:
    desk: Desk = request.app.state.desk
    context, item, models = desk.context, item_of(request), models_of(desk, name)
    key = item or ""
    if key and key not in models and refused is None:
        raise HTTPException(404)
    has_form = name not in LIST_KEYS or item is not None
    language = language_of(request)
    stored = shown_values(name, models[key], language) if has_form and key in models else None
    return page(
        request,
        "settings_section.html",
        status=200 if refused is None else refused.status,
        section=name,
        item=item,
        items=models if name in LIST_KEYS else {},
        fields=FIELDS[name] if has_form else (),
        shown=typed if typed is not None else stored if stored is not None else blank(desk, name, language) if has_form else {},
        stored=stored,
        refused=refused,
        rehearsal=rehearsal,
        tried_query=tried_query,
        cutoffs=cutoffs_in_force(desk) if name == "triage" else [],
        prices=looks.reading_prices(context) if name == "triage" else [],
        a_day=context.city.triage.review_per_day,
        joining=load_joining_prices() if name == "triage" else [],
        seen=profile.revision_of(context, name),
        changed=profile.changed_keys(context, name),
        history=profile.history(context, name),
        problem=context.overlay_problems.get(name),
        file=context.city_path.name,
    )


def save(request: Request, form: FormData) -> Response:
    """Save, try or undo values of a section, or remove an item."""
    name, action, item = section_of(request), request.path_params["action"], item_of(request)
    typed = typed_values(name, form)
    if action == "try" and name == "triage":
        return RedirectResponse(f"/settings/triage?{query_of(typed)}#result", status_code=303)
    try:
        _act(request, name, action, item, typed, form)
    except ConfigurationError as error:
        refused = Refused(explain_error(request, error), status_of(error))
        return _page(request, name, typed if action == "save" else None, refused)
    step = request.query_params.get("step", "")
    back = f"/settings/setup/{step}" if step in {one.name for one in STEPS} else f"/settings/{name}"
    return RedirectResponse(f"{back}?saved=1", status_code=303)


def _act(request: Request, name: str, action: str, item: str | None, typed: Mapping[str, Shown], form: FormData) -> None:
    desk: Desk = request.app.state.desk
    who = request.state.user.name
    seen, why = revision(form.get("seen")), str(form.get("why", ""))
    match action:
        case "save":
            profile.change(desk.context, name, wanted(desk, name, item, typed, language_of(request)), seen, who, why)
        case "remove" if name == "templates":
            profile.change(desk.context, name, without(desk, name, item), seen, who, why)
        case "undo":
            profile.undo(desk.context, name, revision(form.get("revision")), seen, who)
        case _:
            raise HTTPException(404)


def corrections(request: Request) -> Response:
    """Send all corrections of labels and incidents; the export is audited."""
    desk: Desk = request.app.state.desk
    form = request.path_params["form"]
    if form not in ("csv", "jsonl"):
        raise HTTPException(404)
    export.audit_export(desk.context, request.state.user.name, "corrections", form)
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/x-ndjson"
    headers = {"content-disposition": f'attachment; filename="escucha-corrections.{form}"'}
    return StreamingResponse(export.lines(desk.context.ledger, "corrections", form), media_type=kind, headers=headers)
