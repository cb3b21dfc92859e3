"""Restore a backup without what was erased or suppressed since.

The backup is decrypted, checked, opened and brought up to the suppression journal in a scratch folder; only then does it replace the
ledger. On PostgreSQL the server's copy is replaced first, and no step opens it before the journal has been applied.
"""

import json
import logging
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from core.privacy.encrypted_file import EncryptedFileError, decrypt, is_encrypted, read_about
from core.privacy.pseudonyms import salt_check
from core.runtime.failpoints import failpoint
from escucha.backup.scratch import scratch
from escucha.supervisor import orphans
from ledger import indexing
from ledger.database import backup, open_ledger, read_meta
from ledger.database.connection import address_of
from ledger.retention import suppressions
from ledger.retention.suppression_journal import Journal, JournalState
from pipeline.context import now

log = logging.getLogger("escucha")
INSIDE = ("backup.json", "ledger", "salt")
"""Members of an unencrypted backup by an older Escucha."""


def restore(settings: Settings, file: Path, salt_file: Path | None = None, without_journal: bool = False) -> None:
    """Restore the ledger, then apply the suppression journal to it.

    The search engine is filled again by the next pass.

    Raises:
        ConfigurationError: a process of this home runs, the salt or the journal is missing or another one, or the file is no
            complete backup.
    """
    if orphans.marked_processes(settings.home) or any((settings.home / "run").glob("part-*.json")):
        raise ConfigurationError(f"a program of {settings.home} is running: stop `make run` first")
    with scratch(settings.home) as folder:
        metadata = _extract(settings, file, folder)
        salt = _salt(settings, metadata["salt_check"], folder / "salt", salt_file)
        journal = _journal(settings, salt, without_journal)
        if not without_journal:
            _check_journal(settings, file, journal, metadata)
        backup.check_copy(settings.ledger, folder / "ledger", metadata["kind"])
        failpoint("restore.checked")
        if metadata["kind"] == "sqlite":
            _bring_up_to_date(f"sqlite:///{folder / 'ledger'}", salt, journal)
            if (folder / "ledger-wal").exists():
                raise UnavailableError("another process still uses the copy of the ledger; nothing was restored")
        failpoint("restore.caught_up")
        _restore_salt(settings, salt)
        backup.restore_copy(settings.ledger, folder / "ledger", metadata["kind"])
        failpoint("restore.put")
    if metadata["kind"] != "sqlite":
        _bring_up_to_date(settings.ledger, salt, journal)
    log.info(
        "restore: restored the ledger of %s; `make run` or `escucha index` fills the search engine again, `escucha forget` removes "
        "what has exceeded its retention meanwhile",
        metadata["made_at"],
    )


def _extract(settings: Settings, file: Path, folder: Path) -> dict[str, str]:
    """Extract the ledger into the folder, verified, and return the backup's metadata."""
    try:
        with file.open("rb") as source:
            if not is_encrypted(source):
                return _unpack_old(file, folder)
            with (folder / "ledger").open("xb") as target:
                return decrypt(source, target, settings.backup_passphrase())
    except FileNotFoundError:
        raise ConfigurationError(f"{file}: file not found") from None
    except EncryptedFileError as error:
        raise ConfigurationError(f"{file}: {error}; nothing was restored") from None


def _unpack_old(file: Path, folder: Path) -> dict[str, str]:
    try:
        with tarfile.open(file) as tar:
            tar.extractall(folder, filter="data", members=[tar.getmember(name) for name in INSIDE])
        metadata: dict[str, str] = json.loads((folder / "backup.json").read_text())
        return metadata | {"salt_check": salt_check((folder / "salt").read_bytes())}
    except (tarfile.TarError, KeyError, ValueError, EOFError, OSError) as error:
        raise ConfigurationError(f"{file}: not a backup of Escucha, or damaged: {error}") from None
    finally:
        log.warning(
            "%s is not encrypted: it was made by an older Escucha, or is not a backup. Make a new one (make backup) and delete it: "
            "it may contain the ledger together with its salt",
            file,
        )


def _salt(settings: Settings, check: str, packed: Path, salt_file: Path | None) -> bytes:
    """Return the backup's salt: in force, given, or from an old backup."""
    path = settings.home / "salt"
    in_force = settings.salt.get_secret_value().encode() if settings.salt is not None else None
    if in_force is None and path.exists():
        in_force = path.read_bytes()
    if in_force is not None:
        if salt_check(in_force.strip()) != check:
            raise ConfigurationError(
                f"another salt is set ({'ESCUCHA_SALT' if settings.salt else path}): it belongs to another ledger; "
                "restore into an empty ESCUCHA_HOME, or set the salt of the backup"
            )
        return in_force.strip()
    given = salt_file if salt_file is not None else packed if packed.exists() else None
    if given is None:
        raise ConfigurationError(
            "this backup does not contain the salt, and none is set: give the file of `make backup-salt` (make restore FILE=... "
            "SALT_FILE=...) or set ESCUCHA_SALT"
        )
    salt = given.read_bytes().strip()
    if salt_check(salt) != check:
        raise ConfigurationError(f"{given}: this salt belongs to another ledger")
    return salt


