"""Bind the ledger to a renamed profile or another journal, on purpose."""

from pathlib import Path

from core.config.settings import Settings
from ledger.database import Owner, open_ledger
from ledger.retention import suppressions
from ledger.retention.suppression_journal import Journal
from ledger.system import audit, rebinding
from pipeline.access.accounts import operator
from pipeline.context import now, owner_of, read_profile, salt_of


def rebind(city_path: Path, settings: Settings, old: str) -> str:
    """Bind the ledger of profile `old` to this profile; return its name.

    The settings made on the desk go with it. Audited.

    Raises:
        ConfigurationError: the profile is wrong, or the ledger does not belong to `old`.
    """
    new = _owner(city_path)
    ledger = open_ledger(settings.ledger, salt_of(settings))
    try:
        rebinding.rebind(ledger, old, new, operator(), now())
    finally:
        ledger.close()
    return new.profile


def _owner(city_path: Path) -> Owner:
    city, _ = read_profile(city_path)
    return owner_of(city_path, city)


def rebind_journal(city_path: Path, settings: Settings) -> None:
    """Bind the ledger to the suppression journal that is set.

    Its own is lost. What the ledger knows is appended, what the journal knows is applied. Audited.

    Raises:
        ConfigurationError: profile, salt and ledger do not fit together, or the file is no journal of this salt.
    """
    salt = salt_of(settings)
    journal = Journal(settings.journal, salt)
    ledger = open_ledger(settings.ledger, salt, journal=journal, owner=_owner(city_path))
    try:
        suppressions.catch_up(ledger, adopt=True)
        audit.log(ledger, operator(), "rebind", journal.identify(), "the suppression journal before it is lost", now())
        suppressions.note_end(ledger)
    finally:
        ledger.close()
