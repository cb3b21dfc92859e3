"""Write a report that staff ask for, and show the progress."""

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import ConfigurationError
from desk.pages.input.kept import id_of, status_of
from desk.pages.reporting import reports
from desk.pages.reporting.report_form import Typed, asked_by
from desk.rendering import explain_error, language_of, page
from desk.state import Desk
from ledger import read
from pipeline.access import accounts
from pipeline.context import now
from pipeline.report_requests import asked_of, failure_of
from reports.build.asked import interval_of
from reports.make import FORMATS

EVERY_S = 2
"""Seconds after which the page of a report that is being written is loaded again."""


def ask(request: Request, form: FormData) -> Response:
    """Begin to write a report and redirect to its progress."""
    desk: Desk = request.app.state.desk
    typed = {name: str(form.get(name, "")).strip() for name in Typed.model_fields}
    try:
        asked = asked_by(request, Typed(**typed))
        job = desk.report_jobs.start(desk.context, asked, typed["language"], typed, id_of(form))
    except ConfigurationError as error:
        return reports.reports(request, explain_error(request, error), typed, status_of(error))
    accounts.record_audit(desk.context, "report_asked", asked.name, typed["language"], who=request.state.user.name)
    return RedirectResponse(f"/reports-asked/{job}?format={typed['format']}", status_code=303)


def progress(request: Request) -> Response:
    """Show the progress of a report that is being written.

    It redirects to the report when it is ready. One that could not be written shows the form again, with the reason.
    """
    desk: Desk = request.app.state.desk
    found = read.report_request(desk.context.ledger, request.path_params["job"])
    if found is None:
        raise HTTPException(404)
    city, asked = desk.context.city, asked_of(found)
    if found.state == "waiting":
        desk.report_jobs.resume(desk.context)  # the desk that took it may have ended
        seconds = int((now() - found.asked_at).total_seconds())
        title = reports.asked_title(found, city, language_of(request))
        shown = page(request, "report_asked.html", title=title, seconds=seconds)
        shown.headers["Refresh"] = str(EVERY_S)
        return shown
    error = failure_of(found)
    if error is not None:
        return reports.reports(request, explain_error(request, error), found.typed, status_of(error))
    if asked is None:  # another version wrote it
        return RedirectResponse("/reports", status_code=303)
    key = interval_of(asked, city.zone, now()).key(city.zone)
    form = request.query_params.get("format", "")
    ready = f"?ready={found.language}.{form}" if form in FORMATS else ""
    return RedirectResponse(f"/reports/{asked.name}/{key}{ready}", status_code=303)
