"""List and take updates of requests, as FixMyStreet extends GeoReport v2.

`GET servicerequestupdates` lists the steps of published cases; with a key, what happened to the requests that this key created, by their
own numbers, with the answers to them. `POST servicerequestupdates` brings another message of the citizen: it is a post of the inbox that
answers the report, so it is redacted, joins the report's case and is forgotten like every post.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from core.config.city import City
from core.errors import EscuchaError
from core.privacy.pseudonyms import decrypt_origin, keyed_hash
from ledger import read
from ledger.read import Receipt, ReportNews
from pipeline.context import Context, now
from pipeline.portal import citizens
from pipeline.portal.mails import TO_OTHERS, state_told, state_words
from portal.open311.access import Senders
from portal.open311.answers import RefusedRequestError, check_address, form_of, not_stored, published, refused
from portal.open311.creation import body_of, key_is_in_body, store
from portal.open311.form import SentForm, attribute_lines, form_faults, read_form, tidy_lines
from portal.open311.formats import Format, Row, write_list
from portal.open311.keys import Key
from portal.open311.listing import Listing
from portal.open311.own_requests import case_of, find_own, is_from, sender_of
from portal.open311.query import read_moment, read_page, read_period
from portal.open311.requests import time_text
from portal.open311.submission import WRITER, who_and_links

WRAPPER, ITEM = "service_request_updates", "request_update"
MAX_DESCRIPTION = 4000
STATUSES = {
    "assigned": "INVESTIGATING",
    "answered": "IN_PROGRESS",
    TO_OTHERS: "IN_PROGRESS",
    "resolved": "FIXED",
    "rejected": "NO_FURTHER_ACTION",
    "merged": "DUPLICATE",
}
"""FixMyStreet's extended statuses: its plain "closed" means that the council repaired something."""
REOPEN = "REOPEN"
CLOSED = ("resolved", "rejected")
KNOWN = WRITER | set("api_key jurisdiction_id service_request_id update_id update_id_ext updated_datetime status description".split())


@dataclass
class Updates:
    """List and take updates; one per process."""

    context: Context
    senders: Senders
    listing: Listing

    def listed(self, request: Request, form: Format) -> Response:
        """List what happened, oldest first, page by page."""
        query, city = request.query_params, self.context.city
        page, (since, until) = read_page(query), read_period(query, city.zone, now())
        if query.get("api_key"):  # FixMyStreet sends an empty one where it has none
            found = self._own(self.senders.key(request, query["api_key"]), since, until)
            return not_stored(form, found[page.offset : page.offset + page.size], WRAPPER, ITEM)
        rows = self._public(since, until)[page.offset : page.offset + page.size]
        return published(request, form, write_list(form, rows, WRAPPER, ITEM))

    def _public(self, since: datetime, until: datetime) -> list[Row]:
        cases = {one.case_key: one for one in self.listing.cases(None, 0, {"updated_since": since})}
        steps = read.steps_between(self.context.ledger, sorted(cases), since, until)
        steps.sort(key=lambda one: (one.at, one.id))
        return [_row(self.context.city, f"step {one.id}", one.case_key, one.state, one.at) for one in steps]

    def _own(self, key: Key, since: datetime, until: datetime) -> list[Row]:
        sender = sender_of(key)
        news = read.report_news(self.context.ledger, since, until)
        mine = [one for one in news if is_from(self.context, one.origin, sender)]
        mine.sort(key=lambda one: (one.at, one.key))
        return [_row(self.context.city, one.key, one.number, self._told(one), one.at, one.text) for one in mine]

    def _told(self, news: ReportNews) -> str:
        return news.state if news.text is not None else state_told(self.context.ledger, news.post_id, news.state)

    async def handle(self, request: Request) -> Response:
        """Take an update and answer its id.

        Sent again, it has the same one.
        """
        form = form_of(request)
        try:
            return await run_in_threadpool(self._taken, request, form, await body_of(request))
        except EscuchaError as error:
            return refused(form, error)

    def _taken(self, request: Request, form: Format, body: bytes) -> Response:
        key_is_in_body(request)
        sent = read_form(request.headers.get("content-type", ""), body, KNOWN)
        key = self.senders.key(request, sent.fields.get("api_key", ""))
        check_address(self.context.city, request, sent.fields.get("jurisdiction_id", ""))
        at = _checked(self.context.city, sent)
        receipt = find_own(self.context, sent.fields["service_request_id"], sender_of(key))
        origin = None if receipt is None else read.origin_of(self.context.ledger, receipt.post_id)
        if receipt is None or origin is None:
            raise RefusedRequestError(404, "service_request_id was not found among the requests of this api_key")
        self.senders.count(key)
        sender, (native_id, _) = sender_of(key), decrypt_origin(self.context.salt, origin)
        item = {
            "id": self._id(receipt, sent),
            "sender": sender,
            "reply_to": native_id.removeprefix(f"{sender}:"),
            "text": f"{tidy_lines(sent.fields['description'])}{attribute_lines(sent)}",
            "created_at": min(at, now()).isoformat(),
            **who_and_links(sent),
        }
        post_id = store(self.context, item)
        if sent.fields["status"].upper() == REOPEN:
            self._not_fixed(receipt)
        return not_stored(form, [{"update_id": post_id}], WRAPPER, ITEM)

    def _id(self, receipt: Receipt, sent: SentForm) -> str:
        """Return the id of the post: that of the sender's update."""
        given = sent.fields.get("update_id") or sent.fields.get("update_id_ext") or json.dumps(sent.identity())
        return keyed_hash(self.context.salt, "open311 update", f"{receipt.number} {given}")

    def _not_fixed(self, receipt: Receipt) -> None:
        """Store "not fixed", as the button of a receipt does."""
        case = case_of(self.context, receipt)
        if case is not None and case.state in CLOSED:
            citizens.vote(self.context, receipt, False)


def _checked(city: City, sent: SentForm) -> datetime:
    """Return when the update was written.

    Raises:
        RefusedRequestError: 400 with each fault.
    """
    needed = ("service_request_id", "updated_datetime", "status")
    faults = [f"{name} is missing" for name in needed if name not in sent.fields]
    if faults := [*faults, *form_faults(sent, MAX_DESCRIPTION)]:
        raise RefusedRequestError(400, *faults)
    return read_moment(sent.fields["updated_datetime"], "updated_datetime", city.zone)


def _row(city: City, key: str, number: str, state: str, at: datetime, text: str | None = None) -> Row:
    return {
        "update_id": key.replace(" ", "-"),
        "service_request_id": number,
        "status": STATUSES.get(state, "OPEN"),
        "updated_datetime": time_text(city, at),
        "description": state_words(city.languages[0])[state] if text is None else text,
        "media_url": None,
    }
