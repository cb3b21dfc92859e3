"""Define the table of remarks on reports."""

from sqlalchemy import Column, Integer, String, Table, Text

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
