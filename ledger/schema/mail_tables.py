"""Define the table of mails about cases."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from ledger.schema.types import UtcTime, index, metadata

# One row for each thing that is mailed about a case; the rows of one mail share their batch.
case_mails = Table(
    "case_mails",
    metadata,
    Column("case_key", String, ForeignKey("cases.case_key"), primary_key=True),
    Column(
        "what", String, primary_key=True
    ),  # "50", "80", "100": per cent of the answer time; "reopened STEP", "changed REVISION NAME"
    Column("batch", String, nullable=False, index=True),
    Column("audience", String, nullable=False),  # "team NAME" or "lead NAME" of a department; "user NAME"
    Column("claimed_at", UtcTime, nullable=False),
    Column("mailed_at", UtcTime),  # None: claimed, perhaps mailed by a process that was killed
    Column("refusals", Integer, nullable=False, default=0),  # of its address, by the mail server, for good
    Column("not_before", UtcTime),  # a refused mail waits until then
    Column("given_up", String),  # why it is tried no more; it names no address
    index("ix_case_mails_unfinished", "batch", only="mailed_at IS NULL"),
)
