"""`escucha subject`: what a person may ask for by the GDPR. Access (Art. 15), erasure (Art. 17), objection (Art. 21), with a receipt.

An objection ends the processing, and keeping is processing: what is there is erased (Art. 17(1)(c)) and new posts of the author are
refused until the objection is withdrawn. What was erased does not come back by that.
"""

import json
import secrets
from typing import Any

from core.privacy.pseudonyms import open_origin
from core.read_models import PostRecord
from ledger import read
from ledger.read import data_subject
from ledger.retention import forget, suppressions
from pipeline import accounts, report
from pipeline.authors import Author, author_of
from pipeline.context import Context, now

Receipt = dict[str, Any]

PURPOSE = (
    "To find problems of the city that people report in public, to pass each to the service that can mend it, and to publish how fast the "
    "city answers. Not to judge, profile or identify anybody."
)
RECIPIENTS = ("the staff of the council", "the service that mends the problem")
LABELS = (
    "language",
    "sentiment",
    "intent",
    "topic",
    "actionable",
    "relevance",
    "spam",
    "place",
    "district",
    "barrio",
    "model",
)
KEPT = (
    "post_id",
    "kind",
    "text",
    "created_at",
    "received_at",
    "edited_at",
    "thread",
    "reply_to",
    "decision",
    "reason",
    "case_kind",
)


def show(context: Context, given: str, originals: bool = False) -> Receipt:
    """Return all that is kept about an author; the originals' ids and links only when asked for, which is audited."""
    author = author_of(context, given)
    facts = list(read.post_records(context.ledger, author=author.pseudonym, order="oldest"))
    since = suppressions.objected_at(context.ledger, author.pseudonym)
    told = _receipt(author, "show") | {
        "pseudonym": author.pseudonym,
        "objects_since": since.isoformat() if since else None,
        "controller": context.city.notice.controller,
        "contact": context.city.notice.contact,
        "data_protection_officer": context.city.notice.data_protection_officer,
        "authority": context.city.notice.authority,
        "purpose": PURPOSE,
        "legal_basis": context.city.notice.basis,
        "obtained_from": author.source,
        "recipients": [*RECIPIENTS, *sorted({one.system for one in _tickets(context, author)})],
        "retention_days": context.city.retention.days,
        "automated_decisions": "a computer sorts the posts and says how sure it is; no decision about a person is taken by it alone",
        "posts": [_post(context, fact, originals) for fact in facts],
        "cases": sorted({fact.case_key for fact in facts if fact.case_key}),
        "outside": _outside(context, author),
    }
    accounts.record_audit(context, "subject_show", author.pseudonym, f"{told['receipt']}: {len(facts)} posts")
    return told


def erase(context: Context, given: str) -> Receipt:
    """Erase the posts of an author and refuse their return; new ones come in. The receipt names what lies outside."""
    author = author_of(context, given)
    receipt = _begun(context, author, "erase")
    receipt["posts_erased"] = forget.erase_author(context.ledger, author.pseudonym, "erasure", now())
    return _done(context, author, receipt)


def object_to(context: Context, given: str) -> Receipt:
    """Erase the posts of an author and refuse new ones from now on."""
    author = author_of(context, given)
    receipt = _begun(context, author, "object")
    receipt["posts_erased"] = suppressions.object_author(context.ledger, author.pseudonym, now())
    return _done(context, author, receipt)


def withdraw(context: Context, given: str) -> Receipt:
    """Take in new posts of an author again."""
    author = author_of(context, given)
    receipt = _receipt(author, "withdraw")
    receipt["objection_was_there"] = suppressions.withdraw_objection(context.ledger, author.pseudonym, now())
    accounts.record_audit(context, "subject_withdraw", author.pseudonym, receipt["receipt"])
    return receipt


def _receipt(author: Author, action: str) -> Receipt:
    return {
        "receipt": f"S-{now():%Y%m%d}-{secrets.token_hex(4)}",
        "action": action,
        "subject": author.given,
        "at": now().isoformat(timespec="seconds"),
    }


def _begun(context: Context, author: Author, action: str) -> Receipt:
    """Begin a receipt. What lies outside is audited first: after the erasure, and a kill, nobody could tell any more."""
    receipt = _receipt(author, action) | {"outside": _outside(context, author)}
    why = json.dumps({"receipt": receipt["receipt"], "outside": receipt["outside"]})
    accounts.record_audit(context, f"subject_{action}_begun", author.pseudonym, why)
    return receipt


def _done(context: Context, author: Author, receipt: Receipt) -> Receipt:
    receipt["reports_rewritten"] = report.withdraw_quotes(context)
    why = f"{receipt['receipt']}: {receipt['posts_erased']} posts erased"
    accounts.record_audit(context, f"subject_{receipt['action']}", author.pseudonym, why)
    return receipt


def _tickets(context: Context, author: Author) -> list[data_subject.Ticket]:
    return data_subject.tickets_of(context.ledger, author.pseudonym)


def _outside(context: Context, author: Author) -> dict[str, Any]:
    """Name the places that Escucha cannot erase: the council must look there (docs/how-to/erase-a-citizen.md)."""
    reports = data_subject.reports_since_first(context.ledger, author.pseudonym)
    return {
        "tickets": [one.model_dump() for one in _tickets(context, author)],
        "mailed_reports_that_may_quote": [one.model_dump() for one in reports],
        "backups": f"until they are removed, {context.settings.backup_keep_days} days after they were made; a restore erases again",
        "network": f"the original on {author.source} stays where its author put it",
    }


def _post(context: Context, fact: PostRecord, originals: bool) -> dict[str, Any]:
    everything = fact.model_dump(mode="json")
    told = {name: everything[name] for name in KEPT} | {
        "labels": {name: everything[name] for name in LABELS},
        "case": fact.case_key,
        "kept_until": (fact.created_at + context.city.retention).isoformat(timespec="seconds"),
        "corrections": [
            one.model_dump(mode="json", include={"question", "value", "at"})
            for one in read.corrections_of(context.ledger, fact.post_id)
        ],
    }
    if originals and (origin := read.origin_of(context.ledger, fact.post_id)) is not None:
        accounts.record_audit(context, "open_original", fact.post_id, "access by the person")
        native_id, url = open_origin(context.salt, origin)
        told["original"] = {"id": native_id, "link": url}
    return told
