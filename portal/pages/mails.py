"""Confirm a citizen's address, or end the mails and erase it.

The link of each mail leads here. Opening it changes nothing, for mail programs open links by themselves; a button does.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.web.client_address import caller
from ledger.read import Contact
from pipeline.portal import citizens
from portal.body import read_body
from portal.rendering import page, site_of

MAX_FORM = 2_000


def mails(request: Request) -> Response:
    """Show whether mails are on, with the buttons."""
    found = _contact(request)
    if isinstance(found, Response):
        return found
    return page(request, "mails.html", contact=found, number_shown=citizens.shown_number(found.number), ended=False)


async def change_mails(request: Request) -> Response:
    """Confirm the address, or end the mails.

    A mail program's own button sends `List-Unsubscribe=One-Click` (RFC 8058): it ends them, too.
    """
    body = await read_body(request, MAX_FORM)
    return await run_in_threadpool(_change, request, b"confirm=yes" in body)


def _change(request: Request, confirm: bool) -> Response:
    found = _contact(request)
    if isinstance(found, Response):
        return found
    context = site_of(request).context
    if confirm:
        citizens.confirm_contact(context, found)
        return RedirectResponse(request.url.path, status_code=303)
    citizens.end_mails(context, found)
    return page(request, "mails.html", contact=found, number_shown=citizens.shown_number(found.number), ended=True)


def _contact(request: Request) -> Contact | Response:
    """Return the contact of the link, or the page that refuses it."""
    site = site_of(request)
    if not site.receipts.admits(caller(request.client.host if request.client else "")):
        return page(request, "refused.html", status=429, reason="often")
    found = citizens.find_contact(site.context, request.path_params["number"], request.path_params["mark"])
    return found or page(request, "refused.html", status=404, reason="link")
