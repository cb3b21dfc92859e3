"""Keep triage out while a person changes which posts belong together."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from core.errors import ChangeRefusedError
from ledger import leases
from pipeline.context import Context, now

LENGTH = timedelta(seconds=30)
"""How long a killed process keeps others out."""


class TriageBusyError(ChangeRefusedError):
    """Report that triage is running; the person tries again."""


@contextmanager
def triage_held(context: Context, who: str) -> Iterator[None]:
    """Hold the lease `triage` for a person until the block ends.

    Raises:
        TriageBusyError: another process or person holds it.
    """
    if not leases.hold(context.ledger, "triage", who, now(), LENGTH):
        raise TriageBusyError("Triage is running. Please try again in a moment.")
    try:
        yield
    finally:
        leases.release(context.ledger, "triage", who)
