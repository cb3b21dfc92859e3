"""Alembic asks for this file; the ledger runs its migrations itself (`ledger/database/upgrade.py`), inside its own transaction."""
