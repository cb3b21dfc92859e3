"""Define the tables of incidents, cases, their history, and the outbox."""

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from ledger.schema.types import Number, UtcTime, index, metadata

incidents = Table(
    "incidents",
    metadata,
    Column("incident_key", String, primary_key=True),
    Column("topic", String, nullable=False),
    Column("place_key", String),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False, index=True),
)
cases = Table(
    "cases",
    metadata,
    Column("case_key", String, primary_key=True),
    Column("incident_key", String, ForeignKey("incidents.incident_key"), nullable=False, unique=True),
    Column("title", String, nullable=False),
    Column("topic", String, nullable=False),
    Column("department", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("priority_points", JSON, nullable=False, default=list),  # what it is made of, by the profile's rules
    # It was opened again, or is of a version without points: the next triage computes its priority.
    Column("priority_due", Boolean, nullable=False, default=False),
    Column("reason", String, nullable=False),
    Column("received_at", UtcTime, nullable=False, index=True),
    Column("due_at", UtcTime, nullable=False),
    Column("place", String),
    Column("district", String),
    Column("barrio", String),
    Column("lat", Float),
    Column("lon", Float),
    Column("state", String, nullable=False, index=True),
    Column("system", String, nullable=False),  # the system that works it now
    Column("deliver_to", String, nullable=False),  # the system it was opened for; never changes
    Column("reference", String),
    Column("external_status", String),  # the last status from the outside system, as JSON
    Column("replay", Boolean, nullable=False),
    Column("assignee", String, index=True),  # the user of the desk who took it; None: not taken
    Column("merged_into", String),  # the case that got its posts; None unless its state is merged
    Column("parent", String, index=True),  # the case of the common cause, such as a storm
    # People changed its posts and it has not voted again yet: a process killed in between leaves it to the next triage.
    Column("vote_due", Boolean, nullable=False, default=False),
    # What its posts vote for, too uncertain to decide: its topic is `other`, and staff are asked which service. None: decided.
    Column("topic_guess", String),
    Column("kind", String),  # report request question proposal; None: opened before there were kinds
    Column("published", Boolean),  # what a person decided for the citizens' pages; None: the profile's rule
    Column("month", String, nullable=False),
    Column("source", String, nullable=False),
    Column("sources", JSON, nullable=False),
    # Counters: they stay when posts are forgotten, and reconciliation compares them with the rows.
    Column("posts", Integer, nullable=False),
    Column("authors", Integer, nullable=False),  # people: authors of posts that copy no other (ledger.cases.counts)
    Column("forgotten", Integer, nullable=False),
    Column("version", Integer, nullable=False),  # of the indexed document: grows with every new post as well
    Column("revision", Integer, nullable=False, default=1),  # of people's decisions: grows with every step and note
    Column("index_state", String, nullable=False),
    Column("index_reason", String),
    Column("index_worker", String),
    Column("index_until", UtcTime),
    Column("in_engine", Boolean, nullable=False),
    index("ix_cases_unindexed", "received_at", only="index_state = 'pending'"),
    index("ix_cases_vote_due", "case_key", only="vote_due"),
    index("ix_cases_priority_due", "case_key", only="priority_due"),
    index("ix_cases_topic_guess", "case_key", only="topic_guess IS NOT NULL"),
    index("ix_cases_without_kind", "case_key", only="kind IS NULL"),
)
case_posts = Table(
    "case_posts",
    metadata,
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True),  # a post is in one case at most
    Column("case_key", String, ForeignKey("cases.case_key"), nullable=False, index=True),
)
transitions = Table(
    "transitions",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case_key", String, ForeignKey("cases.case_key"), nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("who", String, nullable=False),
    Column("why", Text, nullable=False),
    Column("revision", Integer),  # of the case, made by this step; None: the first step, or older than revisions
)
notes = Table(
    "notes",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case_key", String, ForeignKey("cases.case_key"), nullable=False, index=True),
    Column("who", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("revision", Integer),  # of the case, made by this note; None: older than revisions
)
# What other systems are notified of: written in the transaction that changes the case, deleted with the one that plans its messages.
case_events = Table(
    "case_events",
    metadata,
    Column("id", Number, primary_key=True),
    Column("event_id", String, nullable=False, unique=True),
    Column("case_key", String, ForeignKey("cases.case_key"), nullable=False),
    Column("name", String, nullable=False),  # opened merged split answered closed reopened
    Column("sequence", Integer, nullable=False),  # revision of the case
    Column("at", UtcTime, nullable=False),
    Column("data", JSON, nullable=False),  # numbers and names of services; no text, author or place of a post
)
# What people change on cases beside their state. It shows in the history, binds the machine, and can be undone.
case_changes = Table(
    "case_changes",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case_key", String, ForeignKey("cases.case_key"), nullable=False, index=True),
    Column("what", String, nullable=False),  # assignee department topic place merge split move parent state, or undo
    Column("who", String, nullable=False),  # escucha: follows from what a person changed
    Column("why", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    Column("undone", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
)
case_watchers = Table(
    "case_watchers",
    metadata,
    Column("case_key", String, ForeignKey("cases.case_key"), primary_key=True),
    Column("who", String, primary_key=True),
    Column("at", UtcTime, nullable=False),
)
case_viewers = Table(
    "case_viewers",
    metadata,
    Column("case_key", String, ForeignKey("cases.case_key"), primary_key=True),
    Column("who", String, primary_key=True),
    Column("at", UtcTime, nullable=False),  # when this user last opened the page
)
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case_key", String, ForeignKey("cases.case_key"), nullable=False),
    Column("system", String, nullable=False),
    Column("kind", String, nullable=False),  # open append merge unmerge move
    Column("note_key", String, nullable=False),
    Column("state", String, nullable=False),  # pending sending sent unknown refused gone
    Column("reference", String),
    Column("reason", Text),
    Column("worker", String),
    Column("until", UtcTime),
    Column("attempt", Integer, nullable=False),
    Column("not_before", UtcTime),
    Column("made_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    UniqueConstraint("case_key", "kind", "note_key", name="uq_deliveries_case"),
    Index("ix_deliveries_state", "system", "state"),
    index("uq_deliveries_reference", "system", "reference", unique=True, only="kind = 'open'"),
)
delivery_posts = Table(
    "delivery_posts",
    metadata,
    Column("delivery_id", Number, ForeignKey("deliveries.id"), primary_key=True),
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True, index=True),
)
