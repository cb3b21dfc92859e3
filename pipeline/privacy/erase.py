"""Erase posts and contacts, and refuse their return."""

from core.errors import ConfigurationError
from core.privacy.pseudonyms import contact_hash
from ledger import read
from ledger.citizens import contacts
from ledger.retention import forget
from pipeline.access import accounts
from pipeline.context import Context, now
from pipeline.privacy.authors import author_of
from pipeline.steps import report


def erase_author(context: Context, author: str) -> dict[str, int]:
    """Erase all posts of `SOURCE:AUTHOR` (the network's stable id).

    `escucha subject` also gives a receipt.

    Raises:
        ConfigurationError: not of that form, or a handle was given.
    """
    found = author_of(context, author)
    accounts.record_audit(context, "erase", found.pseudonym)  # audited first: an erasure that cannot be audited must not happen
    count = forget.erase_author(context.ledger, found.pseudonym, "erasure", now())
    accounts.record_audit(context, "erased", found.pseudonym, f"{count} posts")
    report.retract_quotes(context)
    return {"erased": count}


def erase_post(context: Context, post_id: str) -> dict[str, int]:
    """Erase one post by the ledger's id.

    Raises:
        ConfigurationError: the ledger has no such post.
    """
    known = read.post_of(context.ledger, post_id) is not None
    if known:
        accounts.record_audit(context, "erase", post_id)
    if not known or not forget.erase_post(context.ledger, post_id, "erasure", now()):
        raise ConfigurationError(f"--post {post_id}: the ledger has no such post (`escucha export posts` lists the ids)")
    accounts.record_audit(context, "erased", post_id, "1")
    report.retract_quotes(context)
    return {"erased": 1}


def erase_contact(context: Context, address: str) -> dict[str, int]:
    """Erase an e-mail address that a citizen gave with reports.

    Raises:
        ConfigurationError: no report has this address.
    """
    hashed = contact_hash(context.salt, address)
    accounts.record_audit(context, "erase", f"contact {hashed}")
    count = contacts.erase_address(context.ledger, hashed, now())
    if not count:
        raise ConfigurationError("--contact: no report has this address: it was erased, or never given")
    accounts.record_audit(context, "erased", f"contact {hashed}", str(count))
    return {"erased": count}
