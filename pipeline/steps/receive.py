"""Receive posts pushed to the inbox: pseudonymise, store and answer at once.

The same rules apply as to collected posts.
"""

from collections.abc import Sequence
from typing import Literal

from collectors.parsing import envelope
from core.config.protocols import LoadedCollector, load_collector
from core.errors import UnavailableError
from core.privacy.pseudonyms import post_id
from core.records import Record
from core.records.post import Post, Raw, Rejected
from core.runtime.locks import lock_of
from ledger.ingest import cursors, store
from pipeline.casework.stated_topic import state_topic
from pipeline.context import Context, now
from pipeline.steps.collect import admit

INBOX = "inbox"
TRIES = 5
"""Another desk on the same ledger may store a post at the same moment: the page is tried again this often."""

Result = Literal["stored", "updated", "duplicate", "rejected"]


class InboxReceipt(Record):
    """Report the result of one post."""

    id: str | int | None
    """As the sender gave it; None when it gave none."""
    result: Result
    reason: str | None = None
    """Why it was rejected, as a short code."""


def receive(context: Context, items: Sequence[object], author: str | None = None) -> list[InboxReceipt]:
    """Store these posts one by one and return a receipt for each.

    The receipts are in the order of the posts. Sent again, the posts are duplicates. A service that a citizen chose is the topic of the
    post, also when it is sent again: a kill may have come in between.

    Args:
        context: the open context.
        items: the posts, as docs/reference/inbox.md describes them.
        author: pseudonym of their author, where the ledger knows it from a post that they answer.

    Raises:
        UnavailableError: other processes stored at the same moment again and again; posts stored already are duplicates when sent again.
    """
    with lock_of(INBOX, context.ledger.ledger_id):
        run_id = cursors.begin_run(context.ledger, INBOX, now())
        outcome = "interrupted"
        try:
            receipts = []
            for number, item in enumerate(items, start=1):
                run_id, receipt = _store(context, run_id, item, f"inbox post {number}", author)
                receipts.append(receipt)
            outcome = "done"
        finally:
            cursors.end_run(context.ledger, run_id, now(), outcome)
    return receipts


def received_id(context: Context, item: object) -> str | None:
    """Return the post id that this post has once it is stored.

    None when it cannot be parsed, which its receipt explains.
    """
    found = _inbox(context).parse(envelope(item, "inbox post", now()))
    return post_id(context.salt, found.source, found.native_id) if isinstance(found, Raw) else None


def _inbox(context: Context) -> LoadedCollector:
    """Return the inbox's module.

    The portal's form uses it also where the profile has no `[sources.inbox]`, which is the door for other systems.
    """
    source = context.sources.get(INBOX)
    return source.module if source is not None else load_collector(INBOX, "the form of the portal")


def _store(context: Context, run_id: str, item: object, place: str, author: str | None) -> tuple[str, InboxReceipt]:
    """Store one post; return the run in use and the receipt.

    The run is a new one when another process moved the cursor in between.
    """
    parsed = _parse(context, item, place, author)
    posts = [parsed] if isinstance(parsed, Post) else []
    rejects = [parsed] if isinstance(parsed, Rejected) else []
    for _ in range(TRIES):
        try:
            counts = store.store_page(context.ledger, run_id, INBOX, posts, rejects, {}, None, now())
        except cursors.CursorMovedError as error:
            cursors.end_run(context.ledger, run_id, now(), str(error))
            run_id = cursors.begin_run(context.ledger, INBOX, now())
            continue
        receipt = _receipt(item, parsed, counts)
        if isinstance(parsed, Post) and parsed.service is not None and receipt.result != "rejected":
            state_topic(context, parsed.post_id, parsed.service, _sender(item))
        return run_id, receipt
    raise UnavailableError("the inbox is busy: send the same posts again in a moment")


def _parse(context: Context, item: object, place: str, author: str | None) -> Post | Rejected:
    found = _inbox(context).parse(envelope(item, place, now()))
    if not isinstance(found, Raw):
        return found
    admitted = admit(context, found.model_copy(update={"place": place}))
    known = author is not None and isinstance(admitted, Post) and admitted.author is None
    return admitted.model_copy(update={"author": author}) if known else admitted


def _sender(item: object) -> str:
    """Return the tool that handed a post in."""
    return str((isinstance(item, dict) and item.get("sender")) or INBOX)


def _receipt(item: object, parsed: Post | Rejected, counts: store.Counts) -> InboxReceipt:
    given = item.get("id") if isinstance(item, dict) else None
    name = given if isinstance(given, str | int) and str(given).isprintable() else None
    if isinstance(parsed, Rejected):
        return InboxReceipt(id=name, result="rejected", reason=parsed.reason)
    if counts.objected:
        return InboxReceipt(id=name, result="rejected", reason="objected")
    if counts.rejected:  # stored before, and erased
        return InboxReceipt(id=name, result="rejected", reason="erased")
    result: Result = "stored" if counts.stored else "updated" if counts.updated else "duplicate"
    return InboxReceipt(id=name, result=result)
