"""Back up the ledger (`make backup`, `backup-salt`) and run `make restore`.

The ledger is written to an encrypted file; the salt is kept apart from it.
"""

import argparse
import logging
import os
import shutil
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from core.config.settings import Settings, load_settings
from core.config.towns import ServedTown, chosen, towns_of
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from core.privacy.encrypted_file import encrypt
from core.privacy.pseudonyms import salt_check
from core.records import Record, UtcDatetime
from core.runtime.failpoints import failpoint
from escucha.backup.restore import restore
from escucha.backup.scratch import scratch
from ledger.database import backup as ledger_backup
from ledger.retention.suppression_journal import Journal
from pipeline.context import now

__all__ = ["backup", "backup_salt", "last_backup", "restore", "scheduled"]

log = logging.getLogger("escucha")
NAME = "escucha-%Y%m%dT%H%M%SZ.backup"
ALWAYS_KEPT = 7
"""This many newest backups are always kept: a clock that jumped ahead would remove all of them at once."""


class LastBackup(Record):
    """Describe the last backup of this home: time, file and size."""

    at: UtcDatetime
    file: str
    bytes: int


def backup(settings: Settings, file: Path) -> None:
    """Write an encrypted copy of the ledger.

    An existing file of that name is replaced only when the new one is complete.

    Raises:
        ConfigurationError: no key is set, or there is no ledger.
        UnavailableError: the copy or the file could not be written.
    """
    if not settings.has_salt:
        raise ConfigurationError(f"there is no ledger with a salt in {settings.home} yet: nothing to back up")
    passphrase, salt, at = settings.backup_passphrase(), settings.salt_bytes(), now()
    try:
        with scratch(settings.home) as folder:
            kind = ledger_backup.copy_to(settings.ledger, folder / "ledger")
            failpoint("backup.copied")
            metadata = {"kind": kind, "made_at": at.isoformat(), "salt_check": salt_check(salt), **_journal_now(settings, salt)}
            _encrypt_to(folder / "ledger", file, metadata, passphrase)
        size = file.stat().st_size
        _write_atomic(_record_path(settings), LastBackup(at=at, file=str(file), bytes=size).model_dump_json().encode())
    except OSError as error:
        raise UnavailableError(f"the backup could not be written: {error}; no partial file was left") from None
    log.info(
        "backup: wrote the encrypted ledger to %s (%s bytes). Keep these elsewhere: the key, the salt (once: make backup-salt FILE=...) "
        "and the suppression journal %s",
        file,
        f"{size:,}",
        settings.journal,
    )


def _journal_now(settings: Settings, salt: bytes) -> dict[str, str]:
    """Identify the suppression journal of this backup and its state.

    A restore needs that journal, with at least all its entries.
    """
    journal = Journal(settings.journal, salt)
    if not journal.path.exists():
        return {}
    own = journal.identify()
    try:
        state = journal.state()
    except ConfigurationError as damage:  # a backup of the ledger is needed the more
        log.warning("backup: %s", damage)
        state = journal.mark()
    return {"journal": own, "journal_state": state.model_dump_json()}


def backup_salt(settings: Settings, file: Path) -> None:
    """Write the salt to a separate file, readable by its owner only.

    Raises:
        ConfigurationError: the file exists already.
    """
    if not settings.has_salt:
        raise ConfigurationError(f"there is no salt in {settings.home} yet: nothing to back up")
    if file.exists():
        raise ConfigurationError(f"{file} exists already: a salt is never overwritten; name another file")
    _write_atomic(file, settings.salt_bytes())
    log.info("backup-salt: wrote the salt to %s; never keep it with a backup: together they identify people", file)


