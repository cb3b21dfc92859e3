"""Query the ledger for the desk, reports, dashboards and the export.

The one entrance for reading; nothing here writes.
"""

from core.records.marked_event import MarkedEvent
from ledger.database import Ledger, check_whole
from ledger.ingest.spending import Spent, spent
from ledger.read.casework.answering.answers import answer, answers, count_drafts
from ledger.read.casework.answering.askings import Asking, askings
from ledger.read.casework.answering.citizen_replies import REPLIES_SHOWN, CitizenReply, citizen_replies
from ledger.read.casework.answering.known_answers import (
    count_repeating,
    given_answers,
    known_answer_edits,
    proposal_decisions,
    questions_repeating,
)
from ledger.read.casework.answering.votes import Votes, solved_votes
from ledger.read.casework.aside import Aside, put_aside
from ledger.read.casework.case_query import REOPENED, case_query
from ledger.read.casework.case_work import (
    CaseWork,
    TopicGuess,
    case_work,
    cases_of_change,
    cases_to_vote,
    incident_key_of,
    is_due,
    pinned_fields,
    topic_guesses,
)
from ledger.read.casework.cases import (
    CaseFilters,
    CasePoint,
    DeliveryState,
    Note,
    Order,
    case_points,
    case_record,
    case_records,
    count_cases,
    count_cases_by_place,
    count_cases_by_topic,
    deliveries,
    delivery_problems,
    notes,
    transitions,
)
from ledger.read.casework.copies import Copies, copies
from ledger.read.casework.incidents import (
    IncidentRuling,
    Membership,
    SuggestedIncident,
    incident_rulings,
    memberships,
    related_replies,
    suggestions,
)
from ledger.read.casework.listed import PRAISE, PROPOSALS, Listed, count_listed, listed
from ledger.read.casework.nearby import open_cases_in
from ledger.read.casework.priorities import CasePriority, cases_to_prioritise, priorities
from ledger.read.casework.public.citizens import (
    Contact,
    Receipt,
    answered_to_others,
    cases_with_unsure_citizen,
    contact,
    posts_with_receipt,
    receipt,
    sightings,
    steps_of_report,
)
from ledger.read.casework.public.published import PublishedCase, PublishedFilters, published_cases
from ledger.read.casework.public.reopenings import reopened_by_department, reopened_by_posts, reopening_counts
from ledger.read.casework.public.updates import ReportNews, Step, report_news, steps_between
from ledger.read.casework.queue import InQueue, next_in_queue, place_in_queue, queue_of
from ledger.read.casework.review_queue import (
    Agreement,
    ScoreCount,
    WaitingPost,
    copies_in_review,
    count_review_queue,
    review_agreement,
    review_queue,
    score_counts,
    waiting_for_review,
)
from ledger.read.casework.versions import case_revision, case_revisions, label_versions, text_versions
from ledger.read.casework.watched import WatchedChange, changes_to_mail, watched_changes
from ledger.read.forecast_counts import Counted, cases, complaints
from ledger.read.health.progress import Steps, Waiting, index_refusals, model_in_use, steps, unread_posts, waiting
from ledger.read.health.source_health import CollectRequest, backlog, collect_requests, posts_by_day, refused
from ledger.read.health.source_states import Reject, Run, SourceReach, SourceState, gap_counts, gaps, runs, source_reach, sources
from ledger.read.outbox import (
    OutboxCount,
    OutboxFilters,
    OutboxLeft,
    UnusableChannel,
    count_outbox,
    mailed_items,
    outbox,
    outbox_counts,
    outbox_left,
    outbox_row,
    outbox_sums,
    refused_receivers,
    sent_with_suffix_alone,
    ticket_counts,
    unusable_channels,
    waiting_channels,
)
from ledger.read.posts.counts import PostCounts
from ledger.read.posts.messages import (
    FACETS,
    POPULATIONS,
    Counts,
    Population,
    count_messages,
    counts_by_place,
    counts_by_slot,
    facet_counts,
    fold,
    matches,
    message_ids,
    message_texts,
    messages,
    records_of,
)
from ledger.read.posts.queries import (
    Correction,
    PostFilters,
    annotation_of,
    corrections_of,
    count_posts,
    origin_of,
    post_of,
    post_record,
    post_records,
    posts_at_border,
    thread,
)
from ledger.read.posts.slots import Slot
from ledger.read.posts.vectors import Vectors, embeddings
from ledger.read.staff.gold import GoldLabel, GoldSample, gold_answers_of, gold_claim, gold_labels, gold_sample
from ledger.read.staff.marked_events import marked_event, marked_events
from ledger.read.staff.people import AuditFilters, AuditLine, User, audit, audit_choices, audit_lines, count_audit, has_users, user, users
from ledger.read.staff.profile_changes import profile_change, profile_changes
from ledger.read.staff.report_remarks import ReportRemark, report_remark
from ledger.read.staff.report_requests import ReportRequest, report_request, waiting_report_requests
from ledger.read.staff.saved_views import (
    AlertState,
    SavedView,
    ViewAlert,
    ViewMessage,
    alert_states,
    matches_of_message,
    new_matches,
    saved_view,
    saved_views,
    unseen_cases,
    unseen_posts,
    view_alert,
    view_alerts,
    view_message,
)
from ledger.read.staff.setup_skips import Skip, setup_skips
from ledger.read.staff.subscriptions import subscription, subscription_mails, subscriptions
from ledger.read.statistics import any_example, any_replay, pending_counts, unprocessed_counts
from ledger.read.warnings import (
    EarlyWarning,
    SeenPost,
    WarningNotice,
    count_seen,
    seen_posts,
    warning,
    warning_notice,
    warning_posts,
    warnings,
)
from ledger.system.heartbeat import last_beat, last_worker_beat
