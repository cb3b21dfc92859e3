"""Show a request to the system that created it, by its number.

The number is given at once and never changes, whatever case the request comes to. It is listed nowhere: only the sender has it. So it
shows what a citizen's receipt shows, also of cases that are not published.
"""

import re

from core.privacy.pseudonyms import decrypt_origin
from ledger import read
from ledger.read import PublishedCase, Receipt
from pipeline.context import Context
from pipeline.portal.mails import state_told, state_words
from portal.open311.formats import Row
from portal.open311.keys import Key
from portal.open311.requests import request_row, time_text, waiting_row
from portal.open311.services import code_of, offered_topics, service_name

PREFIX = "open311-"
"""Before the name of a key: the sender of its posts."""
_MARK = re.compile(r"\[(?=[^\]]*\d)([\w:.-]{1,60})\]\s*(?:\n|$)")
"""What a sender writes at the end of a description to know the request again: with a digit, unlike `[name]` of redaction."""


def sender_of(key: Key) -> str:
    """Return the sender of the posts that come by a key."""
    return f"{PREFIX}{key.name}"


def find_own(context: Context, number: str, sender: str = PREFIX) -> Receipt | None:
    """Return the receipt of a request that was created here.

    None: there is none. `sender`: only what came from it; else from any system with a key.
    """
    found = read.receipt(context.ledger, number.strip().upper())
    if found is None:
        return None
    origin = read.origin_of(context.ledger, found.post_id)
    return found if origin is not None and is_from(context, origin, sender) else None


def is_from(context: Context, origin: str, sender: str) -> bool:
    """Tell whether a post came from this sender, by its native id."""
    native_id, _ = decrypt_origin(context.salt, origin)
    return native_id.startswith(sender if sender == PREFIX else f"{sender}:")


def own_row(context: Context, receipt: Receipt) -> Row:
    """Return the row of a request under its own number."""
    city, case = context.city, case_of(context, receipt)
    post = read.post_of(context.ledger, receipt.post_id)
    marks = _MARK.findall(post.text) if post is not None else []
    mark = marks[-1] if marks else receipt.number if case is None else case.case_key
    topic = _topic(context, receipt, case)
    name, at = service_name(city, topic), time_text(city, receipt.at)
    known: Row = request_row(city, case) if case is not None else waiting_row(city, receipt.decision == "no_case", at)
    own: Row = {
        "service_request_id": receipt.number,
        "service_name": name,
        "service_code": code_of(city.open311, topic),
        "description": f"{name} [{mark}]",
        "requested_datetime": at,
    }
    if case is not None and case.state == "answered":
        told = state_told(context.ledger, receipt.post_id, case.state)
        return {**known, **own, "status_notes": state_words(city.languages[0])[told]}
    return {**known, **own}


def case_of(context: Context, receipt: Receipt) -> PublishedCase | None:
    """Return the case of a request, also one that is not published."""
    if receipt.case_key is None:
        return None
    return next(iter(read.published_cases(context.ledger, 1, keys=[receipt.case_key], withheld=True)), None)


def _topic(context: Context, receipt: Receipt, case: PublishedCase | None) -> str:
    """Return the topic of the case.

    Where it is undecided or not offered: the one that was asked for.
    """
    offered = offered_topics(context.city.open311)
    if case is not None and case.topic in offered and case.topic_guess is None:
        return case.topic
    said = read.corrections_of(context.ledger, receipt.post_id)
    return next((one.value for one in said if one.question == "topic" and one.value in offered), "other")
