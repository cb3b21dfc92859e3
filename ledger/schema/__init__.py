"""The tables of the ledger: what is written down about each post, reading, decision, case and delivery."""

from ledger.schema.billing_tables import billed, purses
from ledger.schema.case_tables import case_posts, cases, deliveries, delivery_posts, incidents, notes, transitions
from ledger.schema.ingest_tables import askings, cursors, gaps, rejects, runs, spending
from ledger.schema.matching_tables import incident_posts, incident_rulings, incident_suggestions, match_keys
from ledger.schema.post_tables import corrections, labels, origins, posts, readings, stubs, suppressions
from ledger.schema.system_tables import audit, deletions, leases, mails, meta, sessions, users
from ledger.schema.types import UtcTime, metadata

__all__ = [
    "REVISION",
    "UtcTime",
    "askings",
    "audit",
    "billed",
    "case_posts",
    "cases",
    "corrections",
    "cursors",
    "deletions",
    "deliveries",
    "delivery_posts",
    "gaps",
    "incident_posts",
    "incident_rulings",
    "incident_suggestions",
    "incidents",
    "labels",
    "leases",
    "mails",
    "match_keys",
    "meta",
    "metadata",
    "notes",
    "origins",
    "posts",
    "purses",
    "readings",
    "rejects",
    "runs",
    "sessions",
    "spending",
    "stubs",
    "suppressions",
    "transitions",
    "users",
]

REVISION = "0012"
"""The migration that makes the tables as they stand here."""
