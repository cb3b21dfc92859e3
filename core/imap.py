"""Connect to a mailbox over IMAP, and parse what its server returns.

Shared by the collector of a mailbox and by the department's mailbox of the contact centre; each raises its own errors.
"""

import base64
import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

Security = Literal["tls", "starttls", "none"]
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
"""IMAP dates are in English, whatever the locale."""
FAILURES = (OSError, imaplib.IMAP4.error)
"""What a conversation raises when the server is not reached, hangs up, or answers in another form."""
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_DATE = re.compile(rb'\bINTERNALDATE "\s?([^"]+)"')
_FOREIGN = re.compile("[^\x20-\x7e]+")


class LoginRefusedError(Exception):
    """Report a password that the server rejected."""


@dataclass(frozen=True)
class Fetched:
    """Hold one message of a FETCH.

    A field that the server left out is None.
    """

    uid: int | None
    size: int | None
    received_at: datetime | None
    """In the time zone of the server."""
    content: bytes


@contextmanager
def session(
    host: str, port: int, security: Security, user: str, password: str, timeout_s: float, started: list[imaplib.IMAP4] | None = None
) -> Iterator[imaplib.IMAP4]:
    """Connect and log in; log out at the end.

    Args:
        started: gets the client before it waits for the greeting, so that its socket can be shut down.

    Raises:
        LoginRefusedError: the password is wrong.
        ssl.SSLCertVerificationError: the certificate is not trusted.
    """
    client = _connect(host, port, security, timeout_s, [] if started is None else started)
    try:
        _log_in(client, user, password)
        yield client
    finally:
        _log_out(client)


def _connect(host: str, port: int, security: Security, timeout_s: float, started: list[imaplib.IMAP4]) -> imaplib.IMAP4:
    trusted = ssl.create_default_context()

    class Noting(imaplib.IMAP4):
        def open(self, *arguments: Any, **named: Any) -> None:
            started.append(self)
            super().open(*arguments, **named)

    class NotingOverTls(imaplib.IMAP4_SSL):
        def open(self, *arguments: Any, **named: Any) -> None:
            started.append(self)
            super().open(*arguments, **named)

    if security == "tls":
        return NotingOverTls(host, port, ssl_context=trusted, timeout=timeout_s)
    client = Noting(host, port, timeout=timeout_s)
    if security == "starttls":
        client.starttls(trusted)
    return client


def _log_in(client: imaplib.IMAP4, user: str, password: str) -> None:
    try:
        if "AUTH=PLAIN" in client.capabilities:  # LOGIN cannot send a password with an ñ
            client.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        else:
            client.login(user, password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeEncodeError):
        raise LoginRefusedError from None


def _log_out(client: imaplib.IMAP4) -> None:
    try:
        client.logout()
    except FAILURES:
        return  # already disconnected: the cause is raised elsewhere


def uids_of(found: Sequence[Any]) -> list[int]:
    """Return the UIDs of a SEARCH, in order."""
    return sorted(int(uid) for uid in (found[0] or b"").split())


def messages_of(found: Sequence[Any]) -> Iterator[Fetched]:
    """Yield the messages of a FETCH."""
    for number, part in enumerate(found):
        if not isinstance(part, tuple):
            continue
        rest = found[number + 1] if number + 1 < len(found) else b""
        about = part[0] + (rest if isinstance(rest, bytes) else b"")  # some servers put the UID after the message
        uid, size, received = _UID.search(about), _SIZE.search(about), _DATE.search(about)
        yield Fetched(
            uid=int(uid[1]) if uid else None,
            size=int(size[1]) if size else None,
            received_at=parsedate_to_datetime(received[1].decode("ascii").replace("-", " ", 2)) if received else None,
            content=part[1],
        )


def quoted(text: str) -> str:
    r"""Quote a string for a command.

    >>> quoted('a "b"')
    '"a \\"b\\""'
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def quoted_folder(folder: str) -> str:
    """Encode and quote a folder name (RFC 3501, 5.1.3).

    >>> quoted_folder("Año & más")
    '"A&APE-o &- m&AOE-s"'
    """
    return _FOREIGN.sub(_foreign, quoted(folder.replace("&", "&-")))


def _foreign(match: re.Match[str]) -> str:
    return "&" + base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"
