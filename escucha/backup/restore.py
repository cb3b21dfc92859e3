"""`make restore`: a backup back in force, without anything that was erased or refused since it was made.

The backup is decrypted, checked, opened and brought up to the suppression journal in a scratch folder; only then does it replace the
ledger. On PostgreSQL the server's copy is replaced first, and no step opens it before it has caught up.
"""

import json
import logging
import tarfile
from pathlib import Path

from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from core.failpoints import failpoint
from core.privacy.encrypted_file import EncryptedFileError, decrypt, is_encrypted
from core.privacy.pseudonyms import salt_check
from escucha.backup.scratch import scratch
from escucha.supervisor import orphans
from ledger import indexing
from ledger.database import backup, open_ledger
from ledger.retention import suppressions
from ledger.retention.suppression_journal import Journal
from pipeline.context import now

log = logging.getLogger("escucha")
INSIDE = ("backup.json", "ledger", "salt")
"""What a backup of an older Escucha holds, not encrypted."""


def restore(settings: Settings, file: Path, salt_file: Path | None = None, without_journal: bool = False) -> None:
    """Put the ledger back, then erase again what the journal holds; the search engine is filled again at the next pass.

    Raises:
        ConfigurationError: something of this home runs, the salt or the journal is missing or another, or the file is no whole backup.
    """
    if orphans.marked(settings.home) or any((settings.home / "run").glob("part-*.json")):
        raise ConfigurationError(f"something of {settings.home} is running: stop `make run` first")
    with scratch(settings.home) as folder:
        about = _opened(settings, file, folder)
        salt = _salt(settings, about["salt_check"], folder / "salt", salt_file)
        journal = _journal(settings, salt, without_journal)
        if not without_journal:
            _demand_its_journal(journal, about)
        backup.check_copy(settings.ledger, folder / "ledger", about["kind"])
        failpoint("restore.checked")
        if about["kind"] == "sqlite":
            _bring_up_to_date(f"sqlite:///{folder / 'ledger'}", salt, journal)
            if (folder / "ledger-wal").exists():
                raise UnavailableError(
                    "the copy of the ledger is still in use by another process; nothing was restored"
                )
        failpoint("restore.caught_up")
        _put_salt_back(settings, salt)
        backup.restore_copy(settings.ledger, folder / "ledger", about["kind"])
        failpoint("restore.put")
    if about["kind"] != "sqlite":
        _bring_up_to_date(settings.ledger, salt, journal)
    log.info(
        "restore: the ledger of %s is in force; `make run` or `escucha index` fills the search engine again, `escucha forget` removes "
        "what has become too old meanwhile",
        about["made_at"],
    )


def _opened(settings: Settings, file: Path, folder: Path) -> dict[str, str]:
    """Lay the ledger of a backup into the folder, whole and unchanged, and return what the backup says of itself."""
    try:
        with file.open("rb") as source:
            if not is_encrypted(source):
                return _unpacked(file, folder)
            with (folder / "ledger").open("xb") as target:
                return decrypt(source, target, settings.backup_passphrase())
    except FileNotFoundError:
        raise ConfigurationError(f"{file}: there is no such file") from None
    except EncryptedFileError as error:
        raise ConfigurationError(f"{file}: {error}; nothing was restored") from None


def _unpacked(file: Path, folder: Path) -> dict[str, str]:
    try:
        with tarfile.open(file) as tar:
            tar.extractall(folder, filter="data", members=[tar.getmember(name) for name in INSIDE])
        about: dict[str, str] = json.loads((folder / "backup.json").read_text())
        return about | {"salt_check": salt_check((folder / "salt").read_bytes())}
    except (tarfile.TarError, KeyError, ValueError, EOFError, OSError) as error:
        raise ConfigurationError(f"{file}: this is no backup of Escucha, or it is damaged: {error}") from None
    finally:
        log.warning(
            "%s is not encrypted: it was made by an older Escucha, or is no backup. Make a new one (make backup) and delete it: "
            "it may hold the ledger together with its salt",
            file,
        )


