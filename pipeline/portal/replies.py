"""Take what a citizen says on the receipt.

It replies to the council's question, or says what is still wrong. It is a post of the inbox in the thread of the report: it is redacted,
triaged and forgotten like every post, ends the pause of the answer time, and is shown to staff below the question.

Once replied, the page has no form any more. Who sends other words from a second window, at the same moment or later, has said both: both
are kept and shown in order, and the first ended the pause. The same words are one reply.
"""

from typing import Literal

from core.privacy.pseudonyms import decrypt_origin, keyed_hash
from core.records import Record, UtcDatetime
from core.records.answer import GIVEN
from core.records.case import OPEN
from ledger import read
from pipeline.context import Context
from pipeline.portal.citizens import PORTAL
from pipeline.steps.receive import receive, received_id


class AskedBack(Record):
    """Hold the last question that the council asked about a report."""

    key: str
    """Of the answer that asks."""
    replied_at: tuple[UtcDatetime, ...] = ()
    """When each reply was received, oldest first."""


MOST = read.REPLIES_SHOWN
"""Replies to one question: the rest would not be shown to staff."""
ReplyOutcome = Literal["stored", "full", "refused"]
"""`stored`: now, or before with the same words; `full`: there are MOST with other words; `refused`: by the inbox."""


def question(context: Context, receipt: read.Receipt) -> AskedBack | None:
    """Return what the citizen is asked.

    None: nothing, or the case is closed.
    """
    case = None if receipt.case_key is None else read.case_record(context.ledger, receipt.case_key)
    if case is not None and case.state not in OPEN:
        return None
    given = read.answers(context.ledger, post_id=receipt.post_id, states=GIVEN)
    asking = max((one for one in given if one.asks and one.given_at), key=lambda one: (one.given_at, one.key), default=None)
    if asking is None:
        return None
    replies = read.citizen_replies(context.ledger, [asking])[asking.key]
    return AskedBack(key=asking.key, replied_at=tuple(one.at for one in replies))


def store_reply(context: Context, receipt: read.Receipt, asked: AskedBack, text: str) -> ReplyOutcome:
    """Store a reply to a question, each wording once.

    Its identity is the receipt, the question and the words: sent twice, by two browsers or after a kill, it is one post.

    Raises:
        UnavailableError: the inbox is busy; send it again.
    """
    item = _item(context, receipt, asked.key, text)
    if item is None:
        return "refused"
    post_id = received_id(context, item)
    if len(asked.replied_at) >= MOST and (post_id is None or read.post_of(context.ledger, post_id) is None):
        return "full"
    return _received(context, receipt, item)


def say_unsolved(context: Context, receipt: read.Receipt, text: str) -> ReplyOutcome:
    """Store what a citizen says is still wrong, each wording once.

    Raises:
        UnavailableError: the inbox is busy; send it again.
    """
    item = _item(context, receipt, "not solved", text)
    return "refused" if item is None else _received(context, receipt, item)


def _item(context: Context, receipt: read.Receipt, about: str, text: str) -> dict[str, str] | None:
    """Return the inbox item of a reply; None: the report is forgotten."""
    origin = read.origin_of(context.ledger, receipt.post_id)
    if origin is None:
        return None
    native_id, _ = decrypt_origin(context.salt, origin)
    return {
        "id": keyed_hash(context.salt, "portal reply", f"{receipt.number} {about} {text}"),
        "sender": PORTAL,
        "reply_to": native_id.removeprefix(f"{PORTAL}:"),
        "text": text,
    }


def _received(context: Context, receipt: read.Receipt, item: dict[str, str]) -> ReplyOutcome:
    report = read.post_of(context.ledger, receipt.post_id)
    (result,) = receive(context, [item], author=None if report is None else report.author)
    return "refused" if result.result == "rejected" else "stored"
