"""Bind the ledger to a renamed profile."""

from datetime import datetime

from ledger.cases.history import entries as history
from ledger.database import Ledger, Owner, binding
from ledger.database.writing import writing


def rebind(ledger: Ledger, old: str, new: Owner, who: str, now: datetime) -> None:
    """Bind the ledger of profile `old` to `new`, with its settings; audited.

    Raises:
        ConfigurationError: it does not belong to `old`.
    """
    with writing(ledger) as connection:
        binding.rebind(connection, old, new)
        history.audit(connection, who, "rebind", new.profile, f"the ledger belonged to {old}", now)
