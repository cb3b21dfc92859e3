"""What is handed in at the inbox: each post hidden, stored and answered for at once, under the same rules as what we fetch."""

import threading
from collections.abc import Sequence
from typing import Literal

from collectors.parsing import envelope
from core.errors import UnavailableError
from core.post import Post, Raw, Rejected
from core.records import Record
from ledger.ingest import store
from pipeline.collect import admit
from pipeline.context import Context, now

INBOX = "inbox"
TRIES = 5
"""Another desk on the same ledger may store a post at the same moment: then once more."""
_one_at_a_time = threading.Lock()

Result = Literal["stored", "updated", "duplicate", "rejected"]


class Receipt(Record):
    """What became of one post."""

    id: str | int | None
    """As the sender gave it; None when it gave none."""
    result: Result
    reason: str | None = None
    """Why it was rejected, as a short code."""


def receive(context: Context, items: Sequence[object]) -> list[Receipt]:
    """Store these posts, each by itself, and say what became of each, in their order. Sent again, they are duplicates.

    Raises:
        UnavailableError: others stored at the same moment again and again; what is stored already is known when it is sent again.
    """
    with _one_at_a_time:
        run_id = store.begin_run(context.ledger, INBOX, now())
        outcome = "broken off"
        try:
            receipts = []
            for number, item in enumerate(items, start=1):
                run_id, receipt = _stored(context, run_id, item, f"inbox post {number}")
                receipts.append(receipt)
            outcome = "done"
        finally:
            store.end_run(context.ledger, run_id, now(), outcome)
    return receipts


def _stored(context: Context, run_id: str, item: object, place: str) -> tuple[str, Receipt]:
    """The receipt, and the run that goes on: a new one when another desk came between."""
    one = _admitted(context, item, place)
    posts = [one] if isinstance(one, Post) else []
    rejects = [one] if isinstance(one, Rejected) else []
    for _ in range(TRIES):
        try:
            counts = store.store_page(context.ledger, run_id, INBOX, posts, rejects, {}, None, now())
        except store.CursorMovedError as error:
            store.end_run(context.ledger, run_id, now(), str(error))
            run_id = store.begin_run(context.ledger, INBOX, now())
            continue
        return run_id, _receipt(item, one, counts)
    raise UnavailableError("the inbox is very busy: send the same posts again in a moment")


def _admitted(context: Context, item: object, place: str) -> Post | Rejected:
    found = context.sources[INBOX].module.parse(envelope(item, place, now()))
    return admit(context, found.model_copy(update={"place": place})) if isinstance(found, Raw) else found


def _receipt(item: object, one: Post | Rejected, counts: store.Counts) -> Receipt:
    given = item.get("id") if isinstance(item, dict) else None
    name = given if isinstance(given, str | int) and str(given).isprintable() else None
    if isinstance(one, Rejected):
        return Receipt(id=name, result="rejected", reason=one.reason)
    if counts.objected:
        return Receipt(id=name, result="rejected", reason="objected")
    if counts.rejected:  # it was here before, and was erased
        return Receipt(id=name, result="rejected", reason="erased")
    result: Result = "stored" if counts.stored else "updated" if counts.updated else "duplicate"
    return Receipt(id=name, result=result)
