"""Append to the suppression journal, which outlives every backup.

The journal is a file of what must stay erased. A line is on the disk before the ledger erases or refuses anything, and holds keyed hashes
only. A ledger stores how far it has applied the journal; one that was restored, or whose writer was killed, is behind and catches up when
it is opened (`ledger.retention.suppressions`). The file grows by about 130 bytes for each post that was erased or deleted upstream and is
never cut.
"""

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from core.errors import ConfigurationError, LedgerMismatchError, UnavailableError
from core.privacy.pseudonyms import salt_check
from core.records import Record, UtcDatetime
from core.runtime.failpoints import failpoint

HEADER_BYTES = 4096
"""The first line is shorter."""


class JournalEntry(Record):
    """Hold one line of the journal."""

    act: Literal["post", "erase", "object", "withdraw", "contact"]
    """post: a post is erased; erase: an author's posts are; object: an author objects; withdraw: no longer objects; contact: the contact
    of a report is erased."""
    subject: str
    """Keyed hash of the post or of the author; number of the report."""
    at: UtcDatetime
    source: str = ""
    """Of a post."""
    reason: str = ""
    """Of a post."""


class JournalState(Record):
    """Hold what a ledger or a backup last knew of its journal.

    A journal only grows: one that is shorter, or has other lines there, was cut or replaced.
    """

    bytes: int
    end: str = ""
    """Hash of the last lines up to there; empty: an older Escucha noted none."""
    entries: int | None = None
    newest: UtcDatetime | None = None

    def describe(self) -> str:
        """Say how much the journal had and how new it was."""
        if self.entries is None:
            return f"{self.bytes:,} bytes"
        return f"{self.entries:,} entries" + (f", the newest of {self.newest:%Y-%m-%d %H:%M} UTC" if self.newest else "")


