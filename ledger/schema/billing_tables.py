"""Define the tables of billed records and prepaid balances."""

from sqlalchemy import BigInteger, Column, Date, String, Table

from ledger.schema.types import metadata

billed_records = Table(
    "billed_records",
    metadata,
    Column("source", String, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("resource", String, primary_key=True),  # keyed hash of the network's id; deleted after the day
    Column("usd_millionths", BigInteger, nullable=False),
)
prepaid_balances = Table(
    "prepaid_balances",  # paid and not billed: it pays for the next request. Not in the cursor, so that it changes with the billed records
    metadata,
    Column("source", String, primary_key=True),
    Column("day", Date, nullable=False),  # the day of `spending` in which it is counted
    Column("usd_millionths", BigInteger, nullable=False),
)
