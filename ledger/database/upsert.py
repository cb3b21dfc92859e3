"""The one SQL statement that both databases have and SQLAlchemy spells twice: INSERT ... ON CONFLICT."""

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT of this database's own kind."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
