"""Define the tables of the ledger."""

from ledger.schema.answer_tables import answer_checks, answer_proposals, answers, known_answer_edits, solved_votes
from ledger.schema.billing_tables import billed_records, prepaid_balances
from ledger.schema.case_tables import (
    case_changes,
    case_events,
    case_posts,
    case_viewers,
    case_watchers,
    cases,
    deliveries,
    delivery_posts,
    incidents,
    notes,
    transitions,
)
from ledger.schema.citizen_tables import contacts, receipts, sightings
from ledger.schema.event_tables import marked_events
from ledger.schema.gold_tables import gold_labels, gold_posts, gold_samples
from ledger.schema.ingest_tables import cursors, deletion_checks, gaps, rejects, runs, spending
from ledger.schema.matching_tables import incident_posts, incident_rulings, incident_suggestions, match_keys
from ledger.schema.outbox_tables import outbox, outbox_channels, outbox_counters, outbox_items
from ledger.schema.post_tables import annotations, corrections, labels, origins, past_counts, post_days, posts, suppressions, tombstones
from ledger.schema.report_tables import report_remarks, report_requests
from ledger.schema.subscription_tables import assistant_calls, subscriptions
from ledger.schema.system_tables import (
    api_tokens,
    audit,
    collect_requests,
    index_deletions,
    leases,
    meta,
    profile_changes,
    sessions,
    setup_skips,
    users,
)
from ledger.schema.types import UtcTime, metadata
from ledger.schema.view_tables import saved_views, view_alerts, view_matches, view_messages
from ledger.schema.warning_tables import warning_notices, warning_posts, warnings

REVISION = "0.3.3"
"""The migration that creates the tables as defined here."""
