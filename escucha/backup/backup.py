"""`make backup`, `make backup-salt` and `make restore`: the ledger in an encrypted file, the salt apart from it."""

import argparse
import logging
import os
import shutil
import sys
from datetime import timedelta
from pathlib import Path

from core.config.settings import Settings, load_settings
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from core.failpoints import failpoint
from core.privacy.encrypted_file import encrypt
from core.privacy.pseudonyms import salt_check
from core.records import Record, UtcDatetime
from escucha.backup.restore import restore
from escucha.backup.scratch import scratch
from ledger.database import backup as keeping
from ledger.retention.suppression_journal import Journal
from pipeline.context import now

__all__ = ["backup", "backup_salt", "last_backup", "restore", "scheduled"]

log = logging.getLogger("escucha")
NAME = "escucha-%Y%m%dT%H%M%SZ.backup"
ALWAYS_KEPT = 7
"""The newest backups are never removed: a clock that jumped would take all of them at once."""


class LastBackup(Record):
    """When this home was last backed up, and where to."""

    at: UtcDatetime
    file: str
    bytes: int


def backup(settings: Settings, file: Path) -> None:
    """Write an encrypted copy of the ledger; an old file of that name is replaced when the new one is whole.

    Raises:
        ConfigurationError: no key is set, or there is no ledger.
        UnavailableError: the copy or the file could not be written.
    """
    if settings.salt is None and not (settings.home / "salt").exists():
        raise ConfigurationError(f"there is no ledger with its salt in {settings.home} yet: nothing to back up")
    passphrase, salt, at = settings.backup_passphrase(), settings.salt_bytes(), now()
    try:
        with scratch(settings.home) as folder:
            kind = keeping.copy_to(settings.ledger, folder / "ledger")
            failpoint("backup.copied")
            about = {
                "kind": kind,
                "made_at": at.isoformat(),
                "salt_check": salt_check(salt),
                **_journal_now(settings, salt),
            }
            _seal_whole(folder / "ledger", file, about, passphrase)
        size = file.stat().st_size
        _write_whole(_note(settings), LastBackup(at=at, file=str(file), bytes=size).model_dump_json().encode())
    except OSError as error:
        raise UnavailableError(f"the backup could not be written: {error}; no half file was left") from None
    log.info(
        "backup: the ledger is in %s (%s bytes), encrypted. Keep apart from it: the key, the salt (once: make backup-salt FILE=...) "
        "and the suppression journal %s",
        file,
        f"{size:,}",
        settings.journal,
    )


def _journal_now(settings: Settings, salt: bytes) -> dict[str, str]:
    """Name the suppression journal that belongs to this backup and how long it is: a restore needs it, or a longer one."""
    journal = Journal(settings.journal, salt)
    return {"journal": journal.identify(), "journal_bytes": str(journal.size())} if journal.path.exists() else {}


def backup_salt(settings: Settings, file: Path) -> None:
    """Write the salt to a file of its own, readable by its owner only.

    Raises:
        ConfigurationError: the file is there already.
    """
    if settings.salt is None and not (settings.home / "salt").exists():
        raise ConfigurationError(f"there is no salt in {settings.home} yet: nothing to back up")
    if file.exists():
        raise ConfigurationError(f"{file} is there already: a salt is never overwritten; name another file")
    _write_whole(file, settings.salt_bytes())
    log.info("backup-salt: the salt is in %s; keep it where no backup is: together they name people", file)


def scheduled(settings: Settings) -> None:
    """Write a backup named by its time into ESCUCHA_BACKUP_FOLDER and remove those older than ESCUCHA_BACKUP_KEEP_DAYS.

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
    for file in kept[:-ALWAYS_KEPT]:  # however old by a clock that may be wrong
        if file.name < oldest:  # names sort by time
            file.unlink(missing_ok=True)
            log.info("backup: %s is older than %d days and was removed", file.name, settings.backup_keep_days)


def last_backup(settings: Settings) -> LastBackup | None:
    """Return the note of the last backup; None when none was made from this home."""
    try:
        return LastBackup.model_validate_json(_note(settings).read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _note(settings: Settings) -> Path:
    return settings.home / "backup.json"


def _copy_journal(settings: Settings, folder: Path) -> None:
    """Keep the newest copy of the journal beside the backups too; one of another id is another file, never overwritten."""
    journal = Journal(settings.journal, settings.salt_bytes())
    if not journal.path.exists():
        return
    copy = folder / f"suppressions-{journal.identify()}.jsonl"
    draft = copy.with_name(f".{copy.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    shutil.copyfile(journal.path, draft)  # a line half written at this moment is cut off by whoever uses the copy
    draft.replace(copy)


def _seal_whole(copy: Path, file: Path, about: dict[str, str], passphrase: bytes) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with copy.open("rb") as source, os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as target:
            encrypt(source, target, about, passphrase)
            target.flush()
            os.fsync(target.fileno())
        failpoint("backup.sealed")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _write_whole(file: Path, content: bytes) -> None:
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
        sub.add_parser(name).add_argument("file")
    sub.add_parser("scheduled")
    restoring = sub.choices["restore"]
    restoring.add_argument("--salt", type=Path, help="the file of `make backup-salt`; needed where no salt is in force")
    restoring.add_argument(
        "--without-journal", action="store_true", help="restore although the suppression journal is lost"
    )
    return top.parse_args()


def main() -> int:
    """`python -m escucha.backup backup|backup-salt|restore FILE`, or `scheduled`."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    a = _arguments()
    if a.act != "scheduled" and not a.file:
        log.error("say where: make %s FILE=/safe/place/escucha.backup", a.act)
        return 2
    try:
        settings = load_settings()
        if a.act == "scheduled":
            scheduled(settings)
        elif a.act == "backup":
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
