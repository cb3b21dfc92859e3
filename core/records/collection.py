"""Define pages, gaps and budgets: the interface between collectors and the pipeline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.errors import BudgetSpentError
from core.records import Json, Record
from core.records.post import Raw, Rejected


class Gap(Record):
    """Describe a range of a stream that was not collected.

    Gaps are stored, shown to staff, and filled by later runs.
    """

    stream: str = ""
    """The query, server or feed it belongs to."""
    newer_than: str | None = None
    """Older bound: collected up to here before (an id, a date or a token of the network)."""
    older_than: str | None = None
    """Newer bound: collected down to here in this run."""
    reason: str
    """page_cap, time, rate_limit, repeated_token, look_back, cursor_invalid ..."""


class Page(Record):
    """Hold one page of a source.

    It is stored in one transaction with its cursor.
    """

    raws: tuple[Raw, ...] = ()
    rejects: tuple[Rejected, ...] = ()
    cursor: Json
    """Where the next run continues; opaque to all but the collector."""
    gap: Gap | None = None
    filled: tuple[str, ...] = ()
    """Streams whose recorded gaps this page has closed completely."""
    dropped: tuple[str, ...] = ()
    """Streams that are no longer configured, whether or not they were complete: their gaps stay."""
    deleted: tuple[str, ...] = ()
    """Native ids the network reports as deleted: none of them may be stored later."""
    deleted_anywhere: tuple[str, ...] = ()
    """Native ids of everything deleted on the whole network: those in the ledger are erased, nothing is kept of the others."""


def _free(requests: int, usd: float) -> None:
    """Ignore the cost: the default for sources without a price."""


def _paid(usd: float) -> None:
    """Ignore the payment: the default when spending is not tracked."""


def _billed(ids: Sequence[str], usd_each: float, prepaid_usd: float) -> None:
    """Ignore the bill: the default when spending is not tracked."""


@dataclass
class Budget:
    """Limit what one run of one source may use.

    `spend` and `prepay` are durable before they return, and raise when the budget is used up.
    """

    now: datetime
    until: datetime
    pages: int = 50
    _spend: Callable[[int, float], None] = field(default=_free, repr=False)
    _prepay: Callable[[float], None] = field(default=_paid, repr=False)
    _bill: Callable[[Sequence[str], float, float], None] = field(default=_billed, repr=False)
    _clock: Callable[[], datetime] | None = field(default=None, repr=False)
    """Clock to compare with `until`; None: time does not advance (tests)."""

    def time(self) -> datetime:
        """Return the current time, which a long run moves past `now`."""
        return self.now if self._clock is None else self._clock()

    def is_over(self) -> bool:
        """Return whether the pages or the time are used up."""
        return self.pages <= 0 or (self._clock is not None and self._clock() >= self.until)

    def page(self) -> bool:
        """Take one page from the budget; False when it is used up."""
        if self.is_over():
            return False
        self.pages -= 1
        return True

    def spend(self, requests: int, usd: float = 0.0) -> None:
        """Record the cost of the next request before it is sent.

        Raises:
            BudgetSpentError: the money or the requests of this source are used up.
        """
        if requests < 0 or usd < 0:
            raise BudgetSpentError(f"cannot spend {requests} requests and {usd} USD: both must be positive")
        self._spend(requests, usd)

    def prepay(self, usd: float) -> None:
        """Reserve the maximum cost of the next request before it is sent.

        Money reserved earlier and not billed is used first. The reservation counts as spent until `bill` records the real cost, so a
        process killed in between has paid in full.

        Raises:
            BudgetSpentError: the money of this source is used up.
        """
        self._prepay(usd)

    def bill(self, ids: Sequence[str], usd_each: float, prepaid_usd: float) -> None:
        """Record what the network charges for the records of an answer.

        A record that was already read on the same UTC day is free.
        """
        self._bill(ids, usd_each, prepaid_usd)
