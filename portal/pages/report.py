"""Take reports of citizens: the form, its checks, a receipt."""

import time

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.config.profile.open311 import Open311
from core.errors import UnavailableError
from core.web.client_address import caller
from pipeline.portal import citizens
from portal.body import read_body
from portal.open311.services import offered_topics, service_name
from portal.pages.ask import read
from portal.pages.report_form import FIELDS, UNSURE, Sent, faults, inbox_item, new_token, read_form, token_fault
from portal.rendering import language_of, page, site_of

MAX_FORM = 20_000
EMPTY = Sent(dict.fromkeys(FIELDS, ""), "", False)


def report(request: Request) -> Response:
    """Show the form, with the words of a question that found nothing."""
    service = request.query_params.get("service", "")
    values = {
        **EMPTY.values,
        "service": service if service in offered_topics(_options(request)) else "",
        "description": read(request.query_params.get("description", "")).words,
    }
    return _form(request, Sent(values, "", False))


async def send_report(request: Request) -> Response:
    """Store a report; redirect to its receipt."""
    return await run_in_threadpool(_sent, request, read_form(await read_body(request, MAX_FORM)))


def _sent(request: Request, sent: Sent) -> Response:
    site = site_of(request)
    if not site.context.city.portal.reports:
        return page(request, "refused.html", status=404, reason="closed")
    topics = offered_topics(_options(request))
    if found := faults(sent.values, topics):
        return _form(request, sent, found, status=422)
    if sent.trapped or (fault := token_fault(site.context.salt, sent.token, time.time())):
        return _form(request, sent, {"form": "robot" if sent.trapped else fault}, status=422)
    if not site.reports.admits(caller(request.client.host if request.client else "")):
        return _form(request, sent, {"form": "often"}, status=429)
    unsure = sent.values["service"] == UNSURE
    service = None if unsure else service_name(site.context.city, sent.values["service"])
    try:
        number = citizens.store_report(site.context, inbox_item(site.context.salt, sent, service))
    except UnavailableError:
        return _form(request, sent, {"form": "busy"}, status=503, token=sent.token)
    if number is None:
        return _form(request, sent, {"form": "refused"}, status=422)
    if sent.values["contact"] and site.context.takes_contacts:
        citizens.store_contact(site.context, number, sent.values["contact"], language_of(request))
    secret = citizens.secret_of(site.context, number)
    return RedirectResponse(f"/case/{number}/{secret}?new=1", status_code=303)


def _form(
    request: Request, sent: Sent, found: dict[str, str] | None = None, status: int = 200, token: str | None = None
) -> Response:
    site = site_of(request)
    return page(
        request,
        "report.html",
        status=status,
        values=sent.values,
        faults=found or {},
        topics=offered_topics(_options(request)),
        token=token or new_token(site.context.salt, time.time()),
        offered=site.context.city.portal.reports,
        contact=site.context.takes_contacts,
    )


def _options(request: Request) -> Open311:
    return site_of(request).context.city.open311
