"""Parse a raw e-mail: sender, date, conversation, subject and text.

Whatever the sender's mail program did to it.
"""

import email
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from collectors.mailbox.quoting import strip_quotations, subject_of, text_of_html
from collectors.parsing import RejectError

_ID = re.compile(r"<([^<>\s]+)>")
_BLANK = re.compile(r"\s+")
AUTOMATIC = frozenset({"bulk", "junk", "auto_reply"})


@dataclass(frozen=True)
class ParsedMessage:
    """Hold one e-mail. Attachments are counted, never opened."""

    message_id: str
    """The id that replies refer to. The sender's program wrote it, so other messages may have it as well."""
    address: str
    """The sender's address in lower case; empty if there is none."""
    name: str
    subject: str
    text: str
    sent_at: datetime | None
    references: tuple[str, ...]
    """Ids of the earlier messages of its conversation, the first one first."""
    attachments: int

    @property
    def unique_id(self) -> str:
        """Return a unique id.

        The Message-ID alone is not unique: a scanner may write the same one on every message, and anyone may copy another's. The text
        counts too, so that no later message is taken for a new version of this one.
        """
        content = "\0".join([self.address, str(self.sent_at), self.subject, self.text])
        return f"{self.message_id}#{hashlib.sha256(content.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def parse_message(content: bytes, cut: bool) -> ParsedMessage:
    """Parse a message; `cut` if these are only its first bytes.

    Raises:
        RejectError: generated automatically, or its text is not within these bytes.
        RecursionError: brackets or parts nested too deeply.
    """
    message = email.message_from_bytes(content)
    plains, pages, attachments, last = _parts(message)
    if _is_automatic(message):
        raise RejectError("automatic")
    if _header(message, "X-Spam-Flag").lower() == "yes":
        raise RejectError("spam")
    text = "\n".join(filter(str.strip, map(_text, plains)))
    body = strip_quotations(text) if text else strip_quotations("\n".join(text_of_html(_text(page)) for page in pages))
    if cut and (not body or last in [*plains, *pages]):
        raise RejectError("too_large")
    if not body and attachments:
        raise RejectError("only_attachments")
    name, address = _sender(message)
    return ParsedMessage(
        message_id=_message_id(message, content),
        address=address,
        name=name,
        subject=subject_of(_header(message, "Subject")),
        text=body,
        sent_at=_date(message),
        references=tuple(dict.fromkeys(_ID.findall(f"{_raw_header(message, 'References')} {_raw_header(message, 'In-Reply-To')}"))),
        attachments=attachments,
    )


def _parts(message: Message) -> tuple[list[Message], list[Message], int, Message]:
    """Split a message into text parts, HTML parts and attachments.

    Returns the number of attachments, and fourth the last part. A forwarded message counts as an attachment.
    """
    plains: list[Message] = []
    pages: list[Message] = []
    attachments, last, stack = 0, message, [message]
    while stack:
        part = stack.pop()
        kind = part.get_content_type()
        if part.is_multipart() and not kind.startswith("message/"):
            stack.extend(reversed(part.get_payload()))  # type: ignore[arg-type]  # a list, for it is a multipart
            continue
        last = part
        if kind not in ("text/plain", "text/html") or part.get_content_disposition() == "attachment":
            attachments += 1
        elif kind == "text/plain":
            plains.append(part)
        else:
            pages.append(part)
    return plains, pages, attachments, last


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    return _decoded(content, part.get_content_charset() or "") if isinstance(content, bytes) else ""


def _decoded(content: bytes, charset: str) -> str:
    """Decode by the declared charset, unless the content is valid UTF-8.

    Text that decodes as UTF-8 is hardly ever anything else.
    """
    if not content.isascii():
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            pass
    try:
        return content.decode(charset or "cp1252")
    except (LookupError, UnicodeError):
        return content.decode("cp1252", "replace")


def _raw_header(message: Message, name: str) -> str:
    """Return a header undecoded, on one line."""
    found = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    return _BLANK.sub(" ", _decoded(str(found).encode("ascii", "surrogateescape"), "")).strip()


def _header(message: Message, name: str) -> str:
    return _decode_header(_raw_header(message, name))


def _decode_header(text: str) -> str:
    """Decode an encoded header such as `=?utf-8?Q?Se=C3=B1al?=`.

    Returned as it is if that fails.
    """
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


def _sender(message: Message) -> tuple[str, str]:
    """Return name and address of the first `From` address.

    The name is decoded afterwards, because it may contain a comma.
    """
    for name, address in getaddresses([_raw_header(message, "From")]):
        if "@" in address:
            family, comma, given = _decode_header(name).partition(",")  # people sign as "Ana García", whatever their program writes
            return f"{given} {family}".strip() if comma else family.strip(), address.lower()
    return "", ""


def _message_id(message: Message, content: bytes) -> str:
    given = _ID.search(_raw_header(message, "Message-ID"))
    return given[1] if given else f"made:{hashlib.sha256(content).hexdigest()[:32]}"


def _date(message: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(_raw_header(message, "Date"))
        return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _is_automatic(message: Message) -> bool:
    """Detect out-of-office replies, bounces and newsletters.

    Replying to a machine can start an endless exchange between two machines.
    """
    if _raw_header(message, "Auto-Submitted").lower() not in ("", "no") or message.get_content_type() == "multipart/report":
        return True
    return _raw_header(message, "Precedence").lower() in AUTOMATIC or _raw_header(message, "Return-Path") == "<>"
