"""The tables of what a network has charged today, record by record, and of the money it has not used up yet."""

from sqlalchemy import BigInteger, Column, Date, String, Table

from ledger.schema.types import metadata

billed = Table(
    "billed",
    metadata,
    Column("source", String, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("resource", String, primary_key=True),  # keyed hash of the network's id; gone when the day is
    Column("usd_millionths", BigInteger, nullable=False),
)
purses = Table(
    "purses",  # paid and not charged: it pays for the next request. Here and not in the cursor, so that it changes with `billed`
    metadata,
    Column("source", String, primary_key=True),
    Column("day", Date, nullable=False),  # in whose `spending` it is counted
    Column("usd_millionths", BigInteger, nullable=False),
)
