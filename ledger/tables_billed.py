"""The table of what a network has charged today, record by record."""

from sqlalchemy import BigInteger, Column, Date, String, Table

from ledger.columns import metadata

billed = Table(
    "billed",
    metadata,
    Column("source", String, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("resource", String, primary_key=True),  # keyed hash of the network's id; gone when the day is
    Column("usd_millionths", BigInteger, nullable=False),
)
