"""Define what has to leave: one row a message and receiver."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from core.records import Record, UtcDatetime

OutboxState = Literal["pending", "sending", "sent", "unknown", "refused", "withdrawn"]
"""unknown: an answer or a ticket that may have arrived, and is looked for first; refused: given up, `reason` says why; withdrawn: not
wanted any more."""
OUTBOX_STATES: tuple[OutboxState, ...] = get_args(OutboxState)
WAITS: tuple[OutboxState, ...] = ("pending", "sending", "unknown")
ENDED_UNSENT: tuple[OutboxState, ...] = ("refused", "withdrawn")
"""States from which a person may try again."""
OutboxKind = Literal["alert", "warning", "report", "subscription", "staff", "citizen", "event", "answer"]
"""staff: mails to teams, leads and watchers about cases; citizen: mails about a report of the portal; event: case events for webhooks;
answer: approved answers, where the citizens asked."""
OUTBOX_KINDS: tuple[OutboxKind, ...] = get_args(OutboxKind)
LOOKED_FOR: frozenset[OutboxKind] = frozenset({"answer"})
"""Kinds whose channels can be asked; one that was tried before may have arrived."""
MAIL, WEBHOOK = "mail", "webhook "
"""Channels: `mail`, `webhook URL`, or the name of a source."""


class Due(Record):
    """Describe one message that has to leave, before it is stored."""

    subject: str
    """What it is about; kind, subject and receiver identify the message."""
    receiver: str
    """Who gets it: an address of staff, `team NAME`, `user NAME`, the number of a receipt. Never a citizen's address."""
    channel: str
    thread: str = ""
    """Messages of one thread to one receiver leave in their order; empty: in any order."""
    data: Mapping[str, Any] = {}
    """What composing it needs besides, as JSON."""
    items: tuple[tuple[str, str], ...] = ()
    """Subject and item of each piece of news in the message: each is sent once."""
    message_id: str = ""
    """Empty: one is made of kind, subject and receiver."""


class OutboxRow(Record):
    """Hold one message of the outbox."""

    id: int
    kind: OutboxKind
    subject: str
    receiver: str
    channel: str
    thread: str
    state: OutboxState
    attempt: int
    """Attempts so far, the running one included."""
    not_before: UtcDatetime | None
    reason: str
    """Of the last failure or delay; empty: none."""
    message_id: str
    """The same at each attempt: by it a mail program or receiver drops a second copy."""
    data: Mapping[str, Any]
    made_at: UtcDatetime
    changed_at: UtcDatetime
    items: tuple[tuple[str, str], ...] = ()
