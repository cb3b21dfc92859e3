"""Read and mark the council's own mailbox over IMAP.

It holds copies of what was sent, replies, and the marks of attempts.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core import imap
from core.errors import ConfigurationError, UnavailableError
from core.runtime.deadline import cut_off

MAX_BYTES = 65_536
"""Fetched of each message: its headers, and more text than a status line needs."""
CHUNK = 50
_APPENDED = re.compile(rb"APPENDUID \d+ (\d+)")


@dataclass(frozen=True)
class Stored:
    """Hold one message of the mailbox."""

    uid: int
    received_at: datetime
    content: bytes
    """At most `MAX_BYTES` of it."""


class Mailbox:
    """Work with one folder of one mailbox."""

    def __init__(self, client: imaplib.IMAP4, folder: str) -> None:
        self.client, self.folder = client, folder
        status, found = client.select(imap.quoted(folder))
        if status != "OK":
            raise ConfigurationError(f"the mailbox has no folder '{folder}': set imap_folder")
        self.messages = int(found[0] or b"0")

    def search(self, *criteria: str) -> list[int]:
        """Find the UIDs of messages not marked as deleted, in order."""
        self._done(self.client.noop(), "NOOP")  # other sessions' messages become visible
        found = self._done(self.client.uid("SEARCH", "UNDELETED", *criteria), "SEARCH")
        return imap.uids_of(found)

    def fetch(self, uids: Sequence[int], max_bytes: int = MAX_BYTES) -> list[Stored]:
        """Fetch messages without marking them as read.

        One deleted meanwhile is left out.
        """
        stored: list[Stored] = []
        for start in range(0, len(uids), CHUNK):
            wanted = ",".join(map(str, uids[start : start + CHUNK]))
            found = self._done(self.client.uid("FETCH", wanted, f"(UID INTERNALDATE BODY.PEEK[]<0.{max_bytes}>)"), "FETCH")
            stored += map(_stored, imap.messages_of(found))
        return sorted(stored, key=lambda one: one.uid)

    def add(self, content: bytes, own_id: str) -> int:
        """Append a message marked as read; return its UID."""
        found = self._done(self.client.append(imap.quoted(self.folder), "(\\Seen)", None, content), "APPEND")
        if uid := _APPENDED.search(found[0] or b""):
            return int(uid[1])
        return self.search("HEADER", "Message-ID", imap.quoted(own_id))[-1]

    def remove(self, uid: int) -> None:
        """Delete a message.

        Without UIDPLUS it is only marked, for EXPUNGE would delete others as well.
        """
        self._done(self.client.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)"), "STORE")
        if "UIDPLUS" in self.client.capabilities:
            self._done(self.client.uid("EXPUNGE", str(uid)), "EXPUNGE")

    def _done(self, answer: tuple[str, list[Any]], command: str) -> list[Any]:
        status, found = answer
        if status != "OK":
            raise UnavailableError(f"the mailbox refused {command}: {(found[0] or b'').decode('utf-8', 'replace')[:200]}")
        return found


@contextmanager
def open_mailbox(
    host: str, port: int, security: imap.Security, user: str, password: str, folder: str, timeout_s: float
) -> Iterator[Mailbox]:
    """Log in and open the folder; log out at the end.

    Raises:
        ConfigurationError: untrusted certificate, wrong password or no such folder.
        UnavailableError: no usable answer, or the whole conversation took longer than `timeout_s`.
    """
    name = f"{user} at {host}"
    started: list[imaplib.IMAP4] = []
    try:
        with (
            cut_off(timeout_s, lambda: [getattr(one, "sock", None) for one in started]) as cut,
            imap.session(host, port, security, user, password, timeout_s, started) as client,
        ):
            yield Mailbox(client, folder)
    except imap.LoginRefusedError:
        raise ConfigurationError(f"{name} refuses the password: set ESCUCHA_CONTACT_MAILBOX_PASSWORD") from None
    except ssl.SSLCertVerificationError as error:
        why = f"{host}: its certificate is not trusted ({error.verify_message}); name the council's authority in SSL_CERT_FILE"
        raise ConfigurationError(why) from None
    except (*imap.FAILURES, ValueError, LookupError) as error:
        reason = f"not through after {timeout_s:g} s" if cut.happened else f"{type(error).__name__}: {str(error)[:200]}"
        raise UnavailableError(f"{name} gave no usable answer ({reason}); trying again later") from None


def _stored(one: imap.Fetched) -> Stored:
    if one.uid is None or one.received_at is None:
        raise UnavailableError("the mail server leaves out UID or INTERNALDATE")
    return Stored(one.uid, one.received_at.astimezone(UTC), one.content)
