"""Derive a ticket's state from the messages about it; pure functions."""

import email
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from html.parser import HTMLParser
from typing import Literal

from contact_centre.email.mailbox import Stored
from contact_centre.email.numbers import domain_of
from core.mail_headers import ATTEMPT
from core.records.case import ExternalStatus

Meaning = Literal["assigned", "answered", "resolved", "rejected"]
EventKind = Literal["case", "note", "reopening", "attempt", "bounce", "reply"]
KIND = "X-Escucha-Kind"
"""Header of our own messages: `case`, `note` or `reopening`."""
CLOSED = ("resolved", "rejected")
_AUTOMATIC = frozenset({"bulk", "junk", "list", "auto_reply"})


@dataclass(frozen=True)
class Event:
    """Hold what one message means for the ticket."""

    kind: EventKind
    at: datetime
    meaning: Meaning | None = None
    word: str = ""


def events_of(
    found: Sequence[Stored], number: str, sender: str, domains: frozenset[str], words: Mapping[str, Meaning], otherwise: Meaning
) -> list[Event]:
    """Classify the messages about a ticket, oldest first.

    A message of an unknown domain, an automatic answer and a message about another number are left out.
    """
    events = []
    for one in found:
        message = email.message_from_bytes(one.content)
        kind = _kind(message, number, sender, domains) if _concerns(message, number) else None
        if kind == "reply":
            word = _word(message, words)
            events.append(Event("reply", one.received_at, words.get(word, otherwise), word))
        elif kind is not None:
            events.append(Event(kind, one.received_at))
    return sorted(events, key=lambda event: event.at)


def external_status_of(events: Sequence[Event]) -> ExternalStatus | None:
    """Fold the events into a state; None without any event.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    >>> external_status_of([Event("case", noon), Event("reply", noon.replace(hour=13), "resolved", "resuelto")]).state
    'resolved'
    """
    sent = [event.at for event in events if event.kind in ("case", "attempt", "note", "reopening")]
    if not sent and not any(event.kind == "reply" for event in events):
        return None
    state, since, note = "new", min(sent, default=events[0].at), ""
    answered_at = None
    for event in events:
        if event.kind == "bounce" and state == "new":
            return ExternalStatus(state="gone", updated_at=event.at, note="the message came back undelivered")
        if event.kind == "reopening" and state in CLOSED:
            state, since, note = "assigned", event.at, ""
        if event.kind == "reply" and event.meaning and not (state in CLOSED and event.meaning not in CLOSED):
            is_change = event.meaning != state
            state, since, note = event.meaning, event.at if is_change else since, event.word
            answered_at = answered_at or (event.at if event.meaning == "answered" else None)
    return ExternalStatus.model_validate({"state": state, "updated_at": since, "answered_at": answered_at, "note": note})


def closed_at(events: Sequence[Event]) -> datetime | None:
    """Say when the ticket was closed; None while it is open."""
    status = external_status_of(events)
    return status.updated_at if status is not None and status.state in CLOSED else None


def _kind(message: Message, number: str, sender: str, domains: frozenset[str]) -> EventKind | None:
    address = _address(message)
    if message.get_content_type() == "multipart/report":
        return "bounce" if _is_undelivered(message, number) else None
    if message.get(ATTEMPT):
        return "attempt"
    own_kind = str(message.get(KIND, ""))
    if address == sender.lower() and own_kind in ("case", "note", "reopening"):
        return own_kind  # type: ignore[return-value]  # one of the three
    is_automatic = str(message.get("Auto-Submitted", "no")).lower() != "no"
    if is_automatic or str(message.get("Precedence", "")).lower() in _AUTOMATIC or domain_of(address) not in domains:
        return None
    return "reply"


def _concerns(message: Message, number: str) -> bool:
    """Check that a message names the ticket.

    Some servers ignore what is searched for.
    """
    if message.get_content_type() == "multipart/report":
        return True  # it names the ticket in the message it returns
    names = ("Subject", "References", "In-Reply-To", "Message-ID", ATTEMPT)
    text = " ".join([_decoded_subject(message), *(str(message.get(name, "")) for name in names)])
    return number.lower() in text.lower()


def _decoded_subject(message: Message) -> str:
    try:
        return str(make_header(decode_header(str(message.get("Subject", "")))))
    except (HeaderParseError, LookupError, ValueError):
        return ""


def _is_undelivered(message: Message, number: str) -> bool:
    """Check that a delivery report says that the case's own message failed."""
    text = message.as_string().lower()
    return re.search(r"^action:\s*failed", text, re.MULTILINE) is not None and f"<{number.lower()}.case@" in text


def _address(message: Message) -> str:
    found = getaddresses([str(message.get("From", ""))])
    return found[0][1].lower() if len(found) == 1 else ""


def _word(message: Message, words: Mapping[str, Meaning]) -> str:
    """Find the status word, alone on a line; empty when missing."""
    for line in _own_lines(message):
        word = re.sub(r"[\W_]+", " ", line).strip().casefold()
        if word in words:
            return word
    return ""


def _own_lines(message: Message) -> Iterator[str]:
    """Yield the lines of the reply that quote nothing."""
    for part in message.walk():
        content = part.get_payload(decode=True)
        if part.get_content_type() in ("text/plain", "text/html") and isinstance(content, bytes):
            text = _decoded(content, part.get_content_charset() or "utf-8")
            lines = (_text_of(text) if part.get_content_type() == "text/html" else text).splitlines()
            yield from (line for line in lines if not line.lstrip().startswith(">"))
            return


def _decoded(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset)
    except (LookupError, UnicodeError):
        return content.decode("utf-8", "replace")


def _text_of(page: str) -> str:
    reader = _Text()
    reader.feed(page)
    reader.close()
    return "".join(reader.parts)


class _Text(HTMLParser):
    """Collect the text of a page, one block a line, without quotes."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.quotes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.quotes += tag == "blockquote"
        self.parts.append("\n" if tag in ("br", "p", "div", "li", "tr", "blockquote") else "")

    def handle_endtag(self, tag: str) -> None:
        self.quotes -= tag == "blockquote"
        self.parts.append("\n" if tag in ("p", "div", "li", "tr", "blockquote") else "")

    def handle_data(self, data: str) -> None:
        if self.quotes <= 0:
            self.parts.append(data)
