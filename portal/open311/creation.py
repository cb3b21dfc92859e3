"""Take new requests: key, form, one post of the inbox, its number."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from core.errors import EscuchaError
from ledger import read
from pipeline.casework.stated_topic import state_topic
from pipeline.context import Context, now
from pipeline.portal.at_once import decide_at_once
from pipeline.portal.citizens import give_number
from pipeline.steps.receive import receive, received_id
from portal.body import BrokenOffError, TooLargeError, read_body
from portal.open311.access import Senders
from portal.open311.answers import RefusedRequestError, check_address, form_of, not_stored, refused
from portal.open311.form import read_form
from portal.open311.formats import Format
from portal.open311.own_requests import sender_of
from portal.open311.submission import KNOWN, check_request

MAX_BODY = 100_000
RESENT_WITHIN = timedelta(hours=24)
"""The same request within this time is one that is sent again."""


@dataclass
class Creation:
    """Take new requests from systems that have a key; one per process."""

    context: Context
    senders: Senders

    async def handle(self, request: Request) -> Response:
        """Take a new request and answer its id, which never changes.

        The same request sent again within 24 hours gets the same id.
        """
        form = form_of(request)
        try:
            return await run_in_threadpool(self._created, request, form, await body_of(request))
        except EscuchaError as error:
            return refused(form, error)

    def _created(self, request: Request, form: Format, body: bytes) -> Response:
        key_is_in_body(request)
        sent = read_form(request.headers.get("content-type", ""), body, KNOWN)
        key = self.senders.key(request, sent.fields.get("api_key", ""))
        check_address(self.context.city, request, sent.fields.get("jurisdiction_id", ""))
        given = check_request(self.context.city, self.context.salt, sent)
        if not key.may(given.topic):
            raise RefusedRequestError(403, f"this api_key may not create requests of the service {sent.fields['service_code']}")
        self.senders.count(key)
        moment, sender = now(), sender_of(key)
        days = [f"{moment - back:%Y%m%d}" for back in (timedelta(0), RESENT_WITHIN)]
        today, yesterday = (given.item(sender, day) for day in days)
        post_id = self._sent_before(yesterday) or store(self.context, today)
        state_topic(self.context, post_id, given.topic, sender)  # also when sent again: a kill may have come in between
        number = give_number(self.context, post_id)
        decide_at_once(self.context, post_id)
        row = {"service_request_id": number, "service_notice": None, "account_id": None}
        return not_stored(form, [row])

    def _sent_before(self, item: dict[str, Any]) -> str | None:
        found = received_id(self.context, item)
        post = None if found is None else read.post_record(self.context.ledger, found)
        return found if post is not None and now() - post.received_at < RESENT_WITHIN else None


def store(context: Context, item: dict[str, Any]) -> str:
    """Store a post of the inbox; return its id.

    Raises:
        RefusedRequestError: 400, the inbox does not accept it.
    """
    (receipt,) = receive(context, [item])
    post_id = received_id(context, item)
    if receipt.result == "rejected" or post_id is None:
        raise RefusedRequestError(400, f"the request was not accepted: {receipt.reason or 'it cannot be parsed'}")
    return post_id


def key_is_in_body(request: Request) -> None:
    """Refuse a key that writes in the address, which servers log.

    Raises:
        RefusedRequestError: 400.
    """
    if "api_key" in request.query_params:
        raise RefusedRequestError(400, "send api_key in the body, not in the address, which servers log")


async def body_of(request: Request) -> bytes:
    """Read the body.

    Raises:
        RefusedRequestError: 413 when it is too large, 400 when it ends early.
    """
    try:
        return await read_body(request, MAX_BODY)
    except TooLargeError:
        words = f"more than {MAX_BODY:,} bytes: a request is text; link pictures by media_url"
        raise RefusedRequestError(413, words) from None
    except BrokenOffError:
        raise RefusedRequestError(400, "the body ended early") from None
