"""Take reports of citizens: form, map, checks, problems near it, receipt."""

import time
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.config.profile.open311 import Open311
from core.errors import UnavailableError
from core.web.client_address import caller
from pipeline.portal import citizens
from portal.body import read_body
from portal.open311.services import offered_topics, service_name
from portal.pages.already_reported import nearby
from portal.pages.ask import read_question
from portal.pages.open_problems import Problem
from portal.pages.report_form import FIELDS, UNSURE, Sent, faults, inbox_item, kept_token, read_form, token_fault
from portal.pages.report_map.chooser import chooser, place_words
from portal.pages.report_map.drawing import picture
from portal.pages.report_map.step import MapState, area_named, is_step, place_named, read_state, take_step
from portal.rendering import language_of, page, site_of

MAX_FORM = 30_000
"""Bytes: a form whose fields are full of signs such as €, nine bytes each, fits."""
EMPTY = Sent(dict.fromkeys(FIELDS, ""), "", False)
KEPT_S = 3600
"""Browsers keep the pictures of the map so long."""


def report(request: Request) -> Response:
    """Show the form, with the words of a question that found nothing."""
    service = request.query_params.get("service", "")
    values = {
        **EMPTY.values,
        "service": service if service in offered_topics(_options(request)) else "",
        "description": read_question(request.query_params.get("description", "")).words,
    }
    return _form(request, Sent(values, "", False), MapState())


def map_picture(request: Request) -> Response:
    """Show the picture of a map; the same for everybody."""
    site = site_of(request)
    if not site.pictures.admits(caller(request.client.host if request.client else "")):
        return page(request, "refused.html", status=429, reason="often")
    found = picture(site.context.city, request.path_params["view"], request.path_params["size"])
    if found is None:
        return page(request, "refused.html", status=404, reason="missing")
    headers = {"Cache-Control": f"public, max-age={KEPT_S}"}
    return Response(found, headers=headers, media_type="image/svg+xml")


async def send_report(request: Request) -> Response:
    """Store a report, or take a step on its map."""
    return await run_in_threadpool(_sent, request, read_form(await read_body(request, MAX_FORM)))


def _sent(request: Request, sent: Sent) -> Response:
    site = site_of(request)
    city = site.context.city
    if not city.portal.reports:
        return page(request, "refused.html", status=404, reason="closed")
    if area_named(city, sent.values["area"]) is None:
        sent = replace(sent, values={**sent.values, "area": ""})
    where = read_state(city, sent.given)
    if is_step(sent.given):
        return _step(request, sent, where)
    topics = offered_topics(_options(request))
    found = faults(sent.values, topics, where.point is not None)
    if found or where.fault:
        return _form(request, sent, where, found or {"map": where.fault}, status=422)
    if sent.trapped or (fault := token_fault(site.context.salt, sent.token, time.time())):
        return _form(request, sent, where, {"form": "robot" if sent.trapped else fault}, status=422)
    if sent.given.get("change"):
        return _form(request, sent, where)
    near = _nearby(request, sent, where)
    # a real report is in no case of the example month, which can only be seen too
    followed = next((one for one in near if one.case_key == sent.given.get("follow") and not one.example), None)
    if near and followed is None and not sent.given.get("another"):
        kept = {**sent.values, **{name: sent.given.get(name, "") for name in ("view", "point")}, "token": sent.token}
        return page(request, "report_near.html", found=near, kept=kept)
    if not site.reports.admits(caller(request.client.host if request.client else "")):
        return _form(request, sent, where, {"form": "often"}, status=429)
    return _stored(request, sent, where, followed)


def _nearby(request: Request, sent: Sent, where: MapState) -> list[Problem]:
    """Return what is published near the place of a report.

    Empty for an address that asks too often, too: its reports are taken all the same.
    """
    site = site_of(request)
    if not site.questions.admits(caller(request.client.host if request.client else "")):
        return []
    area = area_named(site.context.city, sent.values["area"])
    place = place_named(site.context.city, sent.values["place"], () if area is None else area.districts)
    return nearby(site, sent.values["service"], where.point, place)


def _stored(request: Request, sent: Sent, where: MapState, followed: Problem | None) -> Response:
    site = site_of(request)
    unsure = sent.values["service"] == UNSURE
    service = None if unsure else service_name(site.context.city, sent.values["service"])
    words = place_words(site.context.city, sent.values, where)
    who = citizens.reporter(site.context, caller(request.client.host if request.client else ""), words, where.point)
    try:
        item = inbox_item(site.context.salt, sent, service, words, where.point, who)
        if followed is not None and followed.topic != sent.values["service"]:
            item.pop("service", None)  # the service of the case that its citizen recognises counts
        number = citizens.store_report(site.context, item, None if followed is None else followed.case_key)
    except UnavailableError:
        return _form(request, sent, where, {"form": "busy"}, status=503)
    if number is None:
        return _form(request, sent, where, {"form": "refused"}, status=422)
    if sent.values["contact"] and site.context.takes_contacts:
        citizens.store_contact(site.context, number, sent.values["contact"], language_of(request))
    secret = citizens.secret_of(site.context, number)
    return RedirectResponse(f"/case/{number}/{secret}?new=1", status_code=303)


def _step(request: Request, sent: Sent, where: MapState) -> Response:
    """Show the form again with another map or point; nothing is stored."""
    site = site_of(request)
    if not site.map_steps.admits(caller(request.client.host if request.client else "")):
        return _form(request, sent, where, {"map": "often"}, status=429, stepped=True)
    after = take_step(site.context.city, sent.given, where)
    return _form(request, sent, after, {"map": after.fault} if after.fault else None, stepped=True)


def _form(
    request: Request, sent: Sent, where: MapState, found: dict[str, str] | None = None, status: int = 200, stepped: bool = False
) -> Response:
    site = site_of(request)
    return page(
        request,
        "report.html",
        status=status,
        values=sent.values,
        faults=found or {},
        topics=offered_topics(_options(request)),
        token=kept_token(site.context.salt, sent.token, time.time(), stepped=stepped),
        offered=site.context.city.portal.reports,
        contact=site.context.takes_contacts,
        where=chooser(site.context.city, sent.values, where),
        stepped=stepped,
    )


def _options(request: Request) -> Open311:
    return site_of(request).context.city.open311
