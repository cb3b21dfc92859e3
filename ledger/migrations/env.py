"""Provide the file that Alembic asks for.

The ledger runs its migrations itself (`ledger/database/upgrade.py`), inside its own transaction.
"""
