"""Create the first tables, as described when Escucha began."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TIME = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"], unique=False)
    op.create_table(
        "cursors",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("cursor", sa.JSON(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_cursors")),
    )
    op.create_table(
        "deletions",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("queued_at", TIME, nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("until", TIME, nullable=True),
        sa.Column("held_by", sa.String(), nullable=True),
        sa.Column("held_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_deletions")),
    )
    op.create_table(
        "incidents",
        sa.Column("incident_key", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("place_key", sa.String(), nullable=True),
        sa.Column("first_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("incident_key", name=op.f("pk_incidents")),
    )
    op.create_index(op.f("ix_incidents_last_at"), "incidents", ["last_at"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "mails",
        sa.Column("report", sa.String(), nullable=False),
        sa.Column("interval", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("claimed_at", TIME, nullable=False),
        sa.Column("mailed_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("report", "interval", "recipient", name=op.f("pk_mails")),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("cursor_number", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("duplicate", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_source", "runs", ["source", "started_at"], unique=False)
    op.create_table(
        "spending",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("usd_millionths", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", name=op.f("pk_spending")),
    )
    op.create_table(
        "stubs",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_stubs")),
    )
    op.create_index(op.f("ix_stubs_run_id"), "stubs", ["run_id"], unique=False)
    op.create_table(
        "users",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_users")),
    )
    op.create_table(
        "cases",
        sa.Column("case_key", sa.String(), nullable=False),
        sa.Column("incident_key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("barrio", sa.String(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("deliver_to", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("standing", sa.String(), nullable=True),
        sa.Column("replay", sa.Boolean(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("authors", sa.Integer(), nullable=False),
        sa.Column("forgotten", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("index_state", sa.String(), nullable=False),
        sa.Column("index_reason", sa.String(), nullable=True),
        sa.Column("index_worker", sa.String(), nullable=True),
        sa.Column("index_until", TIME, nullable=True),
        sa.Column("in_engine", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["incident_key"], ["incidents.incident_key"], name=op.f("fk_cases_incident_key")),
        sa.PrimaryKeyConstraint("case_key", name=op.f("pk_cases")),
        sa.UniqueConstraint("incident_key", name=op.f("uq_cases_incident_key")),
    )
    op.create_index(op.f("ix_cases_received_at"), "cases", ["received_at"], unique=False)
    op.create_index(op.f("ix_cases_state"), "cases", ["state"], unique=False)
    op.create_index(
        "ix_cases_unindexed",
        "cases",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("index_state = 'pending'"),
        postgresql_where=sa.text("index_state = 'pending'"),
    )
    op.create_table(
        "gaps",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("newer_than", sa.String(), nullable=True),
        sa.Column("older_than", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("closed_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_gaps_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
    )
    op.create_table(
        "posts",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("edited_at", TIME, nullable=True),
        sa.Column("replayed_from", TIME, nullable=True),
        sa.Column("network_language", sa.String(), nullable=True),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("reply_to", sa.String(), nullable=True),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_reason", sa.String(), nullable=True),
        sa.Column("read_worker", sa.String(), nullable=True),
        sa.Column("read_until", TIME, nullable=True),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("decision_reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("offered_version", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("index_state", sa.String(), nullable=False),
        sa.Column("index_reason", sa.String(), nullable=True),
        sa.Column("index_worker", sa.String(), nullable=True),
        sa.Column("index_until", TIME, nullable=True),
        sa.Column("in_engine", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_posts_run_id")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_posts")),
    )
    op.create_index(op.f("ix_posts_author"), "posts", ["author"], unique=False)
    op.create_index("ix_posts_created", "posts", ["created_at", "post_id"], unique=False)
    op.create_index("ix_posts_decision", "posts", ["decision", "created_at"], unique=False)
    op.create_index(op.f("ix_posts_run_id"), "posts", ["run_id"], unique=False)
    op.create_index(op.f("ix_posts_thread"), "posts", ["thread"], unique=False)
    op.create_index(
        "ix_posts_unindexed",
        "posts",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("index_state = 'pending'"),
        postgresql_where=sa.text("index_state = 'pending'"),
    )
    op.create_index(
        "ix_posts_unread",
        "posts",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_posts_untriaged",
        "posts",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("state = 'classified' AND decision = 'untriaged'"),
        postgresql_where=sa.text("state = 'classified' AND decision = 'untriaged'"),
    )
    op.create_table(
        "rejects",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_rejects_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejects")),
    )
    op.create_index(op.f("ix_rejects_run_id"), "rejects", ["run_id"], unique=False)
    op.create_table(
        "case_posts",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("case_key", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_key"], ["cases.case_key"], name=op.f("fk_case_posts_case_key")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_case_posts_post_id")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_case_posts")),
    )
    op.create_index(op.f("ix_case_posts_case_key"), "case_posts", ["case_key"], unique=False)
    op.create_table(
        "corrections",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_corrections_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_post_id"), "corrections", ["post_id"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_key", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("note_key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("until", TIME, nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("not_before", TIME, nullable=True),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["case_key"], ["cases.case_key"], name=op.f("fk_deliveries_case_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("case_key", "kind", "note_key", name="uq_deliveries_case"),
    )
    op.create_index("ix_deliveries_state", "deliveries", ["system", "state"], unique=False)
    op.create_index(
        "uq_deliveries_reference",
        "deliveries",
        ["system", "reference"],
        unique=True,
        sqlite_where=sa.text("kind = 'open'"),
        postgresql_where=sa.text("kind = 'open'"),
    )
    op.create_table(
        "labels",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("sentiment", sa.String(), nullable=True),
        sa.Column("sentiment_score", sa.Float(), nullable=True),
        sa.Column("intent", sa.String(), nullable=True),
        sa.Column("intent_score", sa.Float(), nullable=True),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("topic_score", sa.Float(), nullable=True),
        sa.Column("actionable", sa.Boolean(), nullable=True),
        sa.Column("actionable_score", sa.Float(), nullable=True),
        sa.Column("relevance", sa.Boolean(), nullable=True),
        sa.Column("relevance_score", sa.Float(), nullable=True),
        sa.Column("corrected", sa.JSON(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("barrio", sa.String(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_labels_post_id")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_labels")),
    )
    op.create_table(
        "notes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_key", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["case_key"], ["cases.case_key"], name=op.f("fk_notes_case_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_case_key"), "notes", ["case_key"], unique=False)
    op.create_table(
        "origins",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_origins_post_id")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_origins")),
    )
    op.create_table(
        "readings",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("embedding", sa.LargeBinary(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("read_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_readings_post_id")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_readings")),
    )
    op.create_index(op.f("ix_readings_model"), "readings", ["model"], unique=False)
    op.create_table(
        "transitions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_key"], ["cases.case_key"], name=op.f("fk_transitions_case_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transitions")),
    )
    op.create_index(op.f("ix_transitions_case_key"), "transitions", ["case_key"], unique=False)
    op.create_table(
        "delivery_posts",
        sa.Column("delivery_id", NUMBER, nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_delivery_posts_delivery_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_delivery_posts_post_id")),
        sa.PrimaryKeyConstraint("delivery_id", "post_id", name=op.f("pk_delivery_posts")),
    )
    op.create_index(op.f("ix_delivery_posts_post_id"), "delivery_posts", ["post_id"], unique=False)
