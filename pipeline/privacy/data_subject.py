"""Serve GDPR requests (`escucha subject`): access, erasure and objection, with a receipt.

Access (Art. 15), erasure (Art. 17), objection (Art. 21). An objection ends the processing, and keeping is processing: stored posts are
erased (Art. 17(1)(c)) and new posts of the author are refused until the objection is withdrawn. Erased posts do not come back.
"""

import json
import secrets
from typing import Any

from core.privacy.pseudonyms import decrypt_origin
from core.records.post import StoredReach
from core.records.read_models import PostRecord
from ledger import read
from ledger.read import data_subject
from ledger.retention import forget, objections
from pipeline.access import accounts
from pipeline.context import Context, now
from pipeline.privacy.authors import SourceAuthor, author_of
from pipeline.steps import report

RequestReceipt = dict[str, Any]

PURPOSE = (
    "To find problems of the city that people report in public, to pass each to the service that can mend it, and to publish how fast the "
    "city answers. Not to judge, profile or identify anybody."
)
LEGAL_BASIS = "Article 6(1)(e) of the GDPR: a task carried out in the public interest"
"""Where the profile names no other."""
RECIPIENTS = ("the staff of the council", "the service that mends the problem")
LABELS = tuple("language sentiment intent topic actionable relevance spam sensitive place district barrio lat lon model".split())
KEPT = ("post_id", "kind", "text", "created_at", "received_at", "edited_at", "thread", "reply_to", "decision", "reason", "case_kind")


def show(context: Context, given: str, originals: bool = False) -> RequestReceipt:
    """Return everything stored about an author.

    The originals' ids and links are included only with `originals`, which is audited.
    """
    author = author_of(context, given)
    records = list(read.post_records(context.ledger, author=author.pseudonym, order="oldest"))
    since = objections.objected_at(context.ledger, author.pseudonym)
    receipt = _receipt(author, "show") | {
        "pseudonym": author.pseudonym,
        "objects_since": since.isoformat() if since else None,
        "controller": context.city.notice.controller,
        "contact": context.city.notice.contact,
        "data_protection_officer": context.city.notice.data_protection_officer,
        "authority": context.city.notice.authority,
        "purpose": PURPOSE,
        "legal_basis": context.city.notice.basis or LEGAL_BASIS,
        "obtained_from": author.source,
        "recipients": [*RECIPIENTS, *sorted({one.system for one in _tickets(context, author)})],
        "retention_days": context.city.retention.days,
        "automated_decisions": "a computer sorts the posts and says how sure it is; no decision about a person is taken by it alone",
        "posts": [_post(context, record, originals) for record in records],
        "cases": sorted({record.case_key for record in records if record.case_key}),
        "outside": _outside(context, author),
    }
    accounts.record_audit(context, "subject_show", author.pseudonym, f"{receipt['receipt']}: {len(records)} posts")
    return receipt


def erase(context: Context, given: str) -> RequestReceipt:
    """Erase the posts of an author and refuse their return.

    New posts of the author are still collected. The receipt lists the copies outside the ledger.
    """
    author = author_of(context, given)
    receipt = _begun(context, author, "erase")
    receipt["posts_erased"] = forget.erase_author(context.ledger, author.pseudonym, "erasure", now())
    return _done(context, author, receipt)


def object_to(context: Context, given: str) -> RequestReceipt:
    """Erase the posts of an author and refuse new ones."""
    author = author_of(context, given)
    receipt = _begun(context, author, "object")
    receipt["posts_erased"] = objections.object_author(context.ledger, author.pseudonym, now())
    return _done(context, author, receipt)


def withdraw(context: Context, given: str) -> RequestReceipt:
    """Withdraw an objection: collect new posts of the author again."""
    author = author_of(context, given)
    receipt = _receipt(author, "withdraw")
    receipt["objection_was_there"] = objections.withdraw_objection(context.ledger, author.pseudonym, now())
    accounts.record_audit(context, "subject_withdraw", author.pseudonym, receipt["receipt"])
    return receipt


def _receipt(author: SourceAuthor, action: str) -> RequestReceipt:
    return {
        "receipt": f"S-{now():%Y%m%d}-{secrets.token_hex(4)}",
        "action": action,
        "subject": author.given,
        "at": now().isoformat(timespec="seconds"),
    }


def _begun(context: Context, author: SourceAuthor, action: str) -> RequestReceipt:
    """Begin a receipt and audit the copies outside the ledger first.

    After the erasure, and a kill, they could no longer be found.
    """
    receipt = _receipt(author, action) | {"outside": _outside(context, author)}
    why = json.dumps({"receipt": receipt["receipt"], "outside": receipt["outside"]})
    accounts.record_audit(context, f"subject_{action}_begun", author.pseudonym, why)
    return receipt


def _done(context: Context, author: SourceAuthor, receipt: RequestReceipt) -> RequestReceipt:
    receipt["reports_rewritten"] = report.retract_quotes(context)
    why = f"{receipt['receipt']}: {receipt['posts_erased']} posts erased"
    accounts.record_audit(context, f"subject_{receipt['action']}", author.pseudonym, why)
    return receipt


def _tickets(context: Context, author: SourceAuthor) -> list[data_subject.Ticket]:
    return data_subject.tickets_of(context.ledger, author.pseudonym)


def _outside(context: Context, author: SourceAuthor) -> dict[str, Any]:
    """List the copies Escucha cannot erase, for the council (docs/how-to/erase-a-citizen.md)."""
    reports = data_subject.reports_since_first(context.ledger, author.pseudonym)
    return {
        "tickets": [one.model_dump() for one in _tickets(context, author)],
        "mailed_reports_that_may_quote": [one.model_dump() for one in reports],
        "backups": f"until they are removed, {context.settings.backup_keep_days} days after they were made; a restore erases again",
        "network": f"the original on {author.source} stays where its author put it",
    }


def _post(context: Context, record: PostRecord, originals: bool) -> dict[str, Any]:
    fields = record.model_dump(mode="json")
    entry = {name: fields[name] for name in KEPT} | {
        "labels": {name: fields[name] for name in LABELS},
        "case": record.case_key,
        "kept_until": (record.created_at + context.city.retention).isoformat(timespec="seconds"),
        "corrections": [
            one.model_dump(mode="json", include={"question", "value", "at"}) for one in read.corrections_of(context.ledger, record.post_id)
        ],
        "reach": {name: fields[name] for name in StoredReach.model_fields},
        "checks": [one.model_dump(mode="json", include={"answers", "at"}) for one in read.gold_answers_of(context.ledger, record.post_id)],
    }
    if originals and (origin := read.origin_of(context.ledger, record.post_id)) is not None:
        accounts.record_audit(context, "open_original", record.post_id, "access by the person")
        native_id, url = decrypt_origin(context.salt, origin)
        entry["original"] = {"id": native_id, "link": url}
    return entry
