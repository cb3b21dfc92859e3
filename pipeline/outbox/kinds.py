"""Say what a kind of message supplies."""

from collections.abc import Callable, Iterable
from datetime import datetime
from email.message import EmailMessage
from typing import NamedTuple, Protocol, runtime_checkable

from core.config.profile.webhooks import Webhook
from core.records.outbox import Due, OutboxKind, OutboxRow
from ledger.outbox.claims import Recorder
from pipeline.context import Context


class Event(NamedTuple):
    """Hold an event for a webhook."""

    hook: Webhook
    id: str
    body: bytes


class ReplyToGive(NamedTuple):
    """Hold an answer to a citizen."""

    give: Callable[[], str | None]
    """Gives it, and returns its address where it has one."""


Letter = EmailMessage | Event | ReplyToGive
"""A composed message; its type is its channel."""


class WaitError(Exception):
    """Say that a message is sent later; it costs no attempt."""

    def __init__(self, until: datetime, reason: str = "") -> None:
        super().__init__(reason)
        self.until = until


class WithdrawError(Exception):
    """Say that a message is not wanted any more, and why."""


class NotDueError(Exception):
    """Say that a message is not due any more.

    It may become due again.
    """


@runtime_checkable
class MessageKind(Protocol):
    """Supply one kind of message. A module or an object."""

    KIND: OutboxKind
    """Name in the outbox."""

    def due(self, context: Context) -> Iterable[Due]:
        """Return what is due.

        What is in the outbox already may be among it.
        """

    def compose(self, context: Context, row: OutboxRow) -> Letter:
        """Compose a message.

        Raises:
            ConfigurationError: it can never be sent; it is refused with these words.
            WaitError: it is sent later.
            WithdrawError: it is not wanted any more.
            NotDueError: it is not due any more.
        """


@runtime_checkable
class TracedKind(MessageKind, Protocol):
    """Supply a kind whose channel can be asked.

    Its outcome is stored with its subject.
    """

    record: Recorder
    """Stores an outcome with the subject of its message."""

    def find_sent(self, context: Context, row: OutboxRow) -> str | None:
        """Return the address of a message that an earlier attempt sent.

        None: it did not arrive.

        Raises:
            EscuchaError: the channel does not say.
        """
