"""Define the tables of what citizens do on the portal."""

from sqlalchemy import Column, ForeignKey, String, Table, Text

from ledger.schema.types import Number, UtcTime, metadata

# Receipts of reports made on the portal. The secret of a receipt is derived from its number and never stored.
receipts = Table(
    "receipts",
    metadata,
    Column("number", String, primary_key=True),
    Column("post_id", String, ForeignKey("posts.post_id"), nullable=False, unique=True),
    Column("at", UtcTime, nullable=False),
    Column("said_topic", String),  # the answer to "Which service?"; `other`: does not know; None: none yet
)
# "I see it too": one row a browser and case.
sightings = Table(
    "sightings",
    metadata,
    Column("case_key", String, ForeignKey("cases.case_key"), primary_key=True),
    Column("browser", String, primary_key=True),  # keyed hash of a random number kept by the browser
    Column("at", UtcTime, nullable=False),
)
# How to reach the person behind a receipt: apart from posts and cases, so that no index, export or open data reads it.
contacts = Table(
    "contacts",
    metadata,
    Column("number", String, ForeignKey("receipts.number"), primary_key=True),
    Column("address", Text, nullable=False),  # encrypted
    Column("address_hash", String, nullable=False, index=True),  # keyed: finds the rows of an address to erase them
    Column("language", String, nullable=False),
    Column("given_at", UtcTime, nullable=False),
    Column("confirmed_at", UtcTime),  # None: the link of the first mail was not followed; nothing else is mailed
    Column("after_step", Number),  # the last step of any case at that moment: later ones are mailed
)
