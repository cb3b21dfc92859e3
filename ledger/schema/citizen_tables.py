"""Define the tables of what citizens do on the portal."""

from sqlalchemy import Column, ForeignKey, String, Table

from ledger.schema.types import UtcTime, metadata

# Receipts of reports made on the portal. The secret of a receipt is derived from its number and never stored.
receipts = Table(
    "receipts",
    metadata,
    Column("number", String, primary_key=True),
    Column("post_id", String, ForeignKey("posts.post_id"), nullable=False, unique=True),
    Column("at", UtcTime, nullable=False),
)
# "I see it too": one row a browser and case.
sightings = Table(
    "sightings",
    metadata,
    Column("case_key", String, ForeignKey("cases.case_key"), primary_key=True),
    Column("browser", String, primary_key=True),  # keyed hash of a random number kept by the browser
    Column("at", UtcTime, nullable=False),
)
