"""Chain the audit log: each entry is hashed with the one before.

The key comes from the salt, which is kept outside the database: write access to the tables alone cannot make a valid entry. `why` is
hashed apart, for it is emptied when its subject is forgotten. Entries cut off at the end together with the head are not detected from
inside: keep copies (`escucha audit`).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core.privacy.pseudonyms import keyed_hash
from ledger import schema
from ledger.mapping import CHUNK

KEY = "audit_key"
"""The execution option that carries the key; `ledger.database.writing` sets it."""
HEAD = "audit_head"
"""The row of `meta` that holds the newest link; its lock serialises writers."""


def key_of(salt: bytes, ledger_id: str) -> bytes:
    """Derive the key of the chain from salt and ledger id.

    A chain copied from another ledger does not fit.
    """
    return keyed_hash(salt, "audit", ledger_id).encode()


def seal(connection: Connection, entry: Mapping[str, Any]) -> dict[str, str]:
    """Compute both hashes of a new entry and move the head."""
    key: bytes = connection.get_execution_options()[KEY]
    meta = schema.meta
    head = connection.execute(select(meta.c.value).where(meta.c.name == HEAD).with_for_update()).scalar_one()
    why_mac = _mac(key, "why", entry["why"])
    link = _link(key, head, entry["at"], entry["who"], entry["what"], entry["subject"], why_mac)
    connection.execute(update(meta).where(meta.c.name == HEAD).values(value=link))
    return {"why_mac": why_mac, "chain": link}


def check(connection: Connection, key: bytes) -> tuple[int, int]:
    """Count the entries of the chain, and those before the first break."""
    audit = schema.audit
    total, good, previous, unbroken = 0, 0, "", True
    emptied: dict[str, int] = {}
    for row in connection.execution_options(yield_per=1000).execute(select(audit).order_by(audit.c.id)):
        if row.chain is None and total == 0:
            continue  # written before the chain existed
        if not row.why and row.why_mac != _mac(key, "why", ""):
            emptied.setdefault(row.subject, total)
        total += 1
        unbroken = unbroken and _fits(key, previous, row)
        good += unbroken
        previous = row.chain
    forgotten = _forgotten(connection, sorted(emptied))
    good = min([good, *(before for subject, before in emptied.items() if subject not in forgotten)])
    head = connection.execute(select(schema.meta.c.value).where(schema.meta.c.name == HEAD)).scalar_one()
    if previous == head:
        return total, good
    return total + 1, good  # the head does not match the newest entry: the end was cut off or added to


def _forgotten(connection: Connection, subjects: Sequence[str]) -> set[str]:
    """Return the subjects that were forgotten: posts, and cases without posts.

    Only of these is `why` emptied.
    """
    tombstones, cases = schema.tombstones.c, schema.cases.c
    found: set[str] = set()
    for start in range(0, len(subjects), CHUNK):
        some = subjects[start : start + CHUNK]
        found |= set(connection.execute(select(tombstones.post_id).where(tombstones.post_id.in_(some))).scalars())
        into = schema.cases.alias("into").c
        lost_by_merging = select(into.case_key).where(into.case_key == cases.merged_into, into.forgotten > 0).exists()
        no_posts = cases.case_key.in_(some) & ((cases.forgotten > 0) | lost_by_merging)
        found |= set(connection.execute(select(cases.case_key).where(no_posts)).scalars())
    return found


def _fits(key: bytes, previous: str | None, row: Row[Any]) -> bool:
    if row.chain is None or row.why_mac is None or previous is None:
        return False
    if row.why and not hmac.compare_digest(row.why_mac, _mac(key, "why", row.why)):
        return False
    link = _link(key, previous, row.at, row.who, row.what, row.subject, row.why_mac)
    return hmac.compare_digest(row.chain, link)


def _link(key: bytes, previous: str, at: datetime, who: str, what: str, subject: str, why_mac: str) -> str:
    # A JSON list: two different entries never serialise to the same bytes.
    return _mac(key, "entry", json.dumps([previous, at.timestamp(), who, what, subject, why_mac]))


def _mac(key: bytes, purpose: str, text: str) -> str:
    return hmac.new(key, f"{purpose}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
