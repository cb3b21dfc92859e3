"""Reads one letter as it came over the wire, whatever its program made of it: who, when, in answer to what, and its words."""

import email
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from collectors.mailbox.quoting import own_words, subject_of, words_of_html
from collectors.parsing import RejectError

_ID = re.compile(r"<([^<>\s]+)>")
_BLANK = re.compile(r"\s+")
AUTOMATIC = frozenset({"bulk", "junk", "auto_reply"})


@dataclass(frozen=True)
class ParsedMessage:
    """One letter. Attachments are counted, never opened."""

    message_id: str
    """What its answers call it. The sender's program wrote it, so it may stand on other letters as well."""
    address: str
    """The sender's, in small letters; empty when it names none."""
    name: str
    subject: str
    words: str
    sent_at: datetime | None
    answers: tuple[str, ...]
    """The letters before it in its conversation, the first one first."""
    attachments: int

    @property
    def own_id(self) -> str:
        """What tells it from all others: a scanner may write one Message-ID on every letter, and a stranger may copy another's.

        Its words count too: nothing that comes later is ever taken for a new version of this letter.
        """
        told = "\0".join([self.address, str(self.sent_at), self.subject, self.words])
        return f"{self.message_id}#{hashlib.sha256(told.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def parse_message(content: bytes, cut: bool) -> ParsedMessage:
    """The letter; `cut` when these are only its first bytes.

    Raises:
        NotKeptError: a machine wrote it, or its words are not among these bytes.
        RecursionError: brackets within brackets without end, or parts within parts.
    """
    message = email.message_from_bytes(content)
    plains, pages, attachments, last = _parts(message)
    if _is_automatic(message):
        raise RejectError("automatic")
    if _header(message, "X-Spam-Flag").lower() == "yes":
        raise RejectError("spam")
    text = "\n".join(filter(str.strip, map(_text, plains)))
    words = own_words(text) if text else own_words("\n".join(words_of_html(_text(page)) for page in pages))
    if cut and (not words or last in [*plains, *pages]):
        raise RejectError("too_large")
    if not words and attachments:
        raise RejectError("only_attachments")
    name, address = _sender(message)
    return ParsedMessage(
        message_id=_message_id(message, content),
        address=address,
        name=name,
        subject=subject_of(_header(message, "Subject")),
        words=words,
        sent_at=_date(message),
        answers=tuple(dict.fromkeys(_ID.findall(f"{_bare(message, 'References')} {_bare(message, 'In-Reply-To')}"))),
        attachments=attachments,
    )


def _parts(message: Message) -> tuple[list[Message], list[Message], int, Message]:
    """Parts of plain text, parts of HTML, how many others, and the last one. A forwarded letter is an attachment."""
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
    """What it says it is, unless it plainly is not: text that reads as UTF-8 is hardly ever anything else."""
    if not content.isascii():
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            pass
    try:
        return content.decode(charset or "cp1252")
    except (LookupError, UnicodeError):
        return content.decode("cp1252", "replace")


def _bare(message: Message, name: str) -> str:
    """A header as it came, on one line."""
    found = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    return _BLANK.sub(" ", _decoded(str(found).encode("ascii", "surrogateescape"), "")).strip()


def _header(message: Message, name: str) -> str:
    return _words(_bare(message, name))


def _words(text: str) -> str:
    """`=?utf-8?Q?Se=C3=B1al?=` as it is meant; as it stands when that cannot be told."""
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


def _sender(message: Message) -> tuple[str, str]:
    """The first address of `From`. Its name is decoded after, for it may hold a comma."""
    for name, address in getaddresses([_bare(message, "From")]):
        if "@" in address:
            family, comma, given = _words(name).partition(
                ","
            )  # people sign as "Ana García", whatever their program writes
            return f"{given} {family}".strip() if comma else family.strip(), address.lower()
    return "", ""


def _message_id(message: Message, content: bytes) -> str:
    given = _ID.search(_bare(message, "Message-ID"))
    return given[1] if given else f"made:{hashlib.sha256(content).hexdigest()[:32]}"


def _date(message: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(_bare(message, "Date"))
        return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _is_automatic(message: Message) -> bool:
    """Out of office, not delivered, newsletters: answering a machine makes two machines talk for ever."""
    if _bare(message, "Auto-Submitted").lower() not in ("", "no") or message.get_content_type() == "multipart/report":
        return True
    return _bare(message, "Precedence").lower() in AUTOMATIC or _bare(message, "Return-Path") == "<>"