def _salt(settings: Settings, check: str, packed: Path, salt_file: Path | None) -> bytes:
    """Return the salt that belongs to the backup: the one in force, the one given, or that of an old backup."""
    path = settings.home / "salt"
    in_force = settings.salt.get_secret_value().encode() if settings.salt is not None else None
    if in_force is None and path.exists():
        in_force = path.read_bytes()
    if in_force is not None:
        if salt_check(in_force.strip()) != check:
            raise ConfigurationError(
                f"another salt is in force ({'ESCUCHA_SALT' if settings.salt else path}): it belongs to another ledger; "
                "restore into an empty ESCUCHA_HOME, or set the salt of the backup"
            )
        return in_force.strip()
    given = salt_file if salt_file is not None else packed if packed.exists() else None
    if given is None:
        raise ConfigurationError(
            "this backup does not hold the salt, and none is in force: give the file of `make backup-salt` (make restore FILE=... "
            "SALT_FILE=...) or set ESCUCHA_SALT"
        )
    salt = given.read_bytes().strip()
    if salt_check(salt) != check:
        raise ConfigurationError(f"{given}: this salt belongs to another ledger")
    return salt


def _journal(settings: Settings, salt: bytes, without: bool) -> Journal:
    """Return the journal that says what must stay erased; that of the ledger in force is made first where there is none."""
    journal = Journal(settings.journal, salt)
    if not journal.path.exists() and backup.exists(settings.ledger):
        try:  # a ledger from before there were journals knows itself what was erased
            old = open_ledger(settings.ledger, salt, journal=journal)
            suppressions.catch_up(old)
            old.close()
        except EscuchaError as error:
            log.warning("the ledger in force cannot say what was erased: %s", error)
    try:
        journal.identify()
    except FileNotFoundError:
        if not without:
            raise ConfigurationError(
                f"there is no suppression journal at {journal.path}: people who were erased, or who object, since the backup was made "
                "would be back. Put the journal there or name it in ESCUCHA_SUPPRESSIONS; only if it is lost for good: "
                "make restore FILE=... WITHOUT_JOURNAL=1"
            ) from None
        log.warning("restoring without the suppression journal: erase again who asked for it since the backup was made")
    return journal


def _demand_its_journal(journal: Journal, about: dict[str, str]) -> None:
    """Refuse a journal that is not the backup's, or has lost its end: one made since knows nothing of erasures.

    Raises:
        ConfigurationError: what to put back, and how to do without.
    """
    wanted, least = about.get("journal"), int(about.get("journal_bytes", "0"))
    if wanted is None or (journal.identify() == wanted and journal.size() >= least):
        return
    what = (
        "another one than the backup's"
        if journal.identify() != wanted
        else "shorter than it was when the backup was made"
    )
    raise ConfigurationError(
        f"the suppression journal at {journal.path} is {what}: people who were erased, or who object, since then would be back. Put the "
        f"right one there (the timer keeps it beside the backups as suppressions-{wanted}.jsonl) or name it in ESCUCHA_SUPPRESSIONS; only "
        "if it is lost for good: make restore FILE=... WITHOUT_JOURNAL=1"
    )


def _bring_up_to_date(url: str, salt: bytes, journal: Journal) -> None:
    ledger = open_ledger(url, salt, journal=journal)
    try:
        applied = suppressions.catch_up(ledger)
        indexing.bump_generation(ledger, now())
    finally:
        ledger.close()
    log.info(
        "restore: %s entries of the suppression journal are newer than the backup and were applied", f"{applied:,}"
    )


def _put_salt_back(settings: Settings, salt: bytes) -> None:
    path = settings.home / "salt"
    if settings.salt is not None or path.exists():
        return
    draft = path.with_name("salt.restored")
    draft.touch(mode=0o600)
    draft.write_bytes(salt)
    draft.replace(path)