def scheduled(settings: Settings) -> None:
    """Write a backup into ESCUCHA_BACKUP_FOLDER and remove old ones.

    Its name is its time; those older than ESCUCHA_BACKUP_KEEP_DAYS are removed.

    Raises:
        ConfigurationError: no folder is set.
    """
    if not settings.backup_folder:
        raise ConfigurationError("set ESCUCHA_BACKUP_FOLDER to the folder of the backups, on another disk or machine")
    folder, at = Path(settings.backup_folder).resolve(), now()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    backup(settings, folder / at.strftime(NAME))
    _copy_journal(settings, folder)
    oldest = (at - timedelta(days=settings.backup_keep_days)).strftime(NAME)
    kept = sorted(folder.glob("escucha-????????T??????Z.backup"))
    for file in kept[:-ALWAYS_KEPT]:  # whatever their age: the clock may be wrong
        if file.name < oldest:  # names sort by time
            file.unlink(missing_ok=True)
            log.info("backup: %s is older than %d days and was removed", file.name, settings.backup_keep_days)


def last_backup(settings: Settings) -> LastBackup | None:
    """Return the record of this home's last backup; None without one."""
    try:
        return LastBackup.model_validate_json(_record_path(settings).read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _record_path(settings: Settings) -> Path:
    return settings.home / "backup.json"


def _copy_journal(settings: Settings, folder: Path) -> None:
    """Copy the current suppression journal beside the backups.

    The copy is named by the journal's id, so a journal of another id is never overwritten.
    """
    journal = Journal(settings.journal, settings.salt_bytes())
    if not journal.path.exists():
        return
    copy = journal.copy_in(folder).path
    draft = copy.with_name(f".{copy.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    shutil.copyfile(journal.path, draft)  # a line that is being written is cut off when the copy is loaded
    draft.replace(copy)


def _encrypt_to(copy: Path, file: Path, metadata: dict[str, str], passphrase: bytes) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with copy.open("rb") as source, os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as target:
            encrypt(source, target, metadata, passphrase)
            target.flush()
            os.fsync(target.fileno())
        failpoint("backup.sealed")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _write_atomic(file: Path, content: bytes) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    draft.replace(file)


def _arguments() -> argparse.Namespace:
    top = argparse.ArgumentParser(prog="python -m escucha.backup")
    sub = top.add_subparsers(dest="act", required=True)
    for name in ("backup", "backup-salt", "restore"):
        one = sub.add_parser(name)
        one.add_argument("file")
        one.add_argument("--town", default="", help="of ESCUCHA_TOWNS: whose ledger or salt it is")
    sub.add_parser("scheduled")
    restoring = sub.choices["restore"]
    restoring.add_argument("--salt", type=Path, help="the file of `make backup-salt`; required if no salt is set")
    restoring.add_argument("--without-journal", action="store_true", help="restore even though the suppression journal is lost")
    return top.parse_args()


def _one_of(towns: Sequence[ServedTown], name: str) -> Settings:
    if len(towns) == 1 and not name:
        return towns[0].settings
    if not name:
        raise ConfigurationError(f"say of which town: TOWN= with one of {', '.join(one.name for one in towns)}")
    return chosen(towns, Path(name)).settings


def _scheduled_in_turn(town: ServedTown) -> int:
    """Back up one town of several, whatever fails before the next."""
    try:
        scheduled(town.settings)
    except (EscuchaError, OSError) as error:
        log.error("scheduled: %s: %s", town.name, error)
        return error.exit_code if isinstance(error, EscuchaError) else 1
    return 0


def main() -> int:
    """Run `python -m escucha.backup backup|backup-salt|restore FILE`, or `scheduled`."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    a = _arguments()
    if a.act != "scheduled" and not a.file:
        log.error("FILE is missing: make %s FILE=/safe/place/escucha.backup", a.act)
        return 2
    try:
        settings = load_settings()
        towns = towns_of(settings, Path(), missing_too=True)
        if a.act == "scheduled" and len(towns) > 1:
            return max(_scheduled_in_turn(town) for town in towns)
        if a.act == "scheduled":
            scheduled(towns[0].settings)
            return 0
        settings = _one_of(towns, a.town)
        if a.act == "backup":
            backup(settings, Path(a.file).resolve())
        elif a.act == "backup-salt":
            backup_salt(settings, Path(a.file).resolve())
        else:
            restore(settings, Path(a.file).resolve(), salt_file=a.salt, without_journal=a.without_journal)
    except EscuchaError as error:
        log.error("%s: %s", a.act, error)
        return error.exit_code
    except OSError as error:
        log.error("%s: %s", a.act, error)
        return 1
    return 0
