"""How we reach a mailbox: IMAP over TLS, opened for reading only, so that nothing there is ever marked, moved or deleted."""

import base64
import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from collectors.http import retry_after
from collectors.http.errors import error_name
from collectors.parsing import Item
from core.errors import SourceError

Security = Literal["tls", "starttls", "none"]
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
"""IMAP speaks English whatever the machine's language is."""
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_DATE = re.compile(rb'\bINTERNALDATE "\s?([^"]+)"')
_FOREIGN = re.compile("[^\x20-\x7e]+")


class ImapFolder:
    """One folder of one mailbox, opened for reading."""

    def __init__(self, client: imaplib.IMAP4, name: str, folder: str) -> None:
        self.client, self.name, self.folder = client, name, folder
        self.letters = self._opened()
        self.validity = self._number("UIDVALIDITY")

    def after(self, uid: int) -> list[int]:
        """Numbers above this one, in order."""
        # `7:*` means 1 to 7 when 1 is the highest: servers then name the last letter again
        return [found for found in self._search(f"UID {uid + 1}:*") if found > uid]

    def since(self, day: date) -> list[int]:
        """Numbers of the letters that came in on this day or later, in order."""
        return self._search(f"SINCE {day.day}-{MONTHS[day.month - 1]}-{day.year}")

    def letters_of(self, uids: Sequence[int], max_bytes: int) -> list[Item]:
        """These letters, of each at most so many bytes; one that was deleted meanwhile is not among them."""
        wanted = f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{max_bytes}>)"
        status, found = self.client.uid("FETCH", ",".join(map(str, uids)), wanted)
        if status != "OK":
            raise SourceError(
                f"{self.name}: the server does not hand the letters over", retry_after=retry_after.DEFAULT_S
            )
        items: list[Item] = []
        for number, part in enumerate(found):
            if not isinstance(part, tuple):
                continue
            rest = found[number + 1] if number + 1 < len(found) else b""
            about = part[0] + (rest if isinstance(rest, bytes) else b"")  # some servers say the UID behind the letter
            items.append(_item(about, part[1]))
        return sorted(items, key=lambda item: int(item["uid"]))

    def _opened(self) -> int:
        try:
            status, found = self.client.select(_quoted(self.folder), readonly=True)
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
            raise SourceError(f"{self.name} numbers its letters anew each time ({name} missing): it cannot be read on")
        return int(found[0])

    def _search(self, what: str) -> list[int]:
        status, found = self.client.uid("SEARCH", what)
        if status != "OK":
            raise SourceError(f"{self.name}: the server does not search its letters", retry_after=retry_after.DEFAULT_S)
        return sorted(int(uid) for uid in (found[0] or b"").split())


@contextmanager
def open_folder(
    host: str, port: int, security: Security, user: str, password: str, folder: str, timeout_s: float
) -> Iterator[ImapFolder]:
    """The opened folder; logs out at the end.

    Raises:
        SourceError: no answer, no trusted certificate, wrong password, no such folder; says which.
    """
    name = f"{user} at {host}"
    try:
        client = _client(host, port, security, timeout_s)
        try:
            _sign_in(client, name, user, password)
            yield ImapFolder(client, name, folder)
        finally:
            _leave(client)
    except ssl.SSLCertVerificationError as error:
        raise SourceError(
            f"{host}: its certificate is not trusted ({error.verify_message}); name the council's authority in SSL_CERT_FILE",
            fatal=True,
        ) from None
    except (OSError, imaplib.IMAP4.error) as error:
        raise SourceError(
            f"{name} gave no usable answer ({error_name(error)}); tried again later", retry_after=retry_after.DEFAULT_S
        ) from None


def _client(host: str, port: int, security: Security, timeout_s: float) -> imaplib.IMAP4:
    trusted = ssl.create_default_context()
    if security == "tls":
        return imaplib.IMAP4_SSL(host, port, ssl_context=trusted, timeout=timeout_s)
    client = imaplib.IMAP4(host, port, timeout=timeout_s)
    if security == "starttls":
        client.starttls(trusted)
    return client


def _sign_in(client: imaplib.IMAP4, name: str, user: str, password: str) -> None:
    try:
        if "AUTH=PLAIN" in client.capabilities:  # the only way for a password with an ñ
            client.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        else:
            client.login(user, password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeEncodeError):
        raise SourceError(f"{name} does not accept the password: set ESCUCHA_MAILBOX_PASSWORD", fatal=True) from None


def _leave(client: imaplib.IMAP4) -> None:
    try:
        client.logout()
    except (OSError, imaplib.IMAP4.error):
        return  # the line is broken already: what broke it is told elsewhere


def _item(about: bytes, letter: bytes) -> Item:
    uid, size, received = _UID.search(about), _SIZE.search(about), _DATE.search(about)
    if uid is None or size is None or received is None:
        raise SourceError("the mail server leaves out what was asked for", retry_after=retry_after.DEFAULT_S)
    moment: datetime = parsedate_to_datetime(received[1].decode("ascii").replace("-", " ", 2))
    # bytes as letters of the same number: so a letter is JSON, and small ones can be read in the examples
    return {"uid": int(uid[1]), "size": int(size[1]), "received": moment.isoformat(), "mail": letter.decode("latin-1")}


def _quoted(folder: str) -> str:
    """A folder's name as IMAP writes it: `Año` is `A&APE-o`."""
    escaped = folder.replace("&", "&-").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_FOREIGN.sub(_foreign, escaped)}"'


def _foreign(match: re.Match[str]) -> str:
    return "&" + base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"
