"""Show a citizen what became of a report.

State, due date, answers, "which service?".
"""

from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.config.city import City
from core.records.answer import GIVEN, Answer
from core.web.client_address import caller
from ledger import read
from ledger.read import PublishedCase, Receipt
from pipeline.portal import citizens, replies
from pipeline.portal.mails import state_told
from portal.body import read_body
from portal.open311.requests import location
from portal.open311.services import offered_topics
from portal.rendering import page, site_of
from portal.site import Site

MAX_FORM = 2_000
CLOSED = ("resolved", "rejected")


def my_case(request: Request) -> Response:
    """Show the form for number and secret.

    With both it redirects to the receipt.
    """
    number, secret = (request.query_params.get(name, "") for name in ("number", "secret"))
    if not (number and secret):
        return page(request, "my_case.html", wrong=False, number=number)
    tidy = citizens.tidy_number(number)
    return RedirectResponse(f"/case/{tidy}/{secret.strip()[:40]}", status_code=303) if tidy else _wrong(request)


def receipt_page(request: Request) -> Response:
    """Show the receipt, its case and the answers to it."""
    found = find_receipt(request)
    return found if isinstance(found, Response) else show_receipt(request, found)


def show_receipt(request: Request, found: Receipt, status: int = 200, typed: str = "", fault: str = "") -> Response:
    """Show a receipt.

    Args:
        request: the request.
        found: the receipt.
        status: of the response.
        typed: a reply that was not stored, shown again.
        fault: a code for why it was not.
    """
    site = site_of(request)
    case, contact = case_of(site, found), read.contact(site.context.ledger, number=found.number)
    return page(
        request,
        "receipt.html",
        status=status,
        receipt=found,
        number_shown=citizens.shown_number(found.number),
        secret=request.path_params["secret"],
        key_shown=citizens.shown_number(citizens.secret_of(site.context, found.number)),
        case=case,
        state=None if case is None else state_told(site.context.ledger, found.post_id, case.state),
        expected=citizens.expected(site.context, found),
        address=_address(site.context.city, case),
        answers=_answers(site, found),
        contact=contact,
        mails_link=None if contact is None else citizens.mails_link(site.context, contact),
        is_new=request.query_params.get("new") == "1",
        voted=request.query_params.get("voted", ""),
        services=citizens.services_to_ask(site.context, found),
        said=found.said_topic if "said" in request.query_params else None,
        closed=case is not None and case.state in CLOSED,
        question=replies.question(site.context, found),
        replied=request.query_params.get("replied", ""),
        typed=typed,
        fault=fault,
    )


async def say_service(request: Request) -> Response:
    """Store which service the report is about, as its citizen says."""
    fields = parse_qs((await read_body(request, MAX_FORM)).decode(errors="replace"))
    return await run_in_threadpool(_say_service, request, fields.get("service", [""])[0])


def _say_service(request: Request, topic: str) -> Response:
    site, found = site_of(request), find_receipt(request)
    if isinstance(found, Response):
        return found
    if topic not in (citizens.UNSURE, *offered_topics(site.context.city.open311)):
        return page(request, "refused.html", status=400, reason="broken")
    asked = citizens.services_to_ask(site.context, found)
    if asked and topic not in (citizens.UNSURE, *asked):
        return show_receipt(request, found, status=409)  # asked again, with what is offered now
    citizens.say_service(site.context, found, topic)
    return RedirectResponse(f"/case/{found.number}/{request.path_params['secret']}?said=1", status_code=303)


def find_receipt(request: Request) -> Receipt | Response:
    """Return the receipt of the address, or the page that refuses it.

    A wrong number and a wrong secret get the same page.
    """
    site = site_of(request)
    if not site.receipts.admits(caller(request.client.host if request.client else "")):
        return page(request, "refused.html", status=429, reason="often")
    number, secret = request.path_params["number"], request.path_params["secret"]
    return citizens.find_receipt(site.context, number, secret) or _wrong(request)


def _wrong(request: Request) -> Response:
    return page(request, "my_case.html", status=404, wrong=True, number="")


def case_of(site: Site, receipt: Receipt) -> PublishedCase | None:
    """Return the case of a receipt; None: it has none."""
    if receipt.case_key is None:
        return None
    return next(iter(read.published_cases(site.context.ledger, 1, keys=[receipt.case_key], withheld=True)), None)


def _address(city: City, case: PublishedCase | None) -> str | None:
    return None if case is None else location(city, case)[0]


def _answers(site: Site, receipt: Receipt) -> list[Answer]:
    found = read.answers(site.context.ledger, post_id=receipt.post_id)
    return [one for one in found if one.state in GIVEN and one.text]
