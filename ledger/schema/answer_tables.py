"""Define the tables of answers to citizens."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from ledger.schema.types import Number, UtcTime, index, metadata

answers = Table(
    "answers",
    metadata,
    Column("key", String, primary_key=True),
    Column("batch", String, nullable=False),
    Column("case_key", String, ForeignKey("cases.case_key"), index=True),
    Column("post_id", String, nullable=False, index=True),  # no foreign key: the answer stays, without text, when it is erased
    Column("channel", String, nullable=False),
    Column("language", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("origin", String, nullable=False),  # written, template NAME, known ID, not ours BODY
    Column("state", String, nullable=False),  # draft rejected superseded approved sent copied refused; on its way: `outbox`
    Column("who", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("approved_by", String),
    Column("approved_at", UtcTime),
    Column("given_at", UtcTime),
    Column("url", Text),
    Column("reason", Text, nullable=False),
    Column("asks", Boolean, nullable=False, default=False),  # it asks the citizen for something
    Column("acknowledges", Boolean, nullable=False, default=False),  # it is a receipt alone
    Column("asks_solved", Boolean, nullable=False, default=False),  # it asks whether the problem is solved
    UniqueConstraint("batch", "post_id", name="uq_answers_batch"),
)
# Which questions were compared with the city's known answers, and with which revision of them.
answer_checks = Table(
    "answer_checks",
    metadata,
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True),
    Column("revision", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("repeats", String),  # key of the answer drafted for an earlier question in nearly the same words
    index("ix_answer_checks_repeats", "repeats", only="repeats IS NOT NULL"),
)
# What staff changed of the city's known answers: every revision is kept, the newest of each answer holds over `answers.toml`.
known_answer_edits = Table(
    "known_answer_edits",
    metadata,
    Column("id", Number, primary_key=True),
    Column("answer_id", String, nullable=False),
    Column("revision", Integer, nullable=False),  # from 1; a form made from an older one is stale
    Column("withdrawn", Boolean, nullable=False),
    Column("content", JSON, nullable=False),  # the fields of `core.config.known_answers.answers.KnownAnswer`
    Column("shipped", String),  # digest of the answer in the file when it was edited; None: not in the file
    Column("who", String, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("answer_id", "revision", name="uq_known_answer_edits_answer_id"),
)
# Proposals of known answers that a person accepted (answer_id) or refused (None): not proposed again.
answer_proposals = Table(
    "answer_proposals",
    metadata,
    Column("key", String, primary_key=True),
    Column("topic", String, nullable=False),
    Column("language", String, nullable=False),
    Column("words", JSON, nullable=False),  # hashes of the words of its text
    Column("answer_id", String),
    Column("who", String, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)
# What citizens replied to "was it solved?". The newest reply to an answer counts.
solved_votes = Table(
    "solved_votes",
    metadata,
    Column("post_id", String, primary_key=True),  # no foreign key: the vote stays as a number when the post is erased
    Column("answer_key", String, nullable=False),
    Column("case_key", String, ForeignKey("cases.case_key"), nullable=False, index=True),
    Column("solved", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
)