def _journal(settings: Settings, salt: bytes, without: bool) -> Journal:
    """Return the suppression journal.

    Where there is none, or not all of it, it is first written from the ledger in force.
    """
    journal = Journal(settings.journal, salt)
    if (without or not journal.path.exists()) and backup.exists(settings.ledger):
        try:  # a ledger older than the journals has its erasures in its own tables
            old = open_ledger(settings.ledger, salt, journal=journal)
            try:
                suppressions.catch_up(old, adopt=True)
            finally:
                old.close()
        except EscuchaError as error:
            log.warning("cannot load erasures from the current ledger: %s", error)
    try:
        journal.identify()
    except FileNotFoundError:
        if not without:
            raise ConfigurationError(
                f"there is no suppression journal at {journal.path}: people who were erased, or who object, since the backup was made "
                "would return. Put the journal there or set ESCUCHA_SUPPRESSIONS to its path; only if it is lost permanently: "
                "make restore FILE=... WITHOUT_JOURNAL=1"
            ) from None
        log.warning("restoring without the suppression journal: repeat every erasure requested since the backup was made")
    return journal


class _Known(NamedTuple):
    """Hold what a ledger or backup last knew of a journal."""

    who: str
    journal: str
    state: JournalState


def _check_journal(settings: Settings, file: Path, journal: Journal, metadata: dict[str, str]) -> None:
    """Refuse a journal that is not the backup's, or that was cut.

    One started later has no record of the earlier erasures. The ledger in force, every backup beside this one, and the timer's copies of
    the journal say how long it was.

    Raises:
        ConfigurationError: says which journal to put back, and how to restore without it.
    """
    own, found = journal.identify(), journal.state()
    log.info("restore: the suppression journal %s has %s", journal.path, found.describe())
    wanted = _known_by(f"the backup {file}", metadata)
    known = [one for one in (wanted, *_known_by_others(settings, file, journal)) if one is not None]
    if wanted is not None and wanted.journal != own:
        what, wanted_id = "is another one than the backup's", wanted.journal
    elif cut := [one for one in known if one.journal == own and not journal.continues(one.state)]:
        most = max(cut, key=lambda one: one.state.bytes)
        more = "more of it, " if most.state.entries is None else ""
        what = f"has {found.describe()} and was cut or replaced: {most.who} knew {more}{most.state.describe()}"
        wanted_id = own
    else:
        return
    raise ConfigurationError(
        f"the suppression journal at {journal.path} {what}. People who were erased, or who object, since then would return; nothing was "
        f"restored. Put the right one there (the timer keeps it beside the backups as suppressions-{wanted_id}.jsonl) or set "
        "ESCUCHA_SUPPRESSIONS to its path; only if it is lost permanently: make restore FILE=... WITHOUT_JOURNAL=1"
    )


def _known_by(who: str, metadata: Mapping[str, str]) -> _Known | None:
    """Return what a backup knew of its journal; None: it had none."""
    if "journal" not in metadata:
        return None
    if "journal_state" in metadata:
        return _Known(who, metadata["journal"], JournalState.model_validate_json(metadata["journal_state"]))
    return _Known(who, metadata["journal"], JournalState(bytes=int(metadata.get("journal_bytes", "0"))))


def _known_by_others(settings: Settings, file: Path, journal: Journal) -> Iterator[_Known | None]:
    """Yield what the ledger in force, copies and other backups knew.

    What cannot be read knows nothing.
    """
    own = journal.identify()
    try:
        meta = read_meta(settings.ledger) or {}
    except EscuchaError as error:
        log.warning("cannot ask the current ledger how long the suppression journal was: %s", error)
        meta = {}
    if (state := suppressions.state_of(meta.get(f"{suppressions.END} {own}"))) is not None:
        yield _Known(f"the ledger in force ({address_of(settings.ledger).database})", own, state)
    folders = {file.parent, *((Path(settings.backup_folder).resolve(),) if settings.backup_folder else ())}
    for copy in (journal.copy_in(folder) for folder in folders):
        with suppress(OSError, EscuchaError):
            yield _Known(f"its copy {copy.path}", own, copy.state())
    for other in sorted(one for folder in folders for one in folder.glob("*.backup") if one != file):
        with suppress(OSError, EncryptedFileError, ValueError), other.open("rb") as source:
            yield _known_by(f"the backup {other}", read_about(source))


def _bring_up_to_date(url: str, salt: bytes, journal: Journal) -> None:
    ledger = open_ledger(url, salt, journal=journal)
    try:
        applied = suppressions.catch_up(ledger, adopt=True)
        indexing.bump_generation(ledger, now())
    finally:
        ledger.close()
    log.info("restore: %s entries of the suppression journal are newer than the backup and were applied", f"{applied:,}")


def _restore_salt(settings: Settings, salt: bytes) -> None:
    path = settings.home / "salt"
    if settings.salt is not None or path.exists():
        return
    draft = path.with_name("salt.restored")
    draft.touch(mode=0o600)
    draft.write_bytes(salt)
    draft.replace(path)
