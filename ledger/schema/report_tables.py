"""Define the tables of remarks on reports, and of requested reports."""

from sqlalchemy import JSON, Column, Integer, String, Table, Text

from ledger.schema.types import UtcTime, metadata

# What a person wrote about a report: kept here, so that writing its files again never loses it.
report_remarks = Table(
    "report_remarks",
    metadata,
    Column("report", String, primary_key=True),
    Column("interval", String, primary_key=True),
    Column("text", Text, nullable=False),  # empty: taken back
    Column("language", String, nullable=False),
    Column("who", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("version", Integer, nullable=False),  # counts the changes, also those that take it back
)
# Reports that staff asked for on the desk: a row outlives the program that writes them.
report_requests = Table(
    "report_requests",
    metadata,
    Column("id", String, primary_key=True),  # hash of the form, so that a form sent twice has one
    Column("asked", Text, nullable=False),  # kind, filters and days, JSON
    Column("language", String, nullable=False),
    Column("typed", JSON, nullable=False),  # the form, shown again with a refusal
    Column("asked_at", UtcTime, nullable=False),
    Column("state", String, nullable=False, index=True),  # waiting written failed
    Column("attempt", Integer, nullable=False),  # number of times it was begun
    Column("failure", JSON, nullable=False),  # why it failed: a template and its values; empty: it did not
    Column("changed_at", UtcTime, nullable=False),
)
