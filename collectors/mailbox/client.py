"""Connect to a mailbox by IMAP over TLS, read-only.

Nothing in it is ever marked, moved or deleted.
"""

import imaplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from collectors.http import retry_after
from collectors.http.errors import error_name
from collectors.parsing import Item
from core import imap
from core.errors import SourceError


class ImapFolder:
    """Search and fetch messages of one folder, opened read-only."""

    def __init__(self, client: imaplib.IMAP4, name: str, folder: str) -> None:
        self.client, self.name, self.folder = client, name, folder
        self.message_count = self._opened()
        self.validity = self._number("UIDVALIDITY")

    def after(self, uid: int) -> list[int]:
        """Return the UIDs above this one, in order."""
        # `7:*` means 1 to 7 when 1 is the highest: servers then return the last message again
        return [found for found in self._search(f"UID {uid + 1}:*") if found > uid]

    def since(self, day: date) -> list[int]:
        """Return the UIDs of messages that arrived since this day, in order."""
        return self._search(f"SINCE {day.day}-{imap.MONTHS[day.month - 1]}-{day.year}")

    def with_id(self, message_id: str) -> list[int]:
        """Return the UIDs of messages with this Message-ID, in order.

        The server may add others whose id contains it.
        """
        return self._search(f"HEADER Message-ID {imap.quoted(f'<{message_id}>')}")

    def fetch(self, uids: Sequence[int], max_bytes: int) -> list[Item]:
        """Fetch these messages, at most `max_bytes` of each.

        A message that has been deleted since is absent.
        """
        wanted = f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{max_bytes}>)"
        status, found = self.client.uid("FETCH", ",".join(map(str, uids)), wanted)
        if status != "OK":
            raise SourceError(f"{self.name}: the server failed to return messages (FETCH)", retry_after=retry_after.DEFAULT_S)
        return sorted(map(_item, imap.messages_of(found)), key=lambda item: int(item["uid"]))

    def _opened(self) -> int:
        try:
            status, found = self.client.select(imap.quoted_folder(self.folder), readonly=True)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            status, found = "NO", [str(error).encode()]
        if status != "OK":
            raise SourceError(f"{self.name} has no folder '{self.folder}': set folder in [sources.mailbox]", fatal=True)
        return int(found[0] or b"0")

    def _number(self, name: str) -> int:
        _, found = self.client.response(name)
        if not found or found[0] is None:
            raise SourceError(f"{self.name}: {name} is missing, so message numbers are not stable: this server cannot be used")
        return int(found[0])

    def _search(self, what: str) -> list[int]:
        status, found = self.client.uid("SEARCH", what)
        if status != "OK":
            raise SourceError(f"{self.name}: the server failed to search (SEARCH)", retry_after=retry_after.DEFAULT_S)
        return imap.uids_of(found)


@contextmanager
def open_folder(
    host: str, port: int, security: imap.Security, user: str, password: str, folder: str, timeout_s: float
) -> Iterator[ImapFolder]:
    """Open a folder; log out at the end.

    Raises:
        SourceError: no response, an untrusted certificate, a wrong password, no such folder; the message says which.
    """
    name = f"{user} at {host}"
    try:
        with imap.session(host, port, security, user, password, timeout_s) as client:
            yield ImapFolder(client, name, folder)
    except imap.LoginRefusedError:
        raise SourceError(f"{name} rejected the password: set ESCUCHA_MAILBOX_PASSWORD", fatal=True) from None
    except ssl.SSLCertVerificationError as error:
        raise SourceError(
            f"{host}: its certificate is not trusted ({error.verify_message}); set SSL_CERT_FILE to the council's certificate authority",
            fatal=True,
        ) from None
    except imap.FAILURES as error:
        raise SourceError(
            f"{name} gave no usable answer ({error_name(error)}); tried again later", retry_after=retry_after.DEFAULT_S
        ) from None


def _item(one: imap.Fetched) -> Item:
    if one.uid is None or one.size is None or one.received_at is None:
        raise SourceError("the mail server returned a message without UID, size or date", retry_after=retry_after.DEFAULT_S)
    # bytes as Latin-1 characters: so a message is JSON, and small ones are legible in the examples
    mail = one.content.decode("latin-1")
    return {"uid": one.uid, "size": one.size, "received": one.received_at.isoformat(), "mail": mail}
