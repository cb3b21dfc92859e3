"""Take a reply, "solved" or "not fixed" from the receipt."""

from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import UnavailableError
from core.web.client_address import caller
from ledger.read import Receipt
from pipeline.portal import citizens, replies
from portal.body import read_body
from portal.pages.my_case import CLOSED, case_of, find_receipt, show_receipt
from portal.plain_text import text_fault
from portal.rendering import site_of

MAX_FORM = 30_000
MAX_TEXT = 2_000


async def send_reply(request: Request) -> Response:
    """Store a reply; redirect to the receipt."""
    return await run_in_threadpool(_sent, request, read_text(await read_body(request, MAX_FORM)))


async def vote(request: Request) -> Response:
    """Store "it is solved" or "not fixed", and the words with it."""
    body = await read_body(request, MAX_FORM)
    return await run_in_threadpool(_vote, request, b"solved=yes" in body, read_text(body))


def to_receipt(request: Request) -> Response:
    """Redirect to the receipt.

    A reader who changes the language of a refused reply comes here.
    """
    return _redirect(request, "")


def read_text(body: bytes) -> str:
    """Return the text of the form; empty when it is unreadable."""
    try:
        given = parse_qs(body.decode(), max_num_fields=5).get("text", [""])[0]
    except ValueError:
        return ""
    return given.replace("\r\n", "\n").replace("\r", "\n").strip()


def _vote(request: Request, solved: bool, text: str) -> Response:
    site, found = site_of(request), find_receipt(request)
    if isinstance(found, Response):
        return found
    if not solved and text:
        outcome = _stored(request, found, text, partial(replies.say_unsolved, site.context, found, text))
        if isinstance(outcome, Response):
            return outcome
    case = case_of(site, found)
    if case is not None and case.state in CLOSED:
        citizens.vote(site.context, found, solved)
    path = f"/case/{found.number}/{request.path_params['secret']}"
    return RedirectResponse(f"{path}?voted={'yes' if solved else 'no'}", status_code=303)


def _sent(request: Request, text: str) -> Response:
    site, found = site_of(request), find_receipt(request)
    if isinstance(found, Response):
        return found
    asked = replies.question(site.context, found)
    if asked is None:
        return _redirect(request, "late")
    outcome = _stored(request, found, text, partial(replies.store_reply, site.context, found, asked, text))
    return outcome if isinstance(outcome, Response) else _redirect(request, "yes" if outcome == "stored" else "full")


def _stored(request: Request, found: Receipt, text: str, store: Callable[[], replies.ReplyOutcome]) -> replies.ReplyOutcome | Response:
    """Store a text, or return the page that refuses it."""
    if fault := _fault(text):
        return show_receipt(request, found, 422, text, fault)
    if not site_of(request).replies.admits(caller(request.client.host if request.client else "")):
        return show_receipt(request, found, 429, text, "often")
    try:
        outcome = store()
    except UnavailableError:
        return show_receipt(request, found, 503, text, "busy")
    return show_receipt(request, found, 422, text, "refused") if outcome == "refused" else outcome


def _fault(text: str) -> str:
    """Return the code of a reply's fault; empty when it has none."""
    if not text:
        return "empty"
    fault = text_fault(text, MAX_TEXT, has_lines=True)
    return "" if fault is None else "long" if fault == "long" else "signs"


def _redirect(request: Request, replied: str) -> Response:
    parts = request.path_params
    path = f"/case/{parts['number']}/{parts['secret']}"
    return RedirectResponse(f"{path}?replied={replied}#reply" if replied else path, status_code=303)
