"""Bind the ledger on purpose to the profile of a file that was renamed."""

from pathlib import Path

from core.config.overlay import profile_name
from core.config.settings import Settings
from ledger.cases.history import entries as history
from ledger.database import binding, open_ledger
from pipeline.access.accounts import operator
from pipeline.context import now, read_profile, salt_of


def rebind(city_path: Path, settings: Settings, old: str) -> str:
    """Bind the ledger of profile `old` to this profile; return its name.

    The settings made on the desk go with it. Audited.

    Raises:
        ConfigurationError: the profile is wrong, or the ledger does not belong to `old`.
    """
    read_profile(city_path)
    new = profile_name(city_path)
    ledger = open_ledger(settings.ledger, salt_of(settings))
    try:
        with ledger.write() as connection:
            binding.rebind(connection, old, new)
            history.audit(connection, operator(), "rebind", new, f"the ledger belonged to {old}", now())
    finally:
        ledger.close()
    return new
