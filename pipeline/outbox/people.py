"""Let a person try a message again, or withdraw it."""

from ledger.outbox import people as stored
from pipeline.context import Context, now


def retry(context: Context, number: int, who: str) -> None:
    """Send a message with the next run of its step.

    Raises:
        ChangeRefusedError: there is none of this number, or it was sent or is being sent.
    """
    stored.retry(context.ledger, number, who, now())


def withdraw(context: Context, number: int, who: str) -> None:
    """Send a message no more.

    Raises:
        ChangeRefusedError: there is none of this number, or it does not wait.
    """
    stored.withdraw(context.ledger, number, who, now())