class Journal:
    """Manage the journal at one path, for one salt.

    Safe for several processes of one machine at once.
    """

    def __init__(self, path: Path, salt: bytes) -> None:
        self.path = path
        self._salt_check = salt_check(salt)

    def copy_in(self, folder: Path) -> "Journal":
        """Return the copy in a folder of backups, named by its id."""
        kept = copy(self)
        kept.path = folder / f"suppressions-{self.identify()}.jsonl"
        return kept

    def make(self, entries: Iterable[JournalEntry]) -> bool:
        """Create the file with these entries, whole or not at all.

        False when another process was first.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        header = {"journal": secrets.token_hex(16), "salt_check": self._salt_check}
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(json.dumps(header).encode() + b"\n")
                file.writelines(map(_line, entries))
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, self.path)
        except FileExistsError:
            return False
        except OSError as error:
            raise self._unwritable(error) from None
        finally:
            draft.unlink(missing_ok=True)
        with suppress(OSError):  # some network file systems cannot flush a folder
            _flush_folder(self.path.parent)
        return True

    def identify(self) -> str:
        """Return the id of this journal.

        Raises:
            FileNotFoundError: there is none yet.
            LedgerMismatchError: it belongs to another salt.
            ConfigurationError: the file is not a journal.
        """
        with self.path.open("rb") as file:
            header = file.readline(HEADER_BYTES)
        return self._identity(header)

    def append(self, entries: Sequence[JournalEntry]) -> None:
        """Write entries to the disk; on return they survive a power cut.

        Raises:
            UnavailableError: they could not be written: do not go on.
        """
        if not entries:
            return
        try:
            with self._locked(os.O_RDWR, fcntl.LOCK_EX) as file:
                self._identity(os.pread(file, HEADER_BYTES, 0).partition(b"\n")[0])
                end = _end_of_lines(file)
                os.ftruncate(file, end)  # an incomplete line of a killed writer was never acknowledged
                os.lseek(file, end, os.SEEK_SET)
                try:
                    _write_all(file, b"".join(map(_line, entries)))
                    os.fsync(file)
                except OSError:
                    os.ftruncate(file, end)
                    raise
        except OSError as error:
            raise self._unwritable(error) from None
        failpoint("journal.written")

    def size(self) -> int:
        """Return the bytes up to the end of the last whole line."""
        with self._locked(os.O_RDONLY, fcntl.LOCK_SH) as file:
            return _end_of_lines(file)

    def check_writable(self) -> None:
        """Check that an erasure could be written down.

        Raises:
            UnavailableError: it could not; says what to do.
        """
        if not os.access(self.path if self.path.exists() else self.path.parent, os.W_OK):
            raise UnavailableError(
                f"the suppression journal {self.path} cannot be written, so no erasure and no objection can be carried out. Give its "
                "folder to the user of Escucha; under systemd it must be one that the units may write (ReadWritePaths, deploy/README.md)"
            )

    def mark(self) -> JournalState:
        """Return how long the journal is and how it ends.

        Entries are not counted.
        """
        with self._locked(os.O_RDONLY, fcntl.LOCK_SH) as file:
            end = _end_of_lines(file)
            return JournalState(bytes=end, end=_ending(file, end))

    def state(self) -> JournalState:
        """Return the same with the number of entries and the newest.

        Raises:
            ConfigurationError: a line is damaged.
        """
        found = self.mark()
        entries, newest = 0, None
        for _, entry in self.read(0, found.bytes):
            entries, newest = entries + 1, entry.at if newest is None else max(newest, entry.at)
        return found.model_copy(update={"entries": entries, "newest": newest})

    def continues(self, known: JournalState) -> bool:
        """Tell whether this journal still has all that was known of it."""
        with self._locked(os.O_RDONLY, fcntl.LOCK_SH) as file:
            is_as_long = _end_of_lines(file) >= known.bytes
            return is_as_long and known.end in ("", _ending(file, known.bytes))

    def read(self, start: int, end: int) -> Iterator[tuple[int, JournalEntry]]:
        """Yield each entry between two offsets with its end offset.

        Raises:
            ConfigurationError: a line is damaged.
        """
        with self.path.open("rb") as file:
            offset = max(start, len(file.readline(HEADER_BYTES)))
            file.seek(offset)
            while offset < end:
                line = file.readline()
                offset += len(line)
                try:
                    entry = JournalEntry.model_validate_json(line)
                except ValidationError:
                    raise ConfigurationError(
                        f"{self.path}: the line that ends at byte {offset:,} is damaged; restore an intact copy of this file, "
                        "or move it away and run `escucha rebind --journal`: it is rebuilt from the ledger"
                    ) from None
                yield offset, entry

    @contextmanager
    def _locked(self, how: int, lock: int) -> Iterator[int]:
        file = os.open(self.path, how)
        try:
            fcntl.flock(file, lock)
            yield file
        finally:
            os.close(file)

    def _identity(self, header: bytes) -> str:
        try:
            fields = json.loads(header)
            journal, check = str(fields["journal"]), str(fields["salt_check"])
        except (ValueError, KeyError, TypeError):
            raise ConfigurationError(
                f"{self.path}: not a suppression journal of Escucha; name another file in ESCUCHA_SUPPRESSIONS"
            ) from None
        if check != self._salt_check:
            raise LedgerMismatchError(
                f"{self.path}: this suppression journal was made with another salt: set the matching salt or file "
                "(ESCUCHA_SALT, ESCUCHA_SUPPRESSIONS)"
            )
        return journal

    def _unwritable(self, error: OSError) -> UnavailableError:
        return UnavailableError(
            f"the suppression journal {self.path} cannot be written ({error.strerror}): nothing was erased or refused; make room or "
            "restore the file (ESCUCHA_SUPPRESSIONS), then run this again"
        )


def _line(entry: JournalEntry) -> bytes:
    return entry.model_dump_json(exclude_defaults=True).encode() + b"\n"


def _write_all(file: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]


def _end_of_lines(file: int) -> int:
    """Find the offset behind the last newline, reading backwards."""
    end = os.fstat(file).st_size
    while end > 0:
        start = max(0, end - HEADER_BYTES)
        found = os.pread(file, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _ending(file: int, end: int) -> str:
    """Hash the last bytes before an offset.

    Of other lines, or of a journal that was cut and grew again, they differ.
    """
    start = max(0, end - HEADER_BYTES)
    return hashlib.sha256(os.pread(file, end - start, start)).hexdigest()[:16]


def _flush_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
