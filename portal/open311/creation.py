"""Take new requests: key, form, one post of the inbox, a token."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from core.errors import EscuchaError
from core.web.rate_limits import RateLimit
from ledger import read
from pipeline.casework.stated_topic import state_topic
from pipeline.context import Context, now
from pipeline.steps.receive import receive, received_id
from portal.body import BrokenOffError, TooLargeError, read_body
from portal.open311.answers import RefusedRequestError, caller_of, check_address, form_of, not_stored, refused
from portal.open311.formats import Format
from portal.open311.keys import Key, find_key
from portal.open311.submission import check_request, read_form

MAX_BODY = 100_000
RESENT_WITHIN = timedelta(hours=24)
"""The same request within this time is one that is sent again."""


@dataclass
class Creation:
    """Take new requests from systems that have a key; one per process."""

    context: Context
    keys: tuple[Key, ...] = ()
    failed_keys: RateLimit = field(default_factory=lambda: RateLimit(10, 60))
    """Wrong keys per address."""
    creations: RateLimit = field(default_factory=lambda: RateLimit(60, 60))
    """New requests per key."""

    async def handle(self, request: Request) -> Response:
        """Take a new request and answer a token.

        The same request sent again within 24 hours gets the same token.
        """
        form = form_of(request)
        try:
            return await run_in_threadpool(self._created, request, form, await _body(request))
        except EscuchaError as error:
            return refused(form, error)

    def _created(self, request: Request, form: Format, body: bytes) -> Response:
        if "api_key" in request.query_params:
            raise RefusedRequestError(400, "send api_key in the body, not in the address, which servers log")
        fields = read_form(request.headers.get("content-type", ""), body)
        key = self._key(request, fields.get("api_key", ""))
        check_address(self.context.city, request, fields.get("jurisdiction_id", ""))
        given = check_request(self.context.city, self.context.salt, fields)
        if not key.may(given.topic):
            raise RefusedRequestError(
                403, f"this api_key may not create requests of the service {fields['service_code']}"
            )
        if not self.creations.admits(key.name):
            raise RefusedRequestError(429, "too many new requests with this api_key: wait a minute")
        moment, sender = now(), f"open311-{key.name}"
        days = [f"{moment - back:%Y%m%d}" for back in (timedelta(0), RESENT_WITHIN)]
        today, yesterday = (given.item(sender, day) for day in days)
        token = self._sent_before(yesterday) or self._stored(today)
        state_topic(self.context, token, given.topic, sender)  # also when sent again: a kill may have come in between
        return not_stored(form, {"token": token, "service_notice": None, "account_id": None})

    def _sent_before(self, item: dict[str, Any]) -> str | None:
        token = received_id(self.context, item)
        post = None if token is None else read.post_record(self.context.ledger, token)
        return token if post is not None and now() - post.received_at < RESENT_WITHIN else None

    def _stored(self, item: dict[str, Any]) -> str:
        (receipt,) = receive(self.context, [item])
        token = received_id(self.context, item)
        if receipt.result == "rejected" or token is None:
            raise RefusedRequestError(400, f"the request was not accepted: {receipt.reason or 'it cannot be parsed'}")
        return token

    def _key(self, request: Request, given: str) -> Key:
        """Return the request's key.

        Raises:
            RefusedRequestError: 403 without a valid key, 429 after too many wrong ones.
        """
        if not self.keys:
            raise RefusedRequestError(403, "this server takes no new requests: it has no keys yet")
        if not given:
            raise RefusedRequestError(403, "api_key is missing")
        key = find_key(self.keys, given)
        if key is None:
            known = self.failed_keys.admits(caller_of(request))
            raise (
                RefusedRequestError(403, "api_key is not valid here")
                if known
                else RefusedRequestError(429, "too many wrong keys: wait a minute")
            )
        return key


async def _body(request: Request) -> bytes:
    try:
        return await read_body(request, MAX_BODY)
    except TooLargeError:
        words = f"more than {MAX_BODY:,} bytes: a request is text; link pictures by media_url"
        raise RefusedRequestError(413, words) from None
    except BrokenOffError:
        raise RefusedRequestError(400, "the body ended early") from None
