"""Alembic asks for this file; the ledger runs its migrations itself (`ledger/migrating.py`), inside its own transaction."""
